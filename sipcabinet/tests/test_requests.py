import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from sipcabinet.lib.requests import RequestIdMiddleware, client_address


def address(settings: Settings, proxies: int, remote: str, forwarded: str | None) -> str:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.1"),  # no proxy is trusted: the header is ignored
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),  # the part that the client wrote before our proxy is not trusted
        (1, None, "10.0.0.1"),
        (2, "203.0.113.7", "10.0.0.1"),  # the chain is shorter than TRUSTED_PROXIES
        (1, "not-an-address", "0.0.0.0"),  # noqa: S104
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "fe80::7%eth0", "fe80::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_forwarded_addresses_count_only_as_far_as_proxies_vouch(
    settings: Settings, proxies: int, forwarded: str | None, expected: str
) -> None:
    assert address(settings, proxies, "10.0.0.1", forwarded) == expected


def test_each_answer_carries_its_number() -> None:
    seen: list[str] = []

    def view(request: object) -> HttpResponse:
        seen.append(request.request_id)  # type: ignore[attr-defined]
        return HttpResponse()

    middleware = RequestIdMiddleware(view)
    numbers = [middleware(RequestFactory().get("/")).headers["X-Request-Id"] for _ in range(2)]
    assert numbers == seen
    assert len(set(numbers)) == 2
