"""The calls that a month charges, as totals by destination (3.5, 4.7)."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Case, DateField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast, TruncMonth

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, any_of
from sipcabinet.lib.tenancy import HasId
from subscribers.charges import CallTotal
from subscribers.models import CallDailyTotal, CallDirection, Destination

Rows = Callable[[type[Any]], QuerySet[Any]]  # rows of a table that belong to one account, or to several


def asks(account: Account, month: Month, subscribers: Collection[int] | None) -> Question:
    """What `of` asks."""
    asked = (account.pk, month.first_day)
    return _ALL_CALLS.of(*asked) if subscribers is None else _CALLS.of(*asked, list(subscribers))


def of(account: Account, month: Month, subscribers: Collection[int] | None) -> dict[int, list[CallTotal]]:
    """Outgoing calls charged by the month, by destination; late calls of earlier months separately.

    Incoming calls are free; unanswered calls to barred destinations have no destination.
    """
    found: dict[int, list[CallTotal]] = defaultdict(list)
    for subscriber_id, late_of, *counted in asks(account, month, subscribers).rows():
        found[subscriber_id].append(CallTotal._make((*counted, late_of)))
    return found


def _calls_of(account: HasId, charged_in: Any, *subscribers: Any) -> QuerySet[Any, Any]:
    wanted = Q(any_of("subscriber", subscribers[0])) if subscribers else Q()
    rows = tenancy.of(account).rows(CallDailyTotal).filter(wanted, charged_in=charged_in)
    outgoing = rows.filter(direction=CallDirection.OUT, destination__isnull=False).order_by()
    keys = ("destination_id", "destination__code", "destination__name", "destination__order")
    sums = (Sum(field) for field in ("answered", "billed_seconds", "included_seconds", "cost"))
    by_month = outgoing.annotate(late_of=_late(charged_in)).values_list("subscriber_id", "late_of", *keys)
    return by_month.annotate(*sums)


def _late(charged_in: Any) -> Case:
    """The first day of the month in which late calls were made; NULL for calls of the month that charges them."""
    month = Cast(TruncMonth("day"), DateField())
    return Case(When(day__gte=charged_in, then=None), default=month, output_field=DateField())


_ALL_CALLS, _CALLS = Prepared(_calls_of, 2), Prepared(_calls_of, 3)


def of_many(mine: Rows, month: Month) -> tuple[dict[int, list[CallTotal]], int, int]:
    """Like `of` for several accounts; also the answered calls and billed seconds of all rows. Destinations are
    read once, not joined to each row."""
    rows = mine(CallDailyTotal).filter(charged_in=month.first_day, direction=CallDirection.OUT).order_by()
    sums = (Sum(field) for field in ("answered", "billed_seconds", "included_seconds", "cost"))
    by_month = rows.annotate(late_of=_late(month.first_day)).values_list("subscriber_id", "late_of", "destination_id")
    destinations = Destination.objects.order_by().values_list("pk", "code", "name", "order")
    named: dict[int, tuple[str, str, int]] = {pk: (code, name, order) for pk, code, name, order in destinations}
    found: dict[int, list[CallTotal]] = defaultdict(list)
    answered, seconds = 0, 0
    for subscriber_id, late_of, destination_id, calls, billed, included, cost in by_month.annotate(*sums):
        answered, seconds = answered + calls, seconds + billed
        if destination_id is not None:
            code, name, order = named[destination_id]
            total = CallTotal(destination_id, code, name, order, calls, billed, included, cost, late_of)
            found[subscriber_id].append(total)
    return found, answered, seconds
