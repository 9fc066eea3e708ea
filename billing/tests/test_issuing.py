"""Issuing: one transaction for charges, invoice, act, ledger and mailing; repeating it changes nothing (4.7)."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.db.models import Sum

from accounts.models import Account, AuditEvent
from billing.models import EntryKind, Invoice, InvoiceMailing, LedgerEntry, ServiceAct
from billing.selectors import balance
from billing.services import issuing, ledger
from billing.tests.issued import ISSUED_ON, OCTOBER, account_with_trunk, catalogue, issued
from billing.tests.money import corrected, paid
from sipcabinet.lib.periods import Month
from subscribers.models import AccountMonth, Charge, PlanTerms, Subscriber, VatRate
from subscribers.selectors.prices import VatMissingError
from subscribers.services.charging import MonthOpenError
from subscribers.tests.factories import NumberFactory, PlanTermsFactory, ServiceAssignmentFactory, TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoicing_day")]


@pytest.fixture
def account() -> Account:
    return account_with_trunk()


def test_the_invoice_is_the_sum_of_its_charges(account: Account) -> None:
    trunk = Subscriber.objects.get()
    ServiceAssignmentFactory.create(subscriber=trunk)
    NumberFactory.create(trunk=trunk, plan=PlanTermsFactory.create(plan__kind="number", monthly_fee="3.20").plan)

    invoice = issued(account)

    sums = invoice.closing.charges.aggregate(net=Sum("net"), vat=Sum("vat"))
    assert (invoice.net, invoice.vat) == (sums["net"], sums["vat"]) == (Decimal("16.70"), Decimal("4.18"))
    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.booked_on, entry.kind) == (-invoice.total, ISSUED_ON, EntryKind.INVOICE)
    assert balance.balance(account) == invoice.closing_balance == Decimal("-20.88")
    act = ServiceAct.objects.get()
    assert (act.net, act.vat, act.total) == (invoice.net, invoice.vat, invoice.total)
    assert act.made_on == date(2026, 10, 31)
    assert InvoiceMailing.objects.get().invoice == invoice
    assert AuditEvent.objects.get(action="invoice.issued").account == account


def test_it_says_all_that_an_accountant_needs(account: Account, settings: LazySettings) -> None:
    settings.OPERATOR_REQUISITES = {"name": "ООО «Связь»", "unp": "100000007", "iban": "BY86"}

    invoice = issued(account)

    assert invoice.parties["supplier"] == settings.OPERATOR_REQUISITES | {"address": "", "bank": "", "bic": ""}
    assert invoice.parties["buyer"]["unp"] == account.customer.unp
    assert invoice.parties["buyer"]["bank"] == account.customer.bank_name
    assert invoice.parties["contract_date"] == "2024-03-15"
    assert invoice.purpose == (
        f"Оплата услуг связи за октябрь 2026 по счёту № 000001 от 10.11.2026, лицевой счёт {account.number}, "
        f"договор № {account.contract_number} от 15.03.2024. НДС 25 %"
    )
    assert (invoice.number, invoice.act.number) == ("000001", "000001")


def test_balances_go_from_one_invoice_to_the_next(account: Account) -> None:
    ledger.open_balance(account=account, amount=Decimal("-7.00"), booked_on=date(2026, 9, 1), title="Сальдо")
    paid(account, "2.00", date(2026, 10, 3))
    first = issued(account, Month(2026, 9), date(2026, 10, 10))
    paid(account, "20.00", date(2026, 10, 20))
    corrected(account, "1.50", date(2026, 10, 21))

    second = issued(account)

    assert (first.opening, first.payments, first.corrections) == (Decimal("-7.00"), Decimal("2.00"), Decimal(0))
    assert (first.closing_balance, first.due) == (Decimal("-20.00"), Decimal("20.00"))
    assert (second.opening, second.payments, second.corrections) == (
        Decimal("-20.00"),
        Decimal("20.00"),
        Decimal("1.50"),
    )
    assert (second.closing_balance, second.due) == (Decimal("-13.50"), Decimal("13.50"))


def test_nothing_is_due_of_a_credit(account: Account) -> None:
    paid(account, "100.00", date(2026, 10, 3))

    invoice = issued(account)

    assert (invoice.closing_balance, invoice.due) == (Decimal("85.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("day", "month", "issued_on", "due_on"),
    [
        (25, OCTOBER, date(2026, 11, 10), date(2026, 11, 25)),
        (25, OCTOBER, date(2026, 11, 11), date(2026, 11, 26)),  # at least fifteen days after the issue
        (25, OCTOBER, date(2026, 12, 3), date(2026, 12, 18)),
        (31, Month(2027, 1), date(2027, 2, 10), date(2027, 2, 28)),
        (31, Month(2028, 1), date(2028, 2, 10), date(2028, 2, 29)),
    ],
)
def test_the_day_it_is_due(settings: LazySettings, day: int, month: Month, issued_on: date, due_on: date) -> None:
    settings.INVOICE_DUE_DAY = day

    assert issuing.due_day(month, issued_on) == due_on


def test_issued_again_it_is_the_same(account: Account) -> None:
    first = issued(account)

    again = issuing.issue(account=account, month=OCTOBER, issued_on=date(2026, 11, 12))

    assert again == first
    assert (Invoice.objects.count(), ServiceAct.objects.count(), LedgerEntry.objects.count()) == (1, 1, 1)


def test_what_changes_later_changes_nothing(account: Account) -> None:
    invoice = issued(account)
    before = (invoice.parties, list(invoice.closing.charges.values_list("name", "net", "vat")))

    account.customer.name = "Другое имя"
    account.customer.save()
    catalogue().name = "Другой план"
    PlanTerms.objects.update(monthly_fee=99)
    VatRate.objects.update(percent=10)
    again = issuing.issue(account=account, month=OCTOBER, issued_on=ISSUED_ON)

    assert again is not None
    assert (again.parties, list(again.closing.charges.values_list("name", "net", "vat"))) == before


def test_nothing_to_charge_is_no_invoice() -> None:
    catalogue()
    quiet = TrunkFactory.create(connected_at="2026-11-02T10:00Z").account
    account_with_trunk()
    issued(Account.objects.exclude(pk=quiet.pk).get())

    assert issuing.issue(account=quiet, month=OCTOBER, issued_on=ISSUED_ON) is None
    assert Invoice.objects.count() == 1


def test_an_open_month_is_refused(account: Account) -> None:
    with pytest.raises(MonthOpenError):
        issuing.issue(account=account, month=OCTOBER, issued_on=ISSUED_ON)

    assert not Invoice.objects.exists()


def test_a_refusal_leaves_nothing_and_no_gap(account: Account) -> None:
    VatRate.objects.update(valid_from=date(2026, 11, 1))
    with pytest.raises(VatMissingError):
        issued(account)
    assert not AccountMonth.objects.exists()
    assert not Charge.objects.exists()

    VatRate.objects.update(valid_from=date(2020, 1, 1))

    assert issued(account).number == "000001"
