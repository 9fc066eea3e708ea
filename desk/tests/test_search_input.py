"""Whatever is typed into the search gets a clear answer, and stays out of logs and journals (4.1)."""

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.tests.factories import CustomerFactory
from desk.selectors.search.typed import Fault, Typed
from sipcabinet.lib import spelling
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db
RIGHT_TO_LEFT, ZERO_WIDTH, SOFT_HYPHEN = "\u202e", "\u200b", "\u00ad"


@pytest.fixture
def client(staff: User) -> Client:
    client = signed_in(staff)
    client.raise_request_exception = False
    return client


def search(client: Client, typed: str) -> Any:
    return client.get(reverse("admin:search"), {"q": typed, "stay": "1"})


HOSTILE = [
    "%%%", "___", "\\\\\\", "%711%", "'; DROP TABLE accounts_customer; --", '"""', "<script>alert(1)</script>",
    "{{ 7|add:7 }}", "%(q)s %s {0}", "\\' OR 1=1", "711\\", "₽€¥", "🦊🦊🦊", "İİİ", "ß ß ß", "①②③", "(" * 90,
    "99999999999999999999", "№ 99999999999999999999", "№№№", "+" * 50, "0" * 90, "--------", "a" * 100, "' ' '",
    "@@@", "a@b", "<>@<>.<>", "З-2026-", "З-9999-999999999", "https://example.com/?q=1&r=2", "a\tb\nc\rd",
    "ааа" + RIGHT_TO_LEFT + "ббб", "слово " * 16,
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_odd_text_is_searched_or_explained(typed: str, client: Client) -> None:
    CustomerFactory.create(name="ООО «Северный ветер»")
    page = text(search(client, typed))
    assert "Ничего не найдено" in page or "Слишком" in page or "Что найти" in page, page
    assert "<script>alert" not in page


@pytest.mark.parametrize("typed", ["%%%", "___", "\\\\\\", "_е_", "С%й"])
def test_signs_of_patterns_are_plain_text(typed: str, client: Client) -> None:
    CustomerFactory.create(name="ООО «Северный ветер»")
    assert search(client, typed).context["groups"] == []


def test_signs_of_patterns_find_themselves(client: Client) -> None:
    CustomerFactory.create(name="ООО «Скидка 100% плюс»")
    assert len(search(client, "скидка 100%").context["groups"]) == 1


def test_nul_is_refused_by_the_portal(client: Client) -> None:
    assert "Запрос не понят" in text(client.get("/admin/search/?q=711%00"), status=400)


def test_a_long_text_is_refused_without_a_query(client: Client) -> None:
    page = text(search(client, "я" * 10_000))
    assert "Слишком длинный запрос" in page
    assert "яяя" * 50 not in page


@pytest.mark.parametrize("typed", ["7", "71", "ab", "@", "7%", "№"])
def test_a_short_text_gets_a_hint(typed: str, client: Client) -> None:
    TrunkFactory.create(phone="+375447112030")
    page = text(search(client, typed))
    assert "Слишком короткий запрос" in page
    assert "не меньше 3" in page


def test_nothing_typed_shows_what_can_be_searched(client: Client) -> None:
    for typed in ("", "   ", ZERO_WIDTH):
        page = text(search(client, typed))
        assert "Что найти?" in page
        assert "Что можно искать" in page


def test_nothing_found_says_what_can_be_searched(client: Client) -> None:
    page = text(search(client, "нет такого"))
    assert "Ничего не найдено" in page
    assert "Что можно искать" in page


@pytest.mark.parametrize("hidden", [RIGHT_TO_LEFT, ZERO_WIDTH, SOFT_HYPHEN, "\ufeff", "\u2066"])
def test_invisible_signs_of_copied_text_do_not_matter(hidden: str, client: Client) -> None:
    TrunkFactory.create(phone="+375447112030", label="Приёмная")
    page = text(search(client, f"{hidden}8 044{hidden} 711-20-30{hidden}"))
    assert "Приёмная" in page
    assert hidden not in page


@pytest.mark.parametrize("typed", ["８ ０４４ ７１１２０３０", "8\u00a0044\u2009711\u201120\u201130"])
def test_other_digits_and_spaces_are_read(typed: str, client: Client) -> None:
    TrunkFactory.create(phone="+375447112030")
    assert [shown.name for shown in search(client, typed).context["groups"]] == ["numbers"]


def test_what_is_typed_stands_in_no_log_and_no_journal(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    TrunkFactory.create(phone="+375447112030")
    with caplog.at_level(logging.INFO):
        search(client, "8 044 711-20-30")
        search(client, "абракадабра")
    assert "711-20-30" not in caplog.text
    assert "абракадабра" not in caplog.text
    assert not AuditEvent.objects.filter(action__contains="search").exists()


@pytest.mark.parametrize("given", ["Ёлка «Ёж» №1", "İstanbul", "ГРУЗ-Сервис_2", "ÀÉ ß", "Ўсход і Захад"])
def test_python_and_the_database_spell_alike(given: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT array(SELECT sipcabinet_words(%s))", [given])
        (words,) = cursor.fetchone()
    assert words == [word for word in spelling.words(given) if len(word) > 1]
    assert len(spelling.plain(given)) == len(given)


def test_faults_are_told_apart() -> None:
    assert Typed.of("  ").fault == Fault.EMPTY
    assert Typed.of("71").fault == Fault.SHORT
    assert Typed.of("№ 7").fault is None
    assert Typed.of("x" * 101).fault == Fault.LONG
