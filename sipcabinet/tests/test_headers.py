"""Headers that every answer has: pages, errors, files, static files, redirects."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from sipcabinet.lib import security
from sipcabinet.lib.security import SameOriginMiddleware, SecurityHeadersMiddleware

pytestmark = pytest.mark.django_db
FOR_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": security.CONTENT_SECURITY_POLICY,
    "Server": "portal",
    "Permissions-Policy": security.PERMISSIONS_POLICY,
}
STATIC = "static"
ADDRESSES = {
    "/help/": 200,
    "/": 302,
    "/no/such/page/": 404,
    "/journal/?q=%00": 400,
    "/health/": 200,
    "/.well-known/security.txt": 200,
    STATIC: 200,
}


def ask(client: Client, address: str) -> HttpResponseBase:
    found: HttpResponseBase = client.get(staticfiles_storage.url("favicon.svg") if address == STATIC else address)
    found.close()
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_them(address: str, client: Client) -> None:
    answer = ask(client, address)
    assert answer.status_code == ADDRESSES[address]
    assert {name: answer.headers.get(name) for name in FOR_ALL} == FOR_ALL
    assert answer.headers["X-Request-Id"]


def test_without_the_middleware_they_are_missed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecurityHeadersMiddleware, "__call__", lambda self, request: self.get_response(request))
    assert "Content-Security-Policy" not in ask(client, STATIC).headers


@pytest.mark.parametrize(
    ("address", "rule"),
    [("/help/", "no-store"), ("/no/such/page/", "no-store"), (STATIC, "max-age"), ("/", "no-store")],
)
def test_pages_are_kept_nowhere_and_static_files_are(address: str, rule: str, client: Client) -> None:
    assert rule in ask(client, address).headers["Cache-Control"]


@pytest.mark.parametrize("address", ["/help/", "/no/such/page/", "/.well-known/security.txt"])
def test_text_names_its_encoding(address: str, client: Client) -> None:
    assert "charset=utf-8" in ask(client, address).headers["Content-Type"]


def test_hsts_goes_with_https_for_a_year(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000, True
    for address in ADDRESSES:
        path = staticfiles_storage.url("favicon.svg") if address == STATIC else address
        answer = Client().get(path, secure=True)
        answer.close()
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains"), address


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT"])
def test_no_other_method_is_answered(method: str, client: Client) -> None:
    assert client.generic(method, "/help/").status_code == 405


@pytest.fixture
def browser(owner: User, client_of: Callable[[Any], Client]) -> Client:
    return client_of(owner)


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 302), ("none", 302), ("", 302), ("cross-site", 403), ("same-site", 403)]
)
def test_a_write_that_another_site_begins_is_refused(site: str, status: int, browser: Client) -> None:
    headers = {"sec-fetch-site": site} if site else {}
    answer = browser.post("/theme/", {"theme": "dark"}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert "theme" not in answer.cookies
        assert answer["X-Request-Id"] in answer.content.decode()


def test_links_of_other_sites_lead_in(browser: Client) -> None:
    assert browser.get("/help/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_without_the_check_another_site_may_write(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test client sends no CSRF token and needs none, so only this check can refuse the write."""
    monkeypatch.setattr(SameOriginMiddleware, "__call__", lambda self, request: self.get_response(request))
    assert browser.post("/theme/", {}, headers={"sec-fetch-site": "cross-site"}).status_code == 302


def test_signing_out_makes_the_browser_forget(browser: Client) -> None:
    assert browser.post("/sign-out/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_cookies_hold_to_the_host_under_https() -> None:
    names = {name: value for name, value in vars(_production()).items() if name.endswith("_COOKIE_NAME")}
    ours = {"SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "MESSAGES_COOKIE_NAME", "THEME_COOKIE_NAME"}
    assert ours <= set(names)
    assert [name for name in ours if not names[name].startswith("__Host-")] == []


def _production() -> Any:
    """The settings of an installation with HTTPS."""
    import importlib.util
    import os
    from unittest import mock

    path = settings.BASE_DIR / "sipcabinet" / "settings.py"
    spec = importlib.util.spec_from_file_location("production_settings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.dict(os.environ, {"SITE_URL": "https://cabinet.example"}):
        spec.loader.exec_module(module)
    return module


def test_security_txt_names_the_contact_for_vulnerabilities(client: Client, settings: Settings) -> None:
    settings.SITE_URL, settings.SECURITY_POLICY_URL = "https://cabinet.example", "https://cabinet.example/policy"
    answer = client.get("/.well-known/security.txt")
    fields = dict(re.findall(r"^([\w-]+): (.+)$", answer.content.decode(), re.MULTILINE))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert not answer.cookies
    assert fields["Contact"] == f"mailto:{settings.SUPPORT_EMAIL}"
    assert fields["Preferred-Languages"] == "ru, en"
    assert fields["Canonical"] == "https://cabinet.example/.well-known/security.txt"
    assert fields["Policy"] == "https://cabinet.example/policy"
    assert "Encryption" not in fields


@pytest.mark.parametrize("moment", ["2026-01-01 00:00", "2026-12-31 23:59", "2031-02-28 12:00"])
def test_security_txt_is_never_out_of_date(moment: str, client: Client, at: Callable[[str], Any]) -> None:
    at(moment)
    expires = re.search(r"^Expires: (.+)Z$", client.get("/.well-known/security.txt").content.decode(), re.MULTILINE)
    assert expires is not None
    left = datetime.fromisoformat(expires[1]).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=1) < left < timedelta(days=365)


def test_password_managers_know_the_fields_of_signing_in(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert set(re.findall(r'autocomplete="([\w-]+)"', page)) >= {"current-password", "username"}
