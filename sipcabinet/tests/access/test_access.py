"""Every URL × method × user, compared with the hand-written table; an unlisted URL fails.

The whole matrix is checked twice: with both walls, and without the first wall, so that only the second one protects.
"""

from collections.abc import Callable, Iterable

import pytest
from django.conf import settings
from django.db import models
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client

from sipcabinet.lib import tenancy
from sipcabinet.tests.access.addresses import PATTERNS, url_of
from sipcabinet.tests.access.desk_table import is_rare
from sipcabinet.tests.access.patterns import Pattern
from sipcabinet.tests.access.table import ADMIN, QUERIES, TABLE, WHO, Row
from sipcabinet.tests.access.world import World

PLACES = {"desk_login": "/admin/login/", "second": "/sign-in/code/", "login": "/sign-in/", "admin": "/admin/"}
OURS = sorted(name for name in PATTERNS if not name.startswith("admin:"))
STAFF = ("staff", "clerk")  # those who get to the desk
UNSAFE = ("PUT", "PATCH", "DELETE")
RARE = {name for name in PATTERNS if name.startswith("admin:") and is_rare(name.removeprefix("admin:"))}
OFTEN_OR_RARE = [pytest.param(name, marks=pytest.mark.full if name in RARE else ()) for name in sorted(PATTERNS)]
NOT_ANSWERED = "405|login|admin|302|403|404"


@pytest.fixture
def clients(cookies: dict[str, str]) -> dict[str, Client]:
    """A test client of each user, in the state right after sign-in."""
    found = {"nobody": Client()}
    for who, session in cookies.items():
        found[who] = Client()
        found[who].cookies[settings.SESSION_COOKIE_NAME] = session
    return found


def every_cell(_name: str, _who: str, _method: str) -> bool:
    return True


def is_usual(name: str, who: str, method: str) -> bool:
    """GET and POST of everybody, and each method of the owner but HEAD, which does the work of GET again. The long part
    has the other cells, and the desk's pages for the staff: `test_desk_roles.py` asks them for each role."""
    if name.startswith("admin:") and who in STAFF:
        return False
    return method in {"GET", "POST"} or (who == "owner" and method != "HEAD")


def is_unusual(name: str, who: str, method: str) -> bool:
    return not is_usual(name, who, method)


def row_of(name: str) -> Row:
    return TABLE.get(name, ADMIN) if name.startswith("admin:") else TABLE[name]


def outcome(response: HttpResponseBase) -> str:
    """The status, or the name of the redirect's target if the table has a name for it."""
    if isinstance(response, StreamingHttpResponse):
        list(response)  # a file is closed when it is read to its end
    if response.status_code != 302:
        return str(response.status_code)
    target = response.headers["Location"]
    for word, prefix in PLACES.items():
        if target.startswith(prefix):
            return word
    return "302"


def wrong_cells(
    world: World, clients: dict[str, Client], pattern: Pattern, wanted: Callable[[str, str, str], bool] = every_cell
) -> list[str]:
    row, url = row_of(pattern.name), url_of(pattern, world)
    wrong = []
    for index, who in enumerate(WHO):
        for method, allowed in expected(pattern.name, row, index).items():
            if not wanted(pattern.name, who, method):
                continue
            got = outcome(clients[who].generic(method, url + QUERIES.get(pattern.name, "")))
            if got not in allowed.split("|"):
                wrong.append(f"{method} {url} as {who}: {got}, not {allowed}")
    return wrong


def expected(name: str, row: Row, who: int) -> dict[str, str]:
    """The expected answer of each method. Django's admin treats an unknown method as GET, so other methods are only
    checked on our own views."""
    answers = {"GET": row.get[who], "POST": row.post[who]}
    if name.startswith("admin:"):
        return answers
    return answers | {"HEAD": row.get[who]} | dict.fromkeys(UNSAFE, NOT_ANSWERED)


def unlisted(names: Iterable[str], listed: Iterable[str]) -> list[str]:
    """Messages about URLs that the table lacks, and about rows without a URL. One rule covers all pages of the desk."""
    ours, rows = ({name for name in some if not name.startswith("admin:")} for some in (names, listed))
    lacking = [f"{name} has no row in TABLE (sipcabinet/tests/access/table.py)" for name in ours - rows]
    unknown = [f"{name} of TABLE is no URL (sipcabinet/tests/access/table.py)" for name in rows - ours]
    return sorted(lacking + unknown)


def test_every_url_is_in_the_table() -> None:
    assert unlisted(PATTERNS, TABLE) == []


def test_a_forgotten_url_is_named() -> None:
    listed = {*TABLE, "billing:gone"} - {"billing:orders"}
    assert unlisted(PATTERNS, listed) == [
        "billing:gone of TABLE is no URL (sipcabinet/tests/access/table.py)",
        "billing:orders has no row in TABLE (sipcabinet/tests/access/table.py)",
    ]


@pytest.mark.parametrize("name", OFTEN_OR_RARE)
@pytest.mark.django_db
def test_both_walls(name: str, world: World, clients: dict[str, Client]) -> None:
    assert wrong_cells(world, clients, PATTERNS[name], is_usual) == []


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(PATTERNS))
@pytest.mark.django_db
def test_both_walls_in_the_other_cells(name: str, world: World, clients: dict[str, Client]) -> None:
    assert wrong_cells(world, clients, PATTERNS[name], is_unusual) == []


@pytest.mark.full
@pytest.mark.parametrize("name", OURS)
@pytest.mark.django_db
def test_the_second_wall_alone(
    name: str, world: World, clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def everybody(_tenant: tenancy.Tenant, model: type[models.Model]) -> models.QuerySet[models.Model]:
        return model._default_manager.all()

    monkeypatch.setattr(tenancy.Tenant, "rows", everybody)
    assert wrong_cells(world, clients, PATTERNS[name]) == []


@pytest.mark.django_db
def test_without_both_walls_the_fault_is_seen(
    world: World, clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix can fail: without both walls another customer reads the owner's order."""
    from contextlib import nullcontext

    monkeypatch.setattr(tenancy.Tenant, "rows", lambda _tenant, model: model._default_manager.all())
    monkeypatch.setattr(tenancy, "portal", lambda _account_id: nullcontext())
    assert wrong_cells(world, clients, PATTERNS["billing:order"]) != []
