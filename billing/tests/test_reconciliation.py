"""«Акт сверки»: balances, documents and turnovers of a period; as a page, PDF and XLSX (2.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Account, User
from billing.selectors import reconciliation
from billing.tests.money import corrected, invoice_of, paid

pytestmark = pytest.mark.django_db
PERIOD = "?start=01.10.2026&end=31.10.2026"


@pytest.fixture(autouse=True)
def books(at: Callable[[str], Any], account: Account) -> None:
    """A debt of 250 before October; an invoice, two payments and a correction in October; a payment after it."""
    at("2026-11-12 09:00")
    invoice_of(account, "2026-07", "200.00")
    invoice_of(account, "2026-09", "100.00")  # issued on 10.10
    paid(account, "200.00", date(2026, 10, 1))
    paid(account, "50.00", date(2026, 10, 31))
    paid(account, "7.00", date(2026, 11, 1))
    corrected(account, "-5.00", date(2026, 10, 12), "Корректировка № 000001 к счёту № 000001")


def test_it_adds_up(account: Account) -> None:
    found = reconciliation.of(account, date(2026, 10, 1), date(2026, 10, 31))

    assert (found.opening, found.debit, found.credit) == (Decimal("-250.00"), Decimal("130.00"), Decimal("250.00"))
    assert found.closing == Decimal("-130.00")
    assert [entry.day.day for entry in found.entries] == [1, 10, 12, 31]
    assert [(one.debt.title, str(one.unpaid)) for one in found.unpaid] == [
        ("Счёт № 000002 за сентябрь 2026", "125.00"),
        ("Корректировка № 000001 к счёту № 000001", "5.00"),
    ]
    assert (found.opening_debit, found.opening_credit) == (Decimal("250.00"), Decimal(0))


def test_a_period_of_nothing_keeps_the_balance(account: Account) -> None:
    found = reconciliation.of(account, date(2026, 11, 2), date(2026, 11, 12))
    assert (found.opening, found.closing, list(found.entries)) == (Decimal("-123.00"), Decimal("-123.00"), [])


def test_the_page_asks_then_shows(owner: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(owner)
    assert "Выберите период" in client.get("/documents/reconciliation/").content.decode()
    text = client.get(f"/documents/reconciliation/{PERIOD}").content.decode()
    assert "Сальдо на начало" in text
    assert "250,00" in text
    assert "130,00" in text


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("31.10.2026", "01.10.2026", "Окончание периода раньше начала"),
        ("01.10.2026", "13.11.2026", "Эта дата ещё не наступила"),
        ("01.10.1999", "01.10.2026", "не раньше 01.01.2000"),
        ("", "01.10.2026", "Введите дату начала периода"),
        ("31.02.2026", "01.10.2026", "Введите дату в виде ДД.ММ.ГГГГ"),
    ],
)
def test_a_wrong_period_is_told_at_its_field(
    owner: User, client_of: Callable[[User], Client], start: str, end: str, told: str
) -> None:
    for path in ("", "file/"):
        response = client_of(owner).get(
            f"/documents/reconciliation/{path}", {"start": start, "end": end, "format": "pdf"}
        )
        text = response.content.decode()
        assert told in text
        assert f'value="{start}"' in text or not start


def test_the_sheet_says_the_same(owner: User, client_of: Callable[[User], Client]) -> None:
    answer = client_of(owner).get(f"/documents/reconciliation/file/{PERIOD}&format=xlsx")
    sheet = load_workbook(BytesIO(b"".join(answer))).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.rows]
    assert rows[-1] == ["Сальдо на конец", "31.10.2026", 130, 0]
    assert rows[-2][1:] == ["Обороты за период", 130, 250]


def test_other_formats_are_missing(owner: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(owner).get(f"/documents/reconciliation/file/{PERIOD}&format=csv").status_code == 404
