"""The account of a credit: by marked and unmarked numbers in its purpose, and by the payer (4.6)."""

import re
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from accounts.tests.factories import AccountFactory, CustomerFactory
from billing.selectors import payers
from billing.selectors.debt_words import DebtWords
from billing.selectors.payers import Match, Payer, Payers
from billing.services import debt_letters, issuing
from billing.statements import purposes
from billing.statements.purposes import numbers

MINE, OTHERS = "400100025", "400100033"
IBAN = "BY76PRIM30120000000000000245"


@pytest.fixture
def mine(db: None) -> Account:
    """An account of the payer, beside an account of another customer."""
    customer = CustomerFactory.create(iban="BY76 PRIM 3012 0000 0000 0000 0245")
    account: Account = AccountFactory.create(number=MINE, customer=customer)
    AccountFactory.create(number=OTHERS)
    return account


def match(purpose: str, unp: str = "", iban: str = "") -> Match:
    payer = Payer(purpose, unp, iban)
    return Payers.of([payer]).match(payer)


def found(told: Match) -> str:
    return told.account.number if told.account else ""


MARKS = [
    "л/с {}", "Л/С № {}", "л/с: {}", "ЛС{}", "лс {}", "л.с. {}", "л. с. {}", "л\\с {}", "л/c {}", "л/сч {}",
    "лиц. счёт {}", "лиц.сч. {}", "лицсчет {}", "лицевой счёт {}", "лицевой счет № {}", "ЛИЦЕВОЙ СЧЕТ:{}",
    "лицевого счета {}", "лицевому счёту {}", "по лицевому счёту абонента № {}", "номер лицевого счета - {}",
    "лицевой счёт N{}",
]  # fmt: skip
WORDS = [
    "УНП {}", "унп: {}", "по договору {}", "договор № {} от 01.02.2024", "дог. {}", "дог.№{}", "договор SIP-{}",
    "счёт № {}", "по счёту {}", "сч. {}", "счёт-фактура {}", "сч-ф {}", "по счетам № 000012, {}", "тел. {}",
    "телефон {}", "+375 29 {}", "дата {}", "от {}", "сумма {}", "на сумму {}.00", "{} руб.", "р/с {}", "ЭСЧФ {}",
    "акт № {}", "п/п {}", "ИНН {}",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_a_marked_number_wins_over_the_payer_and_every_other_number(mine: Account, mark: str) -> None:
    purpose = f"Оплата по договору {MINE}, {mark.format(OTHERS)}, УНП {MINE}"
    assert found(match(purpose, mine.customer.unp, IBAN)) == OTHERS


@pytest.mark.parametrize("word", WORDS)
def test_a_number_that_is_said_to_be_something_else_is_no_account(mine: Account, word: str) -> None:
    """So the payer's data decide; for an unknown payer no account is found."""
    purpose = f"Оплата за связь, {word.format(OTHERS)}"
    assert found(match(purpose, mine.customer.unp, IBAN)) == MINE
    assert not found(match(purpose))


@pytest.mark.parametrize("purpose", ["{}", "№ {}", "Связь ({})", "по счёту 000123 от 10.11.2026 {}"])
def test_an_unmarked_number_counts_where_the_payer_agrees_or_is_unknown(mine: Account, purpose: str) -> None:
    assert found(match(purpose.format(OTHERS))) == OTHERS
    assert found(match(purpose.format(OTHERS), "100325912", "BY10AKBB38190000000000000000")) == OTHERS
    assert found(match(purpose.format(MINE), mine.customer.unp, IBAN)) == MINE
    assert found(match(purpose.format(MINE), mine.customer.unp, "BY00ELSE")) == MINE


@pytest.mark.parametrize("by_iban", [False, True])
def test_a_payer_known_as_somebody_else_waits_and_both_are_offered(mine: Account, by_iban: bool) -> None:
    told = match(f"Оплата {OTHERS}", "" if by_iban else mine.customer.unp, IBAN)
    assert told.account is None
    assert [account.number for account in told.offers] == [MINE, OTHERS]
    assert OTHERS in told.reason
    assert MINE in told.reason


def test_the_payer_s_own_unp_is_no_account(mine: Account) -> None:
    AccountFactory.create(number=mine.customer.unp)
    assert found(match(f"Оплата {mine.customer.unp}", mine.customer.unp, IBAN)) == MINE


def test_a_number_in_groups_and_a_short_one_are_read_after_the_mark_alone() -> None:
    assert "700100001" in numbers("Лицевой счёт № 700 100 001 за октябрь").marked
    assert numbers("л/с 12, оплата за 2026 год, 125.00").every == {"12"}
    assert numbers("стол с 400100033, абонент 400100025").plain == {OTHERS, MINE}


def test_without_the_words_every_number_may_be_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purposes, "_OTHER", re.compile(r"(?P<list>$^)(?P<rest>)"))
    assert numbers(f"УНП {OTHERS}").plain == {OTHERS}


def test_without_the_payer_another_s_account_is_found(mine: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payers.Payers, "known", lambda *_told: [])
    assert found(match(f"Оплата {OTHERS}", mine.customer.unp, IBAN)) == OTHERS


# --- The purposes that the portal itself writes -----------------------------------------------------------------------
NUMBERS = st.from_regex(r"[1-9][0-9]{0,11}", fullmatch=True)
CONTRACTS = st.from_regex(r"(SIP-)?[0-9]{1,12}(/20[0-9]{2})?", fullmatch=True)
FACTS = {"month": date(2026, 10, 1), "issued_on": date(2026, 11, 10), "vat_percent": Decimal(25)}


def owed_invoice(number: str) -> Any:
    """A debt as letters name it: an invoice with this number."""
    debt: Any = SimpleNamespace(
        is_invoice=True, invoice=SimpleNamespace(number=number), entry=SimpleNamespace(kind="invoice")
    )
    return SimpleNamespace(debt=debt, words=DebtWords(debt))


def owed_correction(account: Any, number: str) -> Any:
    """A debt from a correction upwards."""
    invoice = SimpleNamespace(number=number, vat_percent=Decimal(25))
    correction = SimpleNamespace(number=number, issued_on=date(2026, 12, 7), invoice=invoice)
    debt: Any = SimpleNamespace(
        is_invoice=False,
        invoice=invoice,
        correction=correction,
        account=account,
        entry=SimpleNamespace(kind="correct"),
    )
    return SimpleNamespace(debt=debt, words=DebtWords(debt))


@given(account=NUMBERS, contract=CONTRACTS, invoice=st.integers(1, 999_999), other=NUMBERS)
def test_what_an_invoice_or_a_letter_prints_names_its_account_alone(
    account: str, contract: str, invoice: int, other: str
) -> None:
    about: Any = SimpleNamespace(number=account, contract_number=contract, contract_date=date(2024, 3, 15))
    bills = [owed_invoice(number) for number in (f"{invoice:06d}", other)]
    mixed = [bills[0], owed_correction(about, other)]
    purposes_ = [issuing._purpose(about, f"{invoice:06d}", FACTS), mixed[1].words.purpose]
    for purpose in (*purposes_, debt_letters._purpose(about, bills), debt_letters._purpose(about, mixed)):
        told = numbers(purpose)
        assert account in told.marked
        assert all(account.startswith(one) for one in told.marked)
        assert not told.plain


def test_an_invoice_s_purpose_finds_its_account_whoever_pays(mine: Account) -> None:
    purpose = issuing._purpose(Account.objects.get(number=OTHERS), "000012", FACTS)
    assert found(match(purpose, mine.customer.unp, IBAN)) == OTHERS
