"""Issued invoices for tests, created by the product's services."""

from datetime import date
from typing import Any

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import Invoice
from billing.services import issuing
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.models import TariffPlan, VatRate
from subscribers.tests.factories import PlanTermsFactory, TrunkFactory, VatRateFactory

OCTOBER = Month(2026, 10)
ISSUED_ON = date(2026, 11, 10)


def catalogue(percent: int = 25) -> TariffPlan:
    """Creates a plan of 12.00 a month and the VAT rate, unless they exist."""
    if not VatRate.objects.exists():
        VatRateFactory.create(percent=percent)
    trunk_plan = TariffPlan.objects.filter(code="sip-trunk").first()
    return trunk_plan or PlanTermsFactory.create().plan


def account_with_trunk(**fields: Any) -> Account:
    """Creates an account with one trunk connected long ago: 12.00 net a month."""
    account = AccountFactory.create(**fields)
    TrunkFactory.create(account=account, plan=catalogue())
    return account


def issued(account: Account, month: Month = OCTOBER, issued_on: date = ISSUED_ON) -> Invoice:
    """Closes the month for the account and returns its invoice."""
    months.close(month)
    invoice = issuing.issue(account=account, month=month, issued_on=issued_on)
    assert invoice is not None
    return invoice
