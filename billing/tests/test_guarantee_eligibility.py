"""Who may register a payment; for the others, the reason and the date (2.2.3)."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import PaymentGuarantee
from billing.selectors import guarantees
from billing.selectors.guarantees import GuaranteeAnswer, eligibility, first_day
from billing.services import guarantees as guarantee_services
from billing.tests.debtors import owes, pays, promised, promises
from sipcabinet.lib import tenancy

Travel = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("today", "statements_are_complete")


def test_without_an_invoice_there_is_nothing_to_register(account: Account) -> None:
    answer = eligibility(account)
    assert (answer.standing, answer.owed) == (GuaranteeAnswer.NOT_NEEDED, None)
    assert answer.reason == "Счетов к оплате ещё нет, поэтому регистрация не требуется."


def test_a_paid_invoice_needs_no_registration(account: Account) -> None:
    invoice = owes(account)
    pays(account, "125.00")
    answer = eligibility(account)
    assert answer.standing is GuaranteeAnswer.NOT_NEEDED
    assert answer.reason == f"Счёт № {invoice.number} оплачен полностью, поэтому регистрация не требуется."


def test_the_last_kopeck_counts(account: Account) -> None:
    owes(account)
    pays(account, "124.99")
    assert (eligibility(account).standing, eligibility(account).unpaid) == (GuaranteeAnswer.MAY_ASK, Decimal("0.01"))


def test_only_the_newest_invoice_is_the_regular_one(account: Account) -> None:
    """The oldest invoice is paid first, so the unpaid part is on the newest."""
    owes(account, "100.00", "2026-09")
    newest = owes(account, "125.00")
    pays(account, "60.00")
    answer = eligibility(account)
    assert answer.owed is not None
    assert (answer.owed.debt.invoice, answer.unpaid) == (newest, Decimal("125.00"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("signed", "first"),
    [
        (date(2026, 8, 22), date(2026, 11, 23)),
        (date(2026, 8, 31), date(2026, 12, 1)),  # 31 Aug + 3 months: November ends on the 30th
        (date(2025, 11, 30), date(2026, 3, 1)),  # 28 Feb
        (date(2027, 11, 30), date(2028, 3, 1)),  # 29 Feb of a leap year
        (date(2027, 11, 29), date(2028, 3, 1)),
        (date(2027, 11, 28), date(2028, 2, 29)),
        (date(2024, 2, 29), date(2024, 5, 30)),
        (date(2026, 10, 31), date(2027, 2, 1)),  # over the new year
    ],
)
def test_the_first_possible_day(signed: date, first: date) -> None:
    assert first_day(signed) == first


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        ("2026-11-21 23:59:59", GuaranteeAnswer.YOUNG),
        (
            "2026-11-22 00:00:00",
            GuaranteeAnswer.YOUNG,
        ),  # three months later to the day: not older yet
        ("2026-11-22 23:59:59", GuaranteeAnswer.YOUNG),
        ("2026-11-23 00:00:00", GuaranteeAnswer.MAY_ASK),
    ],
)
@pytest.mark.django_db
def test_a_contract_has_to_be_older_than_three_months(at: Travel, moment: str, standing: GuaranteeAnswer) -> None:
    account = AccountFactory.create(contract_date=date(2026, 8, 22))
    owes(account)
    at(moment)
    assert eligibility(account).standing is standing


@pytest.mark.django_db
def test_a_young_contract_is_told_its_first_day() -> None:
    account = AccountFactory.create(contract_date=date(2026, 9, 30))
    owes(account)
    answer = eligibility(account)
    assert answer.possible_from == date(2026, 12, 31)
    assert answer.reason == (
        "Гарантийную оплату можно зарегистрировать, когда договор действует более 3 месяцев: с 31.12.2026."
    )


@given(st.dates(date(2019, 1, 1), date(2040, 12, 31)))
def test_the_first_day_follows_the_same_day_three_months_on(signed: date) -> None:
    """Checked by the calendar: the day before is three months after `signed`, on the same day or the month's last
    one."""
    last_young = first_day(signed) - timedelta(days=1)
    assert (last_young.year * 12 + last_young.month) - (signed.year * 12 + signed.month) == 3
    assert last_young.day == min(signed.day, calendar.monthrange(last_young.year, last_young.month)[1])


def test_an_open_promise_is_shown_instead_of_a_form(account: Account) -> None:
    owes(account)
    guarantee = promises(account)
    answer = eligibility(account)
    assert (answer.standing, answer.guarantee) == (GuaranteeAnswer.OPEN, guarantee)
    assert answer.reason == f"Обязательство {guarantee.number} уже подано, состояние: на рассмотрении."
    guarantee_services.accept(guarantee=guarantee, staff=StaffFactory.create())
    assert eligibility(account).reason.endswith("состояние: принято.")


def test_after_a_refusal_one_may_ask_again(account: Account) -> None:
    owes(account)
    guarantee_services.reject(guarantee=promises(account), staff=StaffFactory.create(), reason="Мало")
    assert eligibility(account).may_ask


def broken(account: Account, at: Travel, amount: str = "125.00") -> PaymentGuarantee:
    guarantee = promised(account, amount)
    at("2026-12-06 00:00")
    assert guarantee_services.expire_due() == 1
    return guarantee


def test_a_broken_promise_is_paid_first(account: Account, at: Travel) -> None:
    owes(account)
    guarantee = broken(account, at)
    pays(account, "25.00")
    answer = eligibility(account)
    assert (answer.standing, answer.guarantee, answer.short) == (GuaranteeAnswer.BROKEN, guarantee, Decimal("100.00"))
    assert f"Срок обязательства {guarantee.number} истёк" in answer.reason
    assert "100,00\u00a0BYN" in answer.reason


def test_a_broken_promise_counts_no_more_once_its_amount_is_paid(account: Account, at: Travel) -> None:
    owes(account)
    broken(account, at, "50.00")
    pays(account, "49.99")
    assert eligibility(account).standing is GuaranteeAnswer.BROKEN
    pays(account, "0.01")
    assert eligibility(account).may_ask


def test_a_broken_promise_counts_on_when_the_next_invoice_comes(account: Account, at: Travel) -> None:
    owes(account)
    broken(account, at)
    at("2026-12-10 10:00")
    owes(account, "125.00", "2026-11")
    assert eligibility(account).standing is GuaranteeAnswer.BROKEN


def test_reasons_come_in_their_order(account: Account, at: Travel) -> None:
    """Paid is checked before young, young before broken, broken before open."""
    owes(account)
    broken(account, at)
    Account.objects.filter(pk=account.pk).update(contract_date=date(2026, 11, 1))
    account.refresh_from_db()
    assert eligibility(account).standing is GuaranteeAnswer.YOUNG
    pays(account, "125.00")
    assert eligibility(account).standing is GuaranteeAnswer.NOT_NEEDED


def test_the_page_of_a_customer_gets_the_same_answer(account: Account, at: Travel) -> None:
    owes(account)
    broken(account, at)
    with tenancy.portal(account.pk):
        assert eligibility(account).standing is GuaranteeAnswer.BROKEN


@pytest.mark.parametrize(
    ("accepted", "due", "until"),
    [
        (date(2026, 11, 20), date(2026, 11, 25), date(2026, 12, 5)),
        (date(2026, 11, 25), date(2026, 11, 25), date(2026, 12, 5)),
        (date(2026, 11, 26), date(2026, 11, 25), date(2026, 12, 6)),
        (date(2028, 2, 19), date(2028, 1, 25), date(2028, 2, 29)),
        (date(2026, 12, 25), date(2026, 12, 25), date(2027, 1, 4)),
    ],
)
def test_valid_until_is_the_later_day_and_ten(accepted: date, due: date, until: date) -> None:
    assert guarantees.valid_until(accepted, due) == until
