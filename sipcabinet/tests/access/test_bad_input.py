"""Every URL × nasty values, for the owner and for staff: no answer is an error of ours (500)."""

from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client

from sipcabinet.tests.access.addresses import PATTERNS, url_of
from sipcabinet.tests.access.nasty import REFUSED, STRANGE, names_of
from sipcabinet.tests.access.patterns import Pattern
from sipcabinet.tests.access.world import World

pytestmark = pytest.mark.django_db
WHO = ("owner", "staff")
OURS = sorted(name for name in PATTERNS if not name.startswith("admin:"))
QUICK_TOKENS = ("token of surrogates behind a date",)
DESK = ("beyond bigint", "too long for int()", "infinity", "superscript", "last day", "control", "token of nul")
QUICK = ("beyond bigint", "superscript", "first day", "last month")


@pytest.fixture
def clients(cookies: dict[str, str]) -> dict[str, Client]:
    """Test clients that get the error page (500) instead of the exception."""
    found = {who: Client(raise_request_exception=False) for who in WHO}
    for who, client in found.items():
        client.cookies[settings.SESSION_COOKIE_NAME] = cookies[who]
    return found


def status(response: HttpResponseBase) -> int:
    if isinstance(response, StreamingHttpResponse):
        list(response)  # a file is closed when it is read to its end
    return response.status_code


def asked(client: Client, pattern: Pattern, world: World, names: list[str], value: str) -> list[str]:
    """Sends the value in parameters of these names, by GET and by POST; returns messages about answers of 500."""
    url = url_of(pattern, world)
    query = "&".join(f"{name}={quote(value)}" for name in names)
    answers = {"GET": client.get(f"{url}?{query}"), "POST": client.post(url, dict.fromkeys(names, value))}
    told = names[0] if len(names) == 1 else f"{len(names)} names"
    return [f"{method} {url} {told}: {value[:40]!r}" for method, answer in answers.items() if status(answer) >= 500]


def of(name: str, clients: dict[str, Client]) -> Client:
    """The client of the user who has most rights on the page."""
    return clients["staff" if name.startswith("admin:") else "owner"]


@pytest.mark.parametrize("name", [name for name in OURS if names_of(PATTERNS[name])])
def test_no_page_of_a_customer_fails_on_odd_values(name: str, world: World, clients: dict[str, Client]) -> None:
    """The quick check: each value is sent in all parameters of the page at once."""
    pattern, found = PATTERNS[name], []
    for kind in QUICK:
        found += asked(clients["owner"], pattern, world, names_of(pattern), STRANGE[kind])
    assert found == []


def in_part(kinds: Iterable[str], quick: Collection[str]) -> list[Any]:
    """All kinds of values; those that are not quick run only with `--full`."""
    return [pytest.param(kind, marks=() if kind in quick else pytest.mark.full) for kind in kinds]


@pytest.mark.parametrize("kind", in_part((kind for kind in STRANGE if kind.startswith("token")), QUICK_TOKENS))
def test_no_page_fails_on_a_token_of_another(kind: str, world: World, clients: dict[str, Client]) -> None:
    found = []
    for name in OURS:
        for token in sorted({"onward", "back"} & set(names_of(PATTERNS[name]))):
            answer = clients["owner"].get(f"{url_of(PATTERNS[name], world)}?{token}={STRANGE[kind]}")
            found += [f"{name} {token}"] if status(answer) >= 500 else []
    assert found == []


@pytest.mark.parametrize("kind", in_part(REFUSED, ("nul",)))
def test_text_that_cannot_be_stored_is_refused_everywhere(kind: str, world: World, clients: dict[str, Client]) -> None:
    """Every page answers 400, for customers and staff, before its view runs."""
    wrong = {}
    for name, pattern in PATTERNS.items():
        answer = of(name, clients).get(f"{url_of(pattern, world)}?q={REFUSED[kind]}")
        if answer.status_code != 400:
            wrong[name] = answer.status_code
    assert wrong == {}


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:.*received a naive datetime")  # Django's own filters by date; no fault
@pytest.mark.parametrize("name", sorted(name for name in PATTERNS if names_of(PATTERNS[name])))
def test_no_page_fails_on_any_odd_value(name: str, world: World, clients: dict[str, Client]) -> None:
    """Every value is sent in all parameters of the page at once; at the desk, whose pages are alike, only DESK."""
    pattern, found = PATTERNS[name], []
    for kind in DESK if name.startswith("admin:") else STRANGE:
        found += asked(of(name, clients), pattern, world, names_of(pattern), STRANGE[kind])
    assert found == []
