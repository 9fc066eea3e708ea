"""What all customers owe past the due days: the same sum as document by document, in one statement (4.2)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import Invoice
from billing.selectors import debts, soon_restricted
from billing.selectors.overdue import OVERDUE
from billing.services import corrections, dunning
from billing.services import debts as debt_services
from billing.tests.debtors import owes, pays, promised
from sipcabinet.lib import clock
from subscribers.tests.factories import TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def overdue() -> tuple[Decimal, int]:
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, {"today": clock.today()})
        told = cursor.fetchone()
    return Decimal(told[0]), told[1]


def one_by_one() -> tuple[Decimal, int]:
    """The same by the selector of one account."""
    sums = [
        sum((one.unpaid for one in debts.of(account) if one.is_overdue), Decimal(0))
        for account in Account.objects.all()
    ]
    return sum(sums, Decimal(0)), len([one for one in sums if one])


def mend(invoice: Invoice, by: str) -> None:
    """Changes the invoice's only charge, up or down, BYN without VAT."""
    charge = invoice.closing.charges.get()
    was = charge.net + sum((line.net for line in charge.corrections.all()), Decimal(0))
    corrections.issue(invoice=invoice, changes=[(charge, was + Decimal(by))], reason="Ошибка")


@pytest.mark.parametrize("paid", ["0", "1.00", "125.00", "126.00", "300.00"])
@pytest.mark.parametrize(
    "mends", [[], ["-40"], ["20"], ["20", "-30"], ["-40", "20"], ["20", "-30", "15"], ["20", "-110"]]
)
def test_the_sum_is_that_of_every_account(
    account: Account, at: Callable[[str], Any], mends: list[str], paid: str
) -> None:
    at("2026-10-05 10:00")
    owes(account, month="2026-09")  # due on 25 October
    at("2026-11-05 10:00")
    october = owes(account, month="2026-10", subscriber=TrunkFactory.create(account=account))  # due on 25 November
    at("2026-11-22 10:00")
    for by in mends:
        mend(october, by)
    if Decimal(paid):
        pays(account, paid)
    for day in ("2026-11-22", "2026-11-26", "2026-12-20"):
        at(f"{day} 10:00")
        assert overdue() == one_by_one()


def test_nobody_owes_before_the_due_day(account: Account) -> None:
    owes(account)
    assert overdue() == (Decimal(0), 0)


def warned_on(at: Callable[[str], Any], *accounts: Account) -> None:
    for one in accounts:
        owes(one)
    for moment in ("2026-11-26 09:30", "2026-12-02 09:30"):
        at(moment)
        dunning.run_due()
    at("2026-12-04 12:00")


def names(day: str) -> list[Account]:
    return [one.account for one in soon_restricted.on(date.fromisoformat(day))]


def test_who_is_warned_and_owes_will_be_barred_on_the_day_that_was_named(
    account: Account, at: Callable[[str], Any]
) -> None:
    warned_on(at, account)
    assert names("2026-12-04") == []
    assert names("2026-12-07") == [account]


def test_who_has_paid_or_promised_or_is_barred_or_forgiven_is_left_out(
    account: Account, at: Callable[[str], Any], staff: Any
) -> None:
    barred, forgiven, promising = AccountFactory.create(), AccountFactory.create(), AccountFactory.create()
    warned_on(at, account, barred, forgiven, promising)
    assert len(names("2026-12-07")) == 4
    pays(account, "125.00")
    promised(promising)
    debt_services.restrict(account=barred, debt=barred.debts.get())
    debt_services.restrict(account=forgiven, debt=forgiven.debts.get())
    at("2026-12-05 12:00")
    assert names("2026-12-07") == []
    at("2026-12-07 12:00")
    debt_services.lift(account=forgiven, why="решение оператора", user=staff)
    assert names("2026-12-08") == []
