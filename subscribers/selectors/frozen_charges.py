"""Charges of an account's closed month, as stored when the month closed: they never change (4.7)."""

from collections.abc import Collection
from operator import attrgetter

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from subscribers.charges import ChargeKind, ChargeLine, Charges
from subscribers.models import AccountMonth, Charge

_SAME = attrgetter("key", "code", "name", "detail", "quantity", "net", "vat", "late_of")


def closing(account: Account, month: Month) -> AccountMonth | None:
    """The account's closed month; None if its charges are not final yet. No query for a month that has not ended."""
    if month >= Month.current():
        return None
    return tenancy.of(account).rows(AccountMonth).filter(month=month.first_day).first()


def of(closing: AccountMonth, subscribers: Collection[int] | None) -> dict[int, Charges]:
    """Charges of these subscribers, or of all that have any, by primary key; one query."""
    rows = Charge.objects.filter(account_id=closing.account_id, closing=closing).order_by("place")
    if subscribers is not None:
        rows = rows.filter(subscriber__in=subscribers)
    lines: dict[int, list[ChargeLine]] = {pk: [] for pk in subscribers or ()}
    for row in rows:
        lines.setdefault(row.subscriber_id, []).append(ChargeLine(ChargeKind(row.kind), *_SAME(row)))
    month = Month.of(closing.month)
    return {pk: Charges(month, month.last_day, closing.vat_percent, lines[pk], is_final=True) for pk in sorted(lines)}
