"""The demo's mailbox: letters are listed, found and shown unchanged, and cannot affect the page around them."""

import hashlib
import mailbox
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from sipcabinet.lib.security import CONTENT_SECURITY_POLICY

pytestmark = [pytest.mark.urls("sipcabinet.demo.tests.urls"), pytest.mark.django_db]
HTML = "<!DOCTYPE html><html><head><title>x</title></head><body><p style='color:red'>Здравствуйте</p></body></html>"
Put = Callable[..., str]


@pytest.fixture
def put(settings: Settings, tmp_path: Path) -> Put:
    """Puts a letter into the mailbox; returns its key."""
    settings.MAILBOX_DIR = tmp_path / "mail"
    box = mailbox.Maildir(settings.MAILBOX_DIR)

    def arrive(
        subject: str = "Детализация", to: str = "office@customer.example", file: bytes = b"", html: str = HTML
    ) -> str:
        from django.core.mail import EmailMultiAlternatives

        message = EmailMultiAlternatives(
            subject, "Ссылка: https://cabinet.example/d/1", "cabinet@operator.example", [to]
        )
        if html:
            message.attach_alternative(html, "text/html")
        if file:
            message.attach("Детализация за октябрь.xlsx", file, "application/vnd.ms-excel")
        return box.add(message.message().as_bytes())

    return arrive


def test_an_empty_mailbox_says_how_to_fill_it(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.MAILBOX_DIR = tmp_path / "not there yet"
    response = client.get(reverse("demo:mailbox"))
    assert response.status_code == 200
    assert "Писем пока нет" in response.content.decode()
    assert not settings.MAILBOX_DIR.exists()


def test_letters_are_listed_newest_first(client: Client, put: Put) -> None:
    for number in range(3):
        put(f"Письмо {number}")
    page = client.get(reverse("demo:mailbox")).content.decode()
    assert page.index("Письмо 2") < page.index("Письмо 1") < page.index("Письмо 0")
    assert "Писем: 3" in page


def test_a_recipient_finds_his_letters_by_a_part_of_the_address(client: Client, put: Put) -> None:
    put("Ему", to="Office@customer.example")
    put("Не ему", to="other@customer.example")
    page = client.get(reverse("demo:mailbox"), {"to": "oFFice"}).content.decode()
    assert "Ему" in page
    assert "Не ему" not in page
    nobody = client.get(reverse("demo:mailbox"), {"to": "<script>"}).content.decode()
    assert "Таких писем нет" in nobody
    assert "<script>" not in nobody


def test_many_letters_go_over_pages(client: Client, put: Put) -> None:
    for number in range(30):
        put(f"Письмо №{number}.")
    first = client.get(reverse("demo:mailbox"), {"to": "office"}).content.decode()
    assert "Письмо №29." in first
    assert "Письмо №4." not in first
    assert "to=office&amp;onward=2" in first
    second = client.get(reverse("demo:mailbox"), {"to": "office", "onward": "2"}).content.decode()
    assert "Письмо №4." in second
    assert "back=1" in second
    assert client.get(reverse("demo:mailbox"), {"onward": "далеко"}).status_code == 200


def test_a_letter_is_shown_with_its_text_and_its_links(client: Client, put: Put) -> None:
    page = client.get(reverse("demo:letter", args=[put()])).content.decode()
    assert "office@customer.example" in page
    assert '<a href="https://cabinet.example/d/1"' in page
    assert "<iframe" in page


def test_a_letter_without_html_has_no_frame(client: Client, put: Put) -> None:
    key = put(html="")
    assert "<iframe" not in client.get(reverse("demo:letter", args=[key])).content.decode()
    assert client.get(reverse("demo:letter_html", args=[key])).status_code == 404


def test_the_html_keeps_its_styles_and_nothing_runs(client: Client, put: Put) -> None:
    response = client.get(reverse("demo:letter_html", args=[put()]))
    policy = response.headers["Content-Security-Policy"]
    assert "style='color:red'" in response.content.decode()
    assert '<head><base target="_blank">' in response.content.decode()
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "sandbox" in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_only_the_page_with_the_frame_may_frame_and_only_itself(client: Client, put: Put) -> None:
    key = put()
    assert client.get(reverse("demo:mailbox")).headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    shown = client.get(reverse("demo:letter", args=[key]))
    assert shown.headers["Content-Security-Policy"] == f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    assert shown.headers["X-Frame-Options"] == "DENY"


def test_a_subject_is_text(client: Client, put: Put) -> None:
    key = put("<script>alert(1)</script>")
    for address in (reverse("demo:mailbox"), reverse("demo:letter", args=[key])):
        assert "<script>alert" not in client.get(address).content.decode()


def test_a_file_is_downloaded_whole_under_its_name(client: Client, put: Put) -> None:
    content = os.urandom(5000)
    key = put(file=content)
    assert "Детализация за октябрь.xlsx" in client.get(reverse("demo:letter", args=[key])).content.decode()
    response = client.get(reverse("demo:attachment", args=[key, 0]))
    assert hashlib.sha256(response.content).digest() == hashlib.sha256(content).digest()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert quote("Детализация за октябрь.xlsx") in response.headers["Content-Disposition"]
    assert client.get(reverse("demo:attachment", args=[key, 1])).status_code == 404


@pytest.mark.parametrize("key", ["nothing", "..", "../../etc/passwd", "%2e%2e", "new", "cur", "a" * 300])
def test_what_is_no_letter_is_missing(client: Client, put: Put, key: str) -> None:
    put()
    for name, args in [("letter", []), ("letter_html", []), ("attachment", [0])]:
        try:
            address = reverse(f"demo:{name}", args=[key, *args])
        except NoReverseMatch:
            address = f"/demo/mailbox/{quote(key)}/"
        assert client.get(address).status_code == 404


def test_the_mailbox_is_read_only(client: Client, put: Put) -> None:
    key = put()
    for address in (reverse("demo:mailbox"), reverse("demo:letter", args=[key])):
        assert client.post(address).status_code == 405


def test_without_the_demo_there_is_no_mailbox(client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = "sipcabinet.urls"
    assert not settings.DEMO
    assert client.get("/demo/mailbox/").status_code == 404
