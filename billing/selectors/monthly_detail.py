"""Whose calls «Ежемесячная детализация» of a month holds (3.2)."""

from collections.abc import Collection

from accounts.models import Account
from billing.terms import MonthlyDetailTerms
from sipcabinet.lib.periods import Month
from subscribers.catalogue.services import ServiceCode
from subscribers.selectors import services


def terms(account: Account, month: Month) -> MonthlyDetailTerms | None:
    """The terms of the order for subscribers that had the service on some day of the month; None if none had it."""
    holders = services.holders(account, ServiceCode.MONTHLY_DETAIL, month)
    trunks = {holder.pk for holder in holders if holder.is_trunk}
    numbers = {holder.pk for holder in holders if holder.trunk_id is not None and holder.trunk_id not in trunks}
    return MonthlyDetailTerms(month, sorted(trunks), sorted(numbers)) if holders else None


def accounts_with(accounts: Collection[int], month: Month) -> set[int]:
    """Those of the accounts (primary keys) that have `terms`."""
    return services.accounts_with(accounts, ServiceCode.MONTHLY_DETAIL, month)
