"""The account of each credit in a statement (4.6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import LedgerEntry, Payment, SuspensePayment
from billing.selectors import balance
from billing.services import statements
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from billing.tests.taken import NUMBER, counts, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


@pytest.mark.parametrize(
    "purpose",
    [
        f"Оплата, л/с {NUMBER}",
        f"ЛС{NUMBER}, услуги связи",
        f"Лицевой счёт № {NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]} за октябрь",
        f"По счёту 000123 от 10.11.2026 ({NUMBER})",
    ],
)
def test_the_account_in_the_purpose_decides(payer: Account, purpose: str) -> None:
    taken = take(Doc(credit="125.00", id="1", purpose=purpose, unp="", iban=""))
    assert counts(taken) == (1, 0, 0)
    assert balance.balance(payer) == Decimal("125.00")


def test_the_purpose_comes_before_the_payer(payer: Account) -> None:
    other = AccountFactory.create(number="700990002")
    take(Doc(credit="125.00", id="1", purpose="за л/с 700990002", unp=payer.customer.unp))
    assert (balance.balance(other), balance.balance(payer)) == (Decimal("125.00"), Decimal(0))


def test_a_payment_that_names_a_closed_account_is_booked_on_it(payer: Account) -> None:
    Account.objects.update(status="closed", closed_on=date(2026, 11, 1))
    assert counts(take(Doc(credit="125.00", id="1", purpose=NUMBER))) == (1, 0, 0)


def test_else_the_payer_s_unp_and_iban_decide(payer: Account) -> None:
    taken = take(Doc(credit="125.00", id="1", purpose="за связь", unp=payer.customer.unp))
    assert counts(taken) == (1, 0, 0)
    assert Payment.objects.get().account == payer


@pytest.mark.parametrize(
    ("doc", "reason"),
    [
        ({"purpose": f"л/с {NUMBER} и л/с 700990002"}, "в назначении несколько лицевых счетов: 700990001, 700990002"),
        ({"purpose": "за связь", "unp": ""}, "клиента с УНП плательщика нет (не указан)"),
        ({"purpose": "за связь", "unp": "999999999"}, "клиента с УНП плательщика нет (999999999)"),
        ({"purpose": "за связь", "iban": "BY00ELSE"}, "счёт плательщика не тот"),
        ({"purpose": "за связь", "iban": ""}, "счёт плательщика не тот"),
    ],
)
def test_what_is_not_clear_waits_with_its_reason(payer: Account, doc: dict[str, str], reason: str) -> None:
    AccountFactory.create(number="700990002")
    said: dict[str, Any] = {"credit": "125.00", "id": "1", "unp": payer.customer.unp, **doc}
    told = Doc(**said)
    assert counts(take(told)) == (0, 0, 1)
    row = SuspensePayment.objects.get()
    assert reason in row.reason
    assert (row.amount, row.received_on, row.payer_name) == (Decimal("125.00"), date(2026, 11, 9), "ООО «Ромашка»")
    assert not Payment.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(("more", "closed", "count"), [(1, False, 2), (0, True, 0)])
def test_a_customer_with_one_active_account_alone_is_clear(payer: Account, more: int, closed: bool, count: int) -> None:
    AccountFactory.create_batch(more, customer=payer.customer)
    if closed:
        Account.objects.update(status="closed", closed_on=date(2026, 11, 1))
    take(Doc(credit="125.00", id="1", purpose="за связь", unp=payer.customer.unp))
    assert f"действующих лицевых счетов: {count}" in SuspensePayment.objects.get().reason


def test_a_number_split_between_two_lines_of_the_purpose_is_found(payer: Account) -> None:
    content = bank_files.client_bank_400([Doc(credit="125.00", id="1", purpose=f"Оплата л/с {NUMBER}")])
    assert f"^Nazn2={NUMBER[-4:]}^".encode() in content
    statements.take_in(content, file_name="400.txt")
    assert balance.balance(payer) == Decimal("125.00")
