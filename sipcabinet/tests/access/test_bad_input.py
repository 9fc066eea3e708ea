"""Every URL × nasty values, for the owner and for staff: never an error of ours (500)."""

from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client

from sipcabinet.tests.access.nasty import REFUSED, STRANGE, names_of
from sipcabinet.tests.access.patterns import Pattern
from sipcabinet.tests.access.test_access import PATTERNS, url_of
from sipcabinet.tests.access.world import World

pytestmark = pytest.mark.django_db
WHO = ("owner", "staff")


@pytest.fixture
def clients(cookies: dict[str, str]) -> dict[str, Client]:
    """Browsers that get an error page where the test client would get the exception."""
    found = {who: Client(raise_request_exception=False) for who in WHO}
    for who, client in found.items():
        client.cookies[settings.SESSION_COOKIE_NAME] = cookies[who]
    return found


def status(response: HttpResponseBase) -> int:
    if isinstance(response, StreamingHttpResponse):
        list(response)  # read to its end, a file is closed
    return response.status_code


def asked_in_turn(clients: dict[str, Client], pattern: Pattern, world: World, value: str, names: list[str]) -> list[str]:
    """The value by each name alone, by GET and by POST; what answers with an error of ours."""
    url, found = url_of(pattern, world), []
    for who, client in clients.items():
        for name in names:
            answers = {"GET": client.get(f"{url}?{name}={quote(value)}"), "POST": client.post(url, {name: value})}
            found += [f"{method} {url} {name} {who}" for method, answer in answers.items() if status(answer) >= 500]
    return found


OURS = sorted(name for name in PATTERNS if not name.startswith("admin:"))
import os

@pytest.mark.parametrize("name", sorted(PATTERNS) if os.environ.get("ADM") else OURS)
def test_explore(name: str, world: World, clients: dict[str, Client]) -> None:
    found = []
    pattern = PATTERNS[name]
    clients = {"staff": clients["staff"]} if name.startswith("admin:") else {"owner": clients["owner"]}
    for kind, value in STRANGE.items():
        found += [f"{kind}: {fault}" for fault in asked_in_turn(clients, pattern, world, value, names_of(pattern))]
    assert found == []
