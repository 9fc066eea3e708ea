"""Stores the charges of an account's month for good, after the month has closed (4.7)."""

from collections.abc import Iterator, Mapping

import structlog
from django.utils.translation import gettext as _

from accounts.models import Account
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.charges import Charges
from subscribers.models import AccountMonth, Charge, Subscriber
from subscribers.selectors import charge_facts

log = structlog.get_logger(__name__)


class MonthOpenError(DomainError):
    """The month is open and may still get calls: its charges are not final."""

    code = "month.open"

    def __init__(self, month: Month) -> None:
        super().__init__(_("%(month)s ещё не закрыт для расчётов") % {"month": month.label_title})


def freeze(*, account: Account, month: Month) -> AccountMonth | None:
    """Counts and stores the charges of the account's closed month, including late calls of earlier months.

    Returns None if nothing is to be charged. Charges are stored once: a second or simultaneous call returns the row of
    the first. Runs in the caller's transaction. Raises MonthOpenError, VatMissingError and PriceMissingError.
    """
    if not months.closed(month):
        raise MonthOpenError(month)
    if known := AccountMonth.objects.filter(account=account, month=month.first_day).first():
        return known
    counted = {pk: charges for pk, charges in charge_facts.count(account, month, None).items() if charges.lines}
    if not counted:
        return None
    percent = next(iter(counted.values())).vat_percent
    closing, is_new = AccountMonth.objects.get_or_create(
        account=account, month=month.first_day, defaults={"vat_percent": percent}
    )
    if is_new:
        Charge.objects.bulk_create(_rows(closing, counted), batch_size=5_000)
        log.info("charges.frozen", account_id=account.pk, month=month.code, subscribers=len(counted))
    return closing


def _rows(closing: AccountMonth, counted: Mapping[int, Charges]) -> Iterator[Charge]:
    """The Charge rows in the order of documents: a trunk, its numbers, the next trunk."""
    lines = ((pk, line) for pk in _in_order(counted) for line in counted[pk].lines)
    for place, (subscriber_id, line) in enumerate(lines):
        yield Charge(
            account_id=closing.account_id,
            closing=closing,
            month=closing.month,
            subscriber_id=subscriber_id,
            kind=line.kind.value,
            key=line.key,
            code=line.code,
            name=line.name,
            detail=line.detail,
            quantity=line.quantity,
            net=line.net,
            vat=line.vat,
            late_of=line.late_of,
            place=place,
        )


def _in_order(counted: Mapping[int, Charges]) -> list[int]:
    rows = Subscriber.objects.filter(pk__in=counted).select_related("trunk")
    return [row.pk for row in sorted(rows, key=_place)]


def _place(subscriber: Subscriber) -> tuple[str, int, bool, str, int]:
    trunk = subscriber.trunk or subscriber
    return trunk.phone, trunk.pk, trunk is not subscriber, subscriber.phone, subscriber.pk
