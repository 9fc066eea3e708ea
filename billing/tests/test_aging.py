"""Debts by age: the same sums as document by document, for every account and filter (4.8, 4.15)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, Customer
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import Invoice
from billing.selectors import aging, debts
from billing.selectors.aging import AgedFilter, Ages, DebtorState
from billing.services import corrections, exemptions, ledger
from billing.services import debts as debt_services
from billing.tests.debtors import owes, pays, promises
from billing.tests.money import invoice_of
from sipcabinet.lib import clock
from subscribers.tests.factories import TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ZERO = Decimal(0)


def by_age(account: Account) -> Ages:
    """The ages by the selector of one account, document by document."""
    sums = dict.fromkeys(Ages._fields, ZERO)
    for one in debts.unpaid(account):
        late = (clock.today() - one.due_on).days
        sums[
            "coming"
            if late <= 0
            else "month"
            if late <= 30
            else "two_months"
            if late <= 60
            else "quarter"
            if late <= 90
            else "older"
        ] += one.unpaid
    return Ages(**sums)


def found(**wanted: Any) -> dict[int, Ages]:
    page = aging.page(AgedFilter(**wanted), size=100)
    every = {one.account_id: one.ages for one in page.page.rows}
    assert every == {one.account_id: one.ages for one in aging.rows(AgedFilter(**wanted))}
    assert page.totals == aging.totals(AgedFilter(**wanted))
    assert page.totals.accounts == len(every)
    columns = list(zip(*every.values(), strict=True)) or [()] * 5
    assert page.totals.ages == Ages(*(sum(column, ZERO) for column in columns))
    return every


def mend(invoice: Invoice, by: str) -> None:
    charge = invoice.closing.charges.get()
    was = charge.net + sum((line.net for line in charge.corrections.all()), ZERO)
    corrections.issue(invoice=invoice, changes=[(charge, was + Decimal(by))], reason="Ошибка")


FULL = pytest.mark.full


@pytest.mark.parametrize(
    ("mends", "paid"),
    [
        (["20", "-30", "15"], "260.00"),
        pytest.param([], "1.00", marks=FULL),
        pytest.param(["-40"], "0", marks=FULL),
        pytest.param(["20", "-30"], "380.00", marks=FULL),
        pytest.param(["20", "-110"], "130.00", marks=FULL),
    ],
)
def test_each_age_is_that_of_the_documents(
    account: Account, at: Callable[[str], Any], mends: list[str], paid: str
) -> None:
    trunk = TrunkFactory.create(account=account)
    invoices = []
    for month, day in (("2026-07", "08-05"), ("2026-08", "09-05"), ("2026-09", "10-05"), ("2026-10", "11-05")):
        at(f"2026-{day} 10:00")
        invoices.append(owes(account, month=month, subscriber=trunk))
    at("2026-11-22 10:00")
    for by in mends:
        mend(invoices[2], by)
    if Decimal(paid):
        pays(account, paid)
    for day in ("2026-11-22", "2026-11-26", "2026-12-24", "2027-01-26", "2027-04-01"):
        at(f"{day} 10:00")
        assert found() == {account.pk: by_age(account)}


@pytest.mark.parametrize(("days", "age"), [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)])
def test_an_age_ends_with_its_last_day(account: Account, at: Callable[[str], Any], days: int, age: int) -> None:
    owes(account)  # due on 25 November
    at(f"{date(2026, 11, 25) + timedelta(days=days)} 23:59")
    assert [place for place, part in enumerate(found()[account.pk]) if part] == [age]


def test_who_owes_nothing_is_no_debtor(account: Account) -> None:
    owes(account)
    pays(account, "125.00")
    assert found() == {}
    assert aging.totals().ages.total == 0


def test_the_opening_balance_has_an_age(account: Account, at: Callable[[str], Any]) -> None:
    ledger.open_balance(account=account, amount=Decimal("-70.00"), booked_on=clock.today(), title="Входящее сальдо")
    at("2027-03-01 10:00")
    assert found()[account.pk].total == Decimal("70.00")
    assert found() == {account.pk: by_age(account)}


def test_each_filter_finds_its_accounts(account: Account, at: Callable[[str], Any]) -> None:
    barred, exempt, promising, later = AccountFactory.create_batch(4)
    for one in (account, barred, exempt, promising):
        owes(one)
    at("2026-12-28 10:00")
    owes(later, month="2026-11")
    Customer.objects.filter(pk=later.customer_id).update(name="ОДО «Снежинка» 100%_")
    debt_services.restrict(account=barred, debt=barred.debts.get())
    exemptions.grant(account=exempt, until=clock.today(), by=Actor(StaffFactory.create(), reason="Спор"))
    promises(promising)
    assert set(found(state=DebtorState.RESTRICTED)) == {barred.pk}
    assert set(found(state=DebtorState.EXEMPT)) == {exempt.pk}
    assert set(found(state=DebtorState.PROMISED)) == {promising.pk}
    assert set(found(state=DebtorState.UNTOUCHED)) == {account.pk, later.pk}
    assert set(found(state=DebtorState.SOON, soon=[later.pk])) == {later.pk}
    assert set(found(age="30")) == {account.pk, barred.pk, exempt.pk, promising.pk}
    assert set(found(age="90")) == set()
    assert set(found(text="снежинка")) == set(found(text="100%_")) == {later.pk}
    assert set(found(text=account.number)) == set(found(text=account.customer.unp)) == {account.pk}
    at("2026-12-29 10:00")
    assert set(found(state=DebtorState.EXEMPT)) == set()  # it ends by itself


def test_pages_follow_each_other_by_the_sum(at: Callable[[str], Any]) -> None:
    accounts = AccountFactory.create_batch(7)
    for place, one in enumerate(accounts):
        owes(one, f"{100 + place // 2 * 10}.00")
    at("2026-12-10 10:00")
    seen: list[int] = []
    onward, back, pages = "", "", []
    while True:
        page = aging.page(AgedFilter(), size=3, onward=onward)
        pages.append([one.account_id for one in page.page.rows])
        seen += pages[-1]
        assert page.totals.accounts == 7
        onward, back = page.page.onward, page.page.back
        if not onward:
            break
    order = sorted(accounts, key=lambda one: (debts.unpaid(one)[0].unpaid, one.pk), reverse=True)
    assert seen == [one.pk for one in order]
    before = aging.page(AgedFilter(), size=3, back=back)
    assert [one.account_id for one in before.page.rows] == pages[1]
    for token in ("x", "WyJOYU4iLCAiMSIsIDFd", "W10", "WyIxZTk5OTk5OTkiLCAiMSIsIDFd"):
        assert [one.account_id for one in aging.page(AgedFilter(), size=3, onward=token).page.rows] == pages[0]


def test_a_past_day_has_the_debts_of_that_day(account: Account, at: Callable[[str], Any]) -> None:
    """The same sums that were told on the day itself; what came later changes nothing."""
    trunk, told = TrunkFactory.create(account=account), {}
    for month, day in (("2026-07", "08-05"), ("2026-08", "09-05"), ("2026-09", "10-05")):
        at(f"2026-{day} 09:00")
        invoice = invoice_of(account, month, subscriber=trunk)
        at(f"2026-{day[:2]}-28 23:00")
        if month == "2026-08":
            mend(invoice, "-30")
            pays(account, "50.00")
        told[clock.today()] = aging.totals()
    at("2026-11-20 09:00")
    pays(account, "900.00")
    assert aging.totals().accounts == 0
    assert aging.totals_on(list(told)) == told
    assert aging.totals_on([]) == {}
    assert len({one.ages for one in told.values()}) == 3
