"""Charges of an account's closed month, as stored when the month closed: they never change (4.7)."""

from collections.abc import Collection
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.charges import ChargeKind, ChargeLine, Charges
from subscribers.models import AccountMonth, Charge

_SAME = attrgetter("key", "code", "name", "detail", "quantity", "net", "vat", "late_of")


def closing_asks(account: Account, month: Month) -> list[Question]:
    """What `closing` asks."""
    return [] if month >= Month.current() else [_CLOSING.of(account.pk, month.first_day)]


def closing(account: Account, month: Month) -> AccountMonth | None:
    """The account's closed month; None if its charges are not final yet. No query for a month that has not ended."""
    return next((asked.first() for asked in closing_asks(account, month)), None)


def of(closing: AccountMonth, subscribers: Collection[int] | None) -> dict[int, Charges]:
    """Charges of these subscribers, or of all that have any, by primary key; one query."""
    asked = (closing.account_id, closing.pk)
    rows = _ALL.rows(*asked) if subscribers is None else _SOME.rows(*asked, list(subscribers))
    lines: dict[int, list[ChargeLine]] = {pk: [] for pk in subscribers or ()}
    for row in rows:
        lines.setdefault(row.subscriber_id, []).append(ChargeLine(ChargeKind(row.kind), *_SAME(row)))
    month = Month.of(closing.month)
    return {pk: Charges(month, month.last_day, closing.vat_percent, lines[pk], is_final=True) for pk in sorted(lines)}


def _charges(account: HasId, closing: Any, *subscribers: Any) -> QuerySet[Charge]:
    rows = tenancy.of(account).rows(Charge).filter(closing=closing).order_by("place")
    return rows.filter(any_of("subscriber_id", subscribers[0])) if subscribers else rows


_ALL, _SOME = Prepared(_charges, 2), Prepared(_charges, 3)
_CLOSING = Prepared(lambda account, month: tenancy.of(account).rows(AccountMonth).filter(month=month), 2)
