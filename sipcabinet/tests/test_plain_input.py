"""Odd text is refused at one place, with the error page; without the guard every one of these requests gets through."""

import base64
import json
import timeit
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, encode_multipart

from sipcabinet import wsgi
from sipcabinet.lib import keyset, plain_input
from sipcabinet.lib.plain_input import PlainInputMiddleware, PlainRequest, fits_bigint, is_plain

MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
Ask = Callable[[Client], HttpResponseBase]


@pytest.fixture
def browser(owner: Any, client_of: Callable[[Any], Client]) -> Client:
    return _seeing(client_of(owner))


@pytest.fixture
def desk(staff: Any, client_of: Callable[[Any], Client]) -> Client:
    return _seeing(client_of(staff))


def _seeing(client: Client) -> Client:
    client.raise_request_exception = False
    return client


def part(disposition: str, content: str = "x") -> bytes:
    return f"--{BOUNDARY}\r\n{disposition}\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n".encode()


def sent(body: bytes, content_type: str = MULTIPART, path: str = "/sign-in/") -> Ask:
    return lambda client: client.generic("POST", path, body, content_type)


def with_session(value: str) -> Ask:
    def ask(client: Client) -> HttpResponseBase:
        return client.get("/security/", headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={value}"})

    return ask


INPUTS: dict[str, Ask] = {
    "NUL in the query": lambda client: client.get("/journal/?kind=%00"),
    "surrogate in the query": lambda client: client.get("/subscribers/?q=%ED%A0%80"),
    "query that is no UTF-8": lambda client: client.get("/subscribers/?q=%FF"),
    "raw bytes in the query": lambda client: client.get("/subscribers/", QUERY_STRING="q=\xff"),
    "NUL in a name of the query": lambda client: client.get("/subscribers/?%00=1"),
    "NUL in the path": lambda client: client.get("/d/a%00b/"),
    "NUL in the session cookie": with_session(r'"abc\000defghijkl"'),
    "NUL in a header": lambda client: client.get("/help/", headers={"user-agent": "a\0b"}),
    "NUL in a field": sent(b"phone=%00&password=x", "application/x-www-form-urlencoded"),
    "field that is no UTF-8": sent(b"phone=%FF", "application/x-www-form-urlencoded"),
    "NUL in a field of multipart": sent(part('Content-Disposition: form-data; name="phone"', "a\0b")),
    "multipart in another charset": sent(
        part('Content-Disposition: form-data; name="phone"', r"\ud800"), f"{MULTIPART}; charset=unicode_escape"
    ),
    "charset that is no text": sent(part('Content-Disposition: form-data; name="phone"'), f"{MULTIPART}; charset=hex"),
    "file name that is no UTF-8": sent(
        part("Content-Disposition: form-data; name=file; filename*=utf-8''%FF.csv", "x")
    ),
    "header of a part beyond parsing": sent(
        part("Content-Disposition: form-data; name=phone; filename*=utf-8''a; filename*0=b")
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("named", INPUTS)
def test_it_is_refused_with_the_error_page_and_its_number(named: str, browser: Client) -> None:
    answer: Any = INPUTS[named](browser)
    page = answer.content.decode()
    assert answer.status_code == 400, page[:500]
    assert "Запрос не понят" in page
    assert answer["X-Request-Id"] in page
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.fixture
def no_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_input, "_check_head", lambda _request: None)
    monkeypatch.setattr(PlainInputMiddleware, "process_view", lambda *_given: None)


@pytest.mark.django_db
@pytest.mark.parametrize("named", INPUTS)
def test_without_the_guard_the_input_gets_in(named: str, browser: Client, no_guard: None) -> None:
    assert INPUTS[named](browser).status_code != 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "named", ["multipart in another charset", "charset that is no text", "header of a part beyond parsing"]
)
def test_without_the_guard_signing_in_is_an_error_of_ours(named: str, client: Client, no_guard: None) -> None:
    """Everybody could cause this error: sign-in needs no session."""
    assert INPUTS[named](_seeing(client)).status_code == 500


def served(**environ: Any) -> tuple[str, dict[str, str], str]:
    """Status, headers and page that the WSGI server gets: Django parses Content-Type before any middleware runs."""
    told: list[Any] = []
    base = RequestFactory()._base_environ(PATH_INFO="/help/", **environ)  # type: ignore[attr-defined]

    def start(status: str, headers: list[tuple[str, str]], *_error: Any) -> Callable[[bytes], object]:
        told.extend([status, dict(headers)])
        return lambda _data: None

    pages = wsgi.portal(base, start)
    return told[0], told[1], b"".join(pages).decode()


BROKEN_TYPES = ["text/html; charset*=no''x", "a/b; charset*=utf-8''%00", "a/b; x*=utf-8''a; x*0=b"]


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", BROKEN_TYPES)
def test_a_content_type_beyond_parsing_gets_the_error_page(content_type: str) -> None:
    status, headers, page = served(CONTENT_TYPE=content_type)
    assert status == "400 Bad Request"
    assert headers["X-Request-Id"] in page


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", BROKEN_TYPES)
def test_without_the_request_of_our_own_the_server_gets_an_exception(
    content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wsgi.portal, "request_class", PlainRequest.__mro__[1])
    with pytest.raises((ValueError, TypeError)):
        served(CONTENT_TYPE=content_type)


def page_token(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


SURROGATE = f"/journal/?onward={page_token('2026-01-01T00:00:00+00:00', chr(0xD800))}"
OF_NUMBERS = f"/subscribers/?onward={page_token(chr(0xD800), 1)}"


@pytest.mark.django_db
@pytest.mark.parametrize("url", [SURROGATE, OF_NUMBERS])
def test_a_token_of_surrogates_leads_to_the_first_page(url: str, browser: Client) -> None:
    assert browser.get(url).status_code == 200


@pytest.mark.django_db
def test_without_the_guard_a_token_of_surrogates_is_an_error(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "is_plain", lambda _text: True)
    assert browser.get(OF_NUMBERS).status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize("pk", ["_00", "_ED_A0_80", "9" * 30, "9" * 5000, "²", "-1", "None"])
def test_an_odd_id_of_the_admin_is_an_object_that_is_missing(pk: str, desk: Client) -> None:
    assert desk.get(f"/admin/accounts/account/{pk}/change/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("pk", [2**63, 10**30, "9" * 5000])
def test_a_number_beyond_every_id_is_a_page_that_is_missing(pk: object, browser: Client) -> None:
    for path in (f"/subscribers/{pk}/", f"/subscribers/{pk}/calls/", f"/subscribers/1/services/{pk}/"):
        assert browser.get(path).status_code == 404


def test_without_the_guard_a_view_gets_the_number(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.http import Http404

    guard = PlainInputMiddleware(lambda _request: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(Http404):
        guard.process_view(rf.get("/"), lambda: None, (), {"pk": 2**63})
    monkeypatch.setattr(plain_input, "fits_bigint", lambda _number: True)
    assert guard.process_view(rf.get("/"), lambda: None, (), {"pk": 2**63}) is None


@pytest.mark.parametrize("text", ["", "a", "я", "\U0001f600", "\ufffd", "\x01\x85\u2028", "\ufffe"])
def test_what_can_be_stored_is_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", ["\0", "a\0", "я\0", "\ud800", "я\udfff", "a\udc80b"])
def test_what_cannot_be_stored_is_not(text: str) -> None:
    assert not is_plain(text)


def test_numbers_of_postgresql() -> None:
    assert fits_bigint(2**63 - 1)
    assert not fits_bigint(2**63)
    assert not fits_bigint(-(2**63))


@pytest.mark.django_db
def test_ordinary_russian_text_and_somebody_s_own_replacement_character_pass(browser: Client) -> None:
    assert browser.get(f"/subscribers/?q={quote('Приёмная �, 2-й этаж')}").status_code == 200
    form = f"phone={quote('Иван �')}"
    assert browser.post("/sign-in/?next=/", form, "application/x-www-form-urlencoded").status_code == 302
    data = {"file": _upload("метки.csv")}
    assert browser.post("/subscribers/labels/", data).status_code == 200


def _upload(name: str) -> BytesIO:
    file = BytesIO("номер;метка".encode())
    file.name = name
    return file


def _typical() -> list[HttpRequest]:
    factory = RequestFactory(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "cookie": "session=abc; csrf=d"})
    found: list[HttpRequest] = [
        factory.get("/subscribers/"),
        factory.get("/subscribers/", {"q": "Приёмная", "onward": "x" * 60}),
        factory.post("/sign-in/", {"phone": "+375291234567", "password": "x" * 20}),
        factory.post("/x/", encode_multipart(BOUNDARY, {"a": "б"}), MULTIPART),
    ]
    return found


def test_an_ordinary_request_costs_microseconds() -> None:
    """GET and POST are parsed before the measurement, because pages parse them anyway. The bound is ten times the
    measured time."""
    guard = PlainInputMiddleware(lambda _request: None)  # type: ignore[arg-type,return-value]
    for request in _typical():
        _parsed = request.GET, request.POST
        ask = lambda request=request: (guard(request), guard.process_view(request, lambda: None, (), {"pk": 1}))  # noqa: E731
        each = min(timeit.repeat(ask, number=1000, repeat=3)) / 1000
        assert each < 100e-6, f"{request.path}: {each * 1e6:.1f} us"
