"""What may be ordered as a call-detail report (2.3.4)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account
from billing.models import ReportDirection
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.models import CallRecord, PlanKind, Subscriber
from subscribers.selectors.calls import Call

MONTHS = 2


def months() -> list[Month]:
    """The current month and the one before it."""
    return Month.current().last(MONTHS)


def trunks(account: Account, month: Month) -> QuerySet[Subscriber]:
    """The account's subscribers of kind «SIP-соединение» that were connected at some moment of the month."""
    return _trunks(account, month.start, month.end)


def offered(account: Account, month: Month) -> list[Subscriber]:
    """The trunks of the month, read for the form."""
    return _OFFERED.rows(account.pk, month.start, month.end)


def _trunks(account: HasId, start: Any, end: Any) -> QuerySet[Subscriber]:
    open_then = Q(closed_at__isnull=True) | Q(closed_at__gt=start)
    found = tenancy.of(account).rows(Subscriber).filter(open_then, kind=PlanKind.TRUNK, connected_at__lt=end)
    return found.order_by("phone", "pk")


_OFFERED = Prepared(_trunks, 3)
_ANY_TRUNK = Prepared(lambda *about: _trunks(*about).values_list("pk")[:1], 3)


def has_trunks(account: Account) -> bool:
    """Whether there is any trunk to order a report for."""
    last, first = months()
    return bool(_ANY_TRUNK.rows(account.pk, first.start, last.end))


def has_numbers(account: Account) -> bool:
    """Whether the account has numbers that a trunk's report covers although the form does not list them."""
    return bool(_NUMBERS.rows(account.pk))


_NUMBERS = Prepared(
    lambda account: (
        tenancy.of(account)
        .rows(Subscriber)
        .filter(kind=PlanKind.NUMBER, closed_at__isnull=True)
        .order_by()
        .values_list("pk")[:1]
    ),
    1,
)


def calls(
    account: Account, subscriber: Subscriber, month: Month, direction: ReportDirection
) -> QuerySet[CallRecord, tuple[Any, ...]]:
    """Calls of a number, or of a trunk and its numbers, by time: (subscriber's id, direction, *fields of Call).

    Read the rows in chunks: there may be a million of them.
    """
    rows = tenancy.of(account).rows(CallRecord).filter(month=month.first_day)
    rows = rows.filter(trunk=subscriber) if subscriber.is_trunk else rows.filter(subscriber=subscriber)
    if direction != ReportDirection.ALL:
        rows = rows.filter(direction=direction.value)
    fields = ["destination__name" if name == "destination" else name for name in Call._fields]
    return rows.order_by("started_at", "id").values_list("subscriber_id", "direction", *fields)


def ordered_trunks(account: Account, ids: Sequence[int]) -> list[Subscriber]:
    """The trunks named in an order, sorted by number."""
    return _ordered(account, ids, PlanKind.TRUNK)


def ordered_numbers(account: Account, ids: Sequence[int]) -> list[Subscriber]:
    """The SIP numbers that an order names separately from their trunks."""
    return _ordered(account, ids, PlanKind.NUMBER)


def phones_by_id(account: Account) -> dict[int, str]:
    """Maps the id of each of the account's subscribers, past ones included, to its phone number."""
    return dict(tenancy.of(account).rows(Subscriber).values_list("pk", "phone"))


def _ordered(account: Account, ids: Sequence[int], kind: PlanKind) -> list[Subscriber]:
    return _ORDERED.rows(account.pk, list(ids), kind.value)


_ORDERED = Prepared(
    lambda account, ids, kind: (
        tenancy.of(account).rows(Subscriber).filter(any_of("pk", ids), kind=kind).order_by("phone", "pk")
    ),
    3,
)
