"""The face in force on pages, and what it costs to know it (4.16)."""

import time

import pytest
from django.conf import LazySettings
from django.db import ProgrammingError, connection, transaction
from django.db.utils import InternalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from operator_profile.models import Face
from operator_profile.selectors import face as faces
from operator_profile.tests.faces import LOOK, picture, put_face
from sipcabinet.lib import security, tenancy
from sipcabinet.tests.page_text import text, words

pytestmark = pytest.mark.django_db


def test_before_the_first_version_the_environment_counts(client: Client, settings: LazySettings) -> None:
    settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL = "+375172999999", "first@operator.example"
    page = text(client.get("/help/"))
    assert "+375 17 299-99-99" in page
    assert "first@operator.example" in page
    assert "— Личный кабинет SIP </title>" in page
    assert "face.css" not in page


def test_after_it_the_environment_is_not_read(client: Client, settings: LazySettings) -> None:
    put_face()
    settings.SUPPORT_PHONE, settings.OPERATOR_NAME = "+375172999999", "Другой"
    page = text(client.get("/help/"))
    assert "+375 17 200-00-00" in page
    assert "+375 17 299-99-99" not in page
    assert "Другой" not in page


def test_the_sign_in_page_is_the_operators(client: Client) -> None:
    face = put_face(logo=picture(), sign_in_lead="Войдите по номеру", sign_in_note="Нет пароля? Позвоните нам")
    page = client.get("/sign-in/").content.decode()
    for told in (
        "Заря Телеком",
        "Войдите по номеру",
        "Нет пароля? Позвоните нам",
        "Телефония «Зари»",
        "придут на почту",
    ):
        assert told in page, told
    assert "Вся SIP-телефония" not in page
    assert "Счета и детализация" not in page
    assert f'src="/face/{face.pk}/logo/"' in page
    assert f'href="/face.css?v={face.pk}"' in page
    assert 'href="https://zarya.example/contract"' in page
    assert 'href="https://zarya.example/privacy"' in page
    assert "style=" not in page


def test_what_is_typed_cannot_become_markup(client: Client) -> None:
    put_face(name="<script>alert(1)</script>", sign_in_note="<img src=x onerror=y>", sign_in_points="<b>: <i>")
    page = client.get("/sign-in/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<i>" not in page


def test_error_pages_have_the_face_without_a_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    put_face()
    with django_assert_num_queries(0):
        page = words(client.get("/no-such-page/"))
    assert "Заря Телеком" in page


def test_a_process_asks_once_a_minute(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces.forget()
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with django_assert_num_queries(1):
        faces.in_force()
        faces.in_force()
    Face.objects.create(**LOOK, put_by="Другой процесс")
    now += faces.KEPT_SECONDS - 1
    assert faces.in_force().is_first
    now += 1
    with django_assert_num_queries(1):
        assert faces.in_force().name == "Заря Телеком"
        assert faces.in_force().name == "Заря Телеком"


def test_the_colours_are_a_stylesheet_that_may_be_kept(client: Client) -> None:
    face = put_face()
    answer = client.get(f"/face.css?v={face.pk}")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == security.CONTENT_SECURITY_POLICY
    assert not answer.cookies
    sheet = answer.content.decode()
    assert ":root{--primary:#0f6b3c;" in sheet
    assert ':root[data-theme="dark"]' in sheet
    assert ':root[data-theme="system"]' in sheet


@pytest.mark.parametrize("asked", ["", "?v=", "?v=999", "?v=-1", "?v=99999999999999999999", "?v=²", "?v=<x>"])
def test_an_unknown_version_of_the_colours_is_not_kept(client: Client, asked: str) -> None:
    put_face()
    answer = client.get(f"/face.css{asked}")
    assert answer.status_code == 200
    assert "--primary:#0f6b3c" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_colour_there_is_no_stylesheet(client: Client) -> None:
    face = put_face(accent="")
    assert "face.css" not in client.get("/sign-in/").content.decode()
    assert client.get(f"/face.css?v={face.pk}").content == b""


def test_a_logo_can_do_nothing_when_it_is_opened(client: Client) -> None:
    face = put_face(logo=picture())
    answer = client.get(f"/face/{face.pk}/logo/")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(f"/face/{put_face().pk}/logo/").status_code == 404


def test_no_row_of_the_past_changes() -> None:
    face = put_face(logo=picture())
    for row in (face, face.logo):
        assert row is not None
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(id=row.pk)
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk)._raw_delete(using="default")


def test_a_customers_page_reads_the_face_and_no_draft(account: object) -> None:
    with tenancy.portal(account.pk), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT count(*) FROM operator_profile_face")
        for table in ("operator_profile_facedraft", "operator_profile_requisitesdraft"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(f"SELECT count(*) FROM {table}")
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("INSERT INTO operator_profile_face (name) VALUES ('x')")
