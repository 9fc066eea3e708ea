"""How much waits in each queue, and since when: one statement for all queues together (4.2)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.core.cache import cache
from django.db.models import Count, DateTimeField, DecimalField, Min, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast

from desk.queue import Part, Queue, Waiting
from desk.queues import QUEUES

KEPT_SECONDS = 30
_KEY = "desk.waiting"
_NO_SUM = Value(None, DecimalField(max_digits=20, decimal_places=2))
_NO_KINDS = Value([], ArrayField(TextField()))


Counts = Mapping[str, Waiting]  # by the part's name


def count() -> Counts:
    """Counts all parts of all queues in one query, and keeps the result for `lately`."""
    first, *others = [_told(part) for queue in QUEUES for part in queue.parts]
    found = {
        name: Waiting(number, oldest, amount, tuple(sorted(kind for kind in kinds or () if kind)))
        for name, number, oldest, amount, kinds in first.union(*others, all=True)
    }
    keep(found)
    return found


def keep(counts: Counts, seconds: float | None = KEPT_SECONDS) -> None:
    """Keeps the counts for `lately` through this time; None keeps them until `forget`."""
    cache.set(_KEY, counts, seconds)


def lately() -> Counts:
    """The counts of at most KEPT_SECONDS ago, for the navigation of every page: mostly no query, else one."""
    found: Counts | None = cache.get(_KEY)
    return count() if found is None else found


def forget() -> None:
    """The next `lately` counts again: a decision has just changed a queue."""
    cache.delete(_KEY)


def of(queue: Queue, user: Any, counts: Counts) -> Waiting | None:
    """What waits in a queue for a user; None if he may see none of its parts."""
    parts = {part.name: counts[part.name] for part in queue.parts_for(user)}
    if not parts:
        return None
    sums = [one.sum for one in parts.values() if one.sum is not None]
    return Waiting(
        count=sum(one.count for one in parts.values()),
        oldest=min((one.oldest for one in parts.values() if one.oldest), default=None),
        sum=sum(sums, Decimal(0)) if sums else None,
        kinds=[kind for one in parts.values() for kind in one.kinds],
        parts=parts,
    )


def numbers(user: Any) -> dict[str, int]:
    """How many rows wait in each queue that the user may see, by the queue's name, as of lately."""
    counts = lately()
    found = {queue.name: of(queue, user, counts) for queue in QUEUES}
    return {name: one.count for name, one in found.items() if one is not None}


def _told(part: Part) -> QuerySet[Any, Any]:
    """One row: the part's name, count, oldest moment, sum, codes."""
    rows = part.rows().order_by().annotate(part=Value(part.name, TextField())).values("part")
    kinds = ArrayAgg(Cast(part.kinds, TextField()), distinct=True) if part.kinds else _NO_KINDS
    amount = Sum(part.sum, output_field=DecimalField(max_digits=20, decimal_places=2)) if part.sum else _NO_SUM
    told = rows.annotate(
        number=Count("pk"), oldest=Min(part.since, output_field=DateTimeField()), amount=amount, codes=kinds
    )
    row: QuerySet[Any, Any] = told.values_list("part", "number", "oldest", "amount", "codes")
    return row
