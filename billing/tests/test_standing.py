"""An account's standing: the balance, the unpaid documents with their due days, and the cost of months (2.1)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from billing.models import CorrectionLine
from billing.selectors import debts, standing
from billing.services import corrections, ledger
from billing.tests.money import invoice_of, paid
from sipcabinet.lib.periods import Month
from subscribers.models import Charge
from subscribers.tests.factories import TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_a_new_account_owes_nothing(account: Account) -> None:
    found = standing.of(account)
    assert (found.balance, found.to_pay) == (Decimal(0), Decimal(0))
    assert found.regular is None
    assert not found.overdue
    assert found.last_payment is None


def test_the_oldest_invoice_is_paid_first(account: Account) -> None:
    for month in ("2026-08", "2026-09", "2026-10"):
        invoice_of(account, month, "100.00")
    paid(account, "150.00", date(2026, 11, 3))
    found = standing.of(account)
    assert found.balance == Decimal("-225.00")
    assert [(one.due_on.month, one.unpaid) for one in found.debts] == [
        (9, Decimal("0.00")),
        (10, Decimal("100.00")),
        (11, Decimal("125.00")),
    ]
    assert found.last_payment == (Decimal("150.00"), date(2026, 11, 3))


def test_only_what_is_past_its_day_is_overdue(account: Account) -> None:
    invoice_of(account, "2026-09", "100.00")
    invoice_of(account, "2026-10", "40.00", due_on=date(2026, 11, 22))
    found = standing.of(account)
    assert [one.due_on for one in found.overdue] == [date(2026, 10, 25)]
    assert (found.overdue_sum, found.to_pay) == (Decimal("125.00"), Decimal("175.00"))


def test_an_overpayment_leaves_nothing_to_pay(account: Account) -> None:
    invoice_of(account, "2026-10", "40.00")
    paid(account, "60.00")
    found = standing.of(account)
    assert (found.balance, found.to_pay) == (Decimal("10.00"), Decimal(0))
    assert found.regular is not None
    assert (found.next, found.unpaid) == (None, [])


def test_it_says_in_one_query_what_debts_say_in_three(account: Account) -> None:
    ledger.open_balance(account=account, amount=Decimal("-3.33"), booked_on=date(2026, 9, 1), title="Сальдо")
    trunk = TrunkFactory.create(account=account)
    invoices = [invoice_of(account, month, "33.33", subscriber=trunk) for month in ("2026-09", "2026-10")]
    for invoice, net in zip(invoices, ("40.00", "30.00"), strict=True):
        corrections.issue(invoice=invoice, changes=[(invoice.closing.charges.get(), Decimal(net))], reason="Ошибка")
    paid(account, "20.01")
    with CaptureQueriesContext(connection) as caught:
        found = standing.of(account)
    assert len(caught) == 1
    slow = debts.of(account)
    assert len(slow) == 4
    told = [
        [(one.debt.pk, one.amount, one.unpaid, one.due_on, one.debt.title, one.words.late) for one in owed]
        for owed in (found.debts, slow)
    ]
    assert told[0] == told[1]


def test_another_accounts_money_is_not_counted(account: Account, other_owner: Any) -> None:
    invoice_of(other_owner.account, "2026-10", "40.00")
    paid(other_owner.account, "7.00")
    found = standing.of(account)
    assert found.balance == Decimal(0)
    assert not found.debts
    assert found.last_payment is None


def test_a_closed_month_costs_what_was_charged(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    invoice_of(account, "2026-10", "12.00", subscriber=trunk)
    (found,) = standing.overview(account, Month(2026, 10)).months
    assert found.final
    assert (found.net, found.gross) == (Decimal("12.00"), Decimal("15.00"))
    assert Charge.objects.get().net == found.net
    assert not CorrectionLine.objects.exists()


def test_a_month_without_a_price_is_left_open_and_not_taken_for_zero(account: Account) -> None:
    TrunkFactory.create(account=account)
    assert not standing.overview(account, Month(2026, 11)).months[0].known
