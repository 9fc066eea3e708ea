"""Every kind of letter has its three templates, which extend the common base."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from notifications.services.rendering import render

PARTS = ["subject.txt", "body.txt", "body.html"]
FOLDERS = [Path(__file__).parents[2] / "templates/letters", Path(__file__).parent / "templates/letters"]
KINDS = sorted(folder for parent in FOLDERS for folder in parent.iterdir() if folder.is_dir())
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def forgotten(kinds: Iterable[Path]) -> list[str]:
    """What is missing in these folders of letters, in words."""
    here = "notifications/tests/test_templates.py"
    return [
        message
        for kind in kinds
        for message in (
            *(f"templates/letters/{kind.name}/{part} is missing" for part in PARTS if not (kind / part).is_file()),
            *([] if kind.name in EXAMPLES else [f"«{kind.name}» has no context in EXAMPLES ({here})"]),
            *([] if kind.name in FACTS else [f"«{kind.name}» has no facts in FACTS ({here})"]),
        )
    ]


def test_every_letter_has_its_parts_and_an_example() -> None:
    assert forgotten(KINDS) == []


def test_a_forgotten_part_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "new_letter"
    folder.mkdir()
    (folder / "subject.txt").write_text("Новое", encoding="utf-8")
    (folder / "body.html").write_text("<p>Новое</p>", encoding="utf-8")
    assert forgotten([*KINDS, folder]) == [
        "templates/letters/new_letter/body.txt is missing",
        "«new_letter» has no context in EXAMPLES (notifications/tests/test_templates.py)",
        "«new_letter» has no facts in FACTS (notifications/tests/test_templates.py)",
    ]


@each_kind
def test_a_kind_has_its_three_parts_and_nothing_else(kind: Path) -> None:
    assert sorted(file.name for file in kind.iterdir()) == sorted(PARTS)


def sources(file: Path) -> list[str]:
    """The sources of a body template and of all templates that it extends, the nearest first."""
    source = file.read_text()
    parent = re.match(r'{% extends "letters/([\w.]+)" %}', source)
    return [source, *(sources(FOLDERS[0] / parent[1]) if parent else [])]


@each_kind
def test_bodies_stand_on_the_common_base(kind: Path) -> None:
    text, html = sources(kind / "body.txt"), sources(kind / "body.html")
    assert text[-1] == (FOLDERS[0] / "base.txt").read_text()
    assert html[-1] == (FOLDERS[0] / "base.html").read_text()
    own = "".join(html[:-1])
    assert "{% block preheader %}" in own
    assert "{% block content %}" in own


@each_kind
def test_a_letter_needs_no_pictures_no_scripts_and_nothing_from_outside(kind: Path) -> None:
    whole = "".join(sources(kind / "body.html"))
    assert not re.search(r"<(img|script|link|iframe|form)\b|url\(|@import|\|safe|autoescape off", whole)


@each_kind
def test_a_subject_is_one_line_without_markup(kind: Path) -> None:
    source = (kind / "subject.txt").read_text().strip()
    assert "\n" not in source
    assert not re.search(r"<\w|password|\burl\b", source)


@each_kind
def test_a_letter_says_only_what_it_was_told(kind: Path, settings: Settings) -> None:
    """Renders the letter with an example context: no variable is missing; both bodies hold the link and all facts."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": "MISSING(%s)"}}]
    letter = render(kind.name, EXAMPLES[kind.name])
    whole = letter.subject + letter.text + letter.html
    assert "MISSING(" not in whole
    assert "{{" not in whole
    assert letter.subject
    for fact in FACTS[kind.name]:
        assert fact in letter.text
        assert fact in letter.html


@each_kind
def test_a_full_link_stands_on_its_own_line(kind: Path) -> None:
    letter = render(kind.name, EXAMPLES[kind.name])
    links = {fact for fact in FACTS[kind.name] if fact.startswith("http")}
    assert links <= set(letter.text.splitlines())


MOMENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LINK = "https://cabinet.example/link/1"
CHANGE = {"phone": "+375 44 711-20-30", "at": MOMENT, "address": "192.0.2.7", "url": LINK}
CHANGE_FACTS = ["+375 44 711-20-30", "22.11.2026, 12:30", "192.0.2.7", LINK]
# The common context of every letter about a ready document.
READY: dict[str, Any] = {
    "order": {"number": "З-2026-000123"},
    "account": {"number": "700100001", "customer": {"name": "ООО «Полесские сети»"}},
    "document": {"made_at": MOMENT},
    "attached": True,
    "file_format": "XLSX",
    "link": LINK,
    "link_until": MOMENT,
    "orders_link": "https://cabinet.example/orders/",
}
READY_FACTS = ["З-2026-000123", "700100001", "октябрь 2026", "22.11.2026, 12:30", LINK]
ACCOUNT = {"number": "700100001", "customer": {"name": "ООО «Полесские сети»"}}
DEBT_OF_OCTOBER = {"title": "Счёт № 000123 за октябрь 2026", "due_on": date(2026, 11, 25), "correction": None}
WORDS = {
    "what": "счёт № 000123",
    "whom": "счёт № 000123",
    "of_what": "счёта № 000123",
    "not_paid": "не оплачен счёт № 000123",
    "late": "счёт № 000123 не оплачен в срок",
    "purpose": "Оплата по счёту № 000123, л/с 700100001",
}
OLDER = {"title": "Счёт № 000122 за сентябрь 2026"}
CORRECTION = {
    "title": "Корректировка № 000007",
    "due_on": date(2026, 12, 22),
    "correction": {"reason": "ошибка в тарифе"},
    "invoice": {"number": "000122"},
}
PROMISE: dict[str, Any] = {
    "guarantee": {
        "number": "Г-2026-000123",
        "amount": Decimal("125.00"),
        "valid_until": date(2026, 12, 5),
        "answer": "Ждём оплату",
        "restrict_on": date(2026, 12, 7),
    },
    "debt": DEBT_OF_OCTOBER,
    "words": WORDS,
    "account": ACCOUNT,
    "link": LINK,
}
PROMISE_FACTS = ["Г-2026-000123", "125,00\u00a0BYN", "000123", "25.11.2026", "700100001", WORDS["purpose"], LINK]
DEBT: dict[str, Any] = {
    "account": ACCOUNT,
    "debt": DEBT_OF_OCTOBER,
    "words": WORDS,
    "unpaid": [
        {"debt": OLDER, "due_on": date(2026, 10, 26), "unpaid": Decimal("100.50")},
        {"debt": DEBT_OF_OCTOBER, "due_on": date(2026, 11, 25), "unpaid": Decimal("125.00")},
    ],
    "sum": Decimal("225.50"),
    "purpose": "Оплата по счетам № 000122, 000123, л/с 700100001",
    "link": LINK,
    "guarantee_link": "https://cabinet.example/guarantees/register/",
}
DEBT_FACTS = [
    *("700100001", "000122", "000123", "26.10.2026", "25.11.2026"),
    *("100,50\u00a0BYN", "125,00\u00a0BYN", "225,50\u00a0BYN", str(DEBT["purpose"]), LINK, str(DEBT["guarantee_link"])),
]
FREE = "Звонки в экстренные службы и на бесплатные номера доступны всегда."
ISSUED: dict[str, Any] = {
    "number": "000045",
    "issued_on": date(2026, 11, 10),
    "due_on": date(2026, 11, 25),
    "period": {"label": "октябрь 2026"},
    "total": Decimal("125.50"),
    "due": Decimal("125.50"),
    "purpose": "Оплата по счёту № 000045",
}
ISSUED_FACTS = ["700100001", "№ 000045", "10.11.2026", "октябрь 2026", "125,50", "25.11.2026", LINK]
LIMIT: dict[str, Any] = {
    "account": ACCOUNT,
    "trunk": {"phone": "+375447112030"},
    "percent": 80,
    "limit": "лимит на сумму за день",
    "amount": "50,00\u00a0BYN",
    "used": "41,20\u00a0BYN",
    "is_operators": False,
    "is_of_day": True,
    "at": MOMENT,
    "url": LINK,
}
LIMIT_FACTS = [
    *("700100001", "+375 44 711-20-30", "лимит на сумму за день", "50,00\u00a0BYN", "41,20\u00a0BYN", "80 %", LINK)
]
# Add here an example of each new kind of letter: the context that its app passes, and the facts that it must show.
EXAMPLES: dict[str, dict[str, Any]] = {
    "sample": {"what": "за октябрь", "url": LINK, "absent": ""},
    "secret": {"password": "abc"},
    "temporary_password": {"password": "abc-def", "phone": "+375 44 711-20-30", "expires_at": MOMENT, "url": LINK},
    "password_changed": CHANGE,
    "second_factor_on": CHANGE,
    "second_factor_off": CHANGE,
    "email_changed": {"number": "700100001", "at": CHANGE["at"], "email": "new@customer.example"},
    "call_detail_ready": {
        **READY,
        "terms": {"month": {"label": "октябрь 2026"}, "direction": {"label": "исходящие"}},
    },
    "monthly_detail_ready": {**READY, "terms": {"month": {"label": "октябрь 2026"}}},
    "preliminary_ready": {**READY, "file_format": "PDF", "terms": {"month": {"label": "октябрь 2026"}}, "listed": 3},
    "invoice_ready": {**READY, "file_format": "PDF", "invoice": ISSUED},
    "invoice_issued": {
        **READY,
        "file_format": "PDF",
        "invoice": ISSUED,
        "delivery_link": "https://cabinet.example/delivery/",
    },
    "delivery_changed": {
        "account": READY["account"],
        "before": "Получает сам",
        "after": "E-mail: buh@customer.example",
        "at": MOMENT,
        "url": LINK,
    },
    "guarantee_requested": PROMISE | {"guarantee": PROMISE["guarantee"] | {"valid_until": None, "answer": ""}},
    "guarantee_accepted": PROMISE | {"lifted": True},
    "guarantee_rejected": PROMISE | {"guarantee": PROMISE["guarantee"] | {"valid_until": None}},
    "guarantee_fulfilled": PROMISE,
    "guarantee_expired": PROMISE | {"short": Decimal("100.50")},
    "payment_reminder": DEBT | {"overdue": True, "restricted": False, "restrict_on": date(2026, 12, 5)},
    "calls_restricted": DEBT,
    "calls_allowed": DEBT | {"sorry": True},
    "application_refused": {
        "account": ACCOUNT,
        "application": {
            "numbered": "№ 41 от 20.11.2026",
            "get_kind_display": "Тарифный план",
            "answer": "Нет подписи директора",
            "decided_at": MOMENT,
        },
    },
    "reconciliation_act": {
        "account": READY["account"],
        "act": {"first_day": date(2026, 7, 1), "last_day": date(2026, 9, 30), "closing": Decimal("-225.50")},
        "owed": Decimal("225.50"),
        "attached": True,
        "link": LINK,
    },
    "announcement": {
        "account": READY["account"],
        "title": "Новые цены с 1 января",
        "text": "С 1 января меняется плата.\n\nПодробности в договоре.",
        "link": LINK,
    },
    "alarm_closed": {
        "account": ACCOUNT,
        "trunk": {"phone": "+375447112030"},
        "reason": "40 звонков на Кубу за ночь",
        "at": MOMENT,
        "url": LINK,
    },
    "limit_warning": LIMIT,
    "limit_reached": LIMIT | {"percent": 100},
    "debt_told": DEBT
    | {
        "debt": CORRECTION,
        "words": WORDS | {"what": "корректировка № 000007", "whom": "корректировку № 000007"},
    },
}
FACTS: dict[str, list[str]] = {
    "sample": ["за октябрь", LINK],
    "secret": ["abc"],
    "temporary_password": ["abc-def", "+375 44 711-20-30", "22.11.2026, 12:30", LINK],
    "password_changed": CHANGE_FACTS,
    "second_factor_on": CHANGE_FACTS,
    "second_factor_off": CHANGE_FACTS,
    "email_changed": ["700100001", "new@customer.example", "22.11.2026"],
    "call_detail_ready": [*READY_FACTS, "исходящие"],
    "monthly_detail_ready": READY_FACTS,
    "preliminary_ready": [*READY_FACTS, "по списку, всего 3", "не счёт на оплату"],
    "invoice_ready": [*ISSUED_FACTS, "З-2026-000123"],
    "invoice_issued": [*ISSUED_FACTS, "Оплата по счёту № 000045"],
    "delivery_changed": ["700100001", "Получает сам", "E-mail: buh@customer.example", "22.11.2026, 12:30", LINK],
    "guarantee_requested": PROMISE_FACTS,
    "guarantee_accepted": [*PROMISE_FACTS, "05.12.2026", "Ждём оплату", "Ограничение исходящих звонков снято"],
    "guarantee_rejected": [*PROMISE_FACTS, "Ждём оплату"],
    "guarantee_fulfilled": PROMISE_FACTS,
    "guarantee_expired": [
        *PROMISE_FACTS,
        "05.12.2026",
        "100,50\u00a0BYN",
        "с 07.12.2026 исходящие звонки будут ограничены",
        FREE,
    ],
    "payment_reminder": [*DEBT_FACTS, "истёк 25.11.2026", "с 05.12.2026 исходящие звонки будут ограничены"],
    "calls_restricted": [*DEBT_FACTS, "исходящие звонки с номеров лицевого счёта ограничены", FREE],
    "calls_allowed": ["700100001", "ООО «Полесские сети»", "225,50\u00a0BYN", "оплата поступила вовремя", LINK],
    "application_refused": [
        *("№ 41 от 20.11.2026", "Тарифный план", "Нет подписи директора", "700100001", "ООО «Полесские сети»"),
        *("22.11.2026, 12:30", "ничего не изменилось"),
    ],
    "reconciliation_act": ["700100001", "01.07.2026", "30.09.2026", "ваш долг — 225,50\u00a0BYN", "во вложении", LINK],
    "announcement": ["700100001", "С 1 января меняется плата.", "Подробности в договоре.", LINK],
    "alarm_closed": ["700100001", "+375 44 711-20-30", "40 звонков на Кубу за ночь", "22.11.2026, 12:30", FREE, LINK],
    "limit_warning": LIMIT_FACTS,
    "limit_reached": [*(fact for fact in LIMIT_FACTS if fact != "80 %"), "откроются сами в полночь", FREE, "с паролем"],
    "debt_told": [*DEBT_FACTS, "орректировку № 000007", "22.12.2026", "счёта № 000122", "ошибка в тарифе"],
}
