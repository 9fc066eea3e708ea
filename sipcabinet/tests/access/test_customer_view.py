"""Staff who view an account see what its customer sees, at every URL, and write nothing by any method (4.9)."""

from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from accounts import viewing
from accounts.models import Look
from accounts.tests.factories import PASSWORD
from sipcabinet.lib import downloads
from sipcabinet.lib.periods import Month
from sipcabinet.tests.access.addresses import PATTERNS, url_of
from sipcabinet.tests.access.table import QUERIES
from sipcabinet.tests.access.world import World

pytestmark = pytest.mark.django_db
THEIRS = sorted(
    name for name in PATTERNS if name not in viewing.OWN_PAGES and not viewing.OWN_NAMESPACES & {name.partition(":")[0]}
)
# Pages that are a look (4.10), as is every file; the page of calls asks for the month first.
LOOKED_AT = {"subscribers:calls_export": "calls", "subscribers:sip_parameters": "secret"}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def client_with(session: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


@pytest.fixture
def owner(cookies: dict[str, str]) -> Client:
    return client_with(cookies["owner"])


@pytest.fixture(scope="module")
def viewing_session(world: World, cookies: dict[str, str], django_db_blocker: DjangoDbBlocker) -> str:
    """The session of staff who have begun to view the owner's account; the view goes with the world."""
    client = client_with(cookies["staff"])
    account = world.people["owner"].account
    assert account is not None
    with django_db_blocker.unblock():
        answer = client.post(reverse("admin:desk_view_as", args=[account.pk]), {"reason": "Звонок клиента"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def viewer(viewing_session: str) -> Client:
    """Staff who view the owner's account."""
    return client_with(viewing_session)


def told(answer: Any) -> tuple[int, str]:
    if isinstance(answer, StreamingHttpResponse):
        list(answer)  # a file is closed when it is read to its end
    return answer.status_code, answer.headers.get("Location", "")


def counts() -> dict[str, int]:
    """How many rows each table has, without the partitions of calls, which their parent counts, and without the looks
    of the staff, which are written after the page."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables()))
        return dict(cursor.fetchall())


@cache
def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')"
            " AND relname <> 'accounts_look' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.parametrize("name", THEIRS)
def test_every_page_answers_as_to_the_customer(name: str, world: World, owner: Client, viewer: Client) -> None:
    address = url_of(PATTERNS[name], world) + QUERIES.get(name, "")
    wanted = told(owner.get(address))
    before = counts()
    answer = viewer.get(address)
    assert told(answer) == wanted
    assert told(viewer.head(address))[0] == wanted[0]
    assert counts() == before
    kind = LOOKED_AT.get(name) or ("file" if answer.status_code == 200 and downloads.name_of(answer) else "")
    looks = Look.objects.values_list("kind", "account", "user")
    account = world.people["owner"].account
    assert list(looks) == ([(kind, account and account.pk, world.people["staff"].pk)] if kind else [])


@pytest.mark.parametrize("name", THEIRS)
def test_every_unsafe_method_is_refused(name: str, world: World, viewer: Client) -> None:
    address = url_of(PATTERNS[name], world) + QUERIES.get(name, "")
    before = counts()
    for method in UNSAFE:
        answer = viewer.generic(method, address)
        assert answer.status_code == 403
        assert "изменения недоступны" in answer.content.decode()
    assert counts() == before


@pytest.mark.full
@pytest.mark.parametrize("name", THEIRS)
def test_the_database_alone_lets_nothing_be_written(
    name: str, world: World, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the guard of methods the forms of the customer run: PostgreSQL alone refuses what they write.

    Pages that ask for the password answer 500 here: their counter of attempts demands a transaction of its own.
    """
    viewer.raise_request_exception = False
    monkeypatch.setattr(viewing, "SAFE_METHODS", {"GET", "HEAD", *UNSAFE})
    address = url_of(PATTERNS[name], world) + QUERIES.get(name, "")
    before = counts()
    sent = {"password": PASSWORD, "token": "x" * 32, "month": Month.current().shift(-1).code, "name": "Приёмная"}
    viewer.post(address, sent)
    assert counts() == before


def test_a_customers_own_form_gets_as_far_as_the_database(
    world: World, owner: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: such a POST writes for the customer, and is refused by the database for the viewer."""
    monkeypatch.setattr(viewing, "SAFE_METHODS", {"GET", "HEAD", *UNSAFE})
    address = url_of(PATTERNS["subscribers:label"], world)
    assert told(viewer.post(address, {"label": "Приёмная"}))[0] == 403
    before = counts()["accounts_auditevent"]
    assert told(owner.post(address, {"label": "Приёмная"}))[0] == 302
    assert counts()["accounts_auditevent"] > before
