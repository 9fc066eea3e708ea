"""The place of a row in its queue, and the row after it: the oldest comes first (4.2)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from desk.queue import Part

MOST = 1000  # a longer queue is worked through in the same way, but its rows are not counted


@dataclass(frozen=True, slots=True)
class Place:
    """A waiting row is the `number`-th of `total`; `number` 0: it does not wait (any more)."""

    number: int
    total: int

    @property
    def is_waiting(self) -> bool:
        return self.number > 0

    @property
    def others(self) -> int:
        """How many other rows wait."""
        return self.total - self.is_waiting


def place(part: Part, pk: Any) -> Place:
    """The place of a row among the first MOST; one query."""
    waiting = list(part.rows().order_by(part.since, "pk").values_list("pk", flat=True)[:MOST])
    return Place(waiting.index(pk) + 1 if pk in waiting else 0, len(waiting))


def after(part: Part, pk: Any = None) -> Any:
    """The primary key of the waiting row after this one, which may be decided already; after the last row comes the
    first. Without `pk` the oldest row. None if no other row waits."""
    waiting = part.rows().exclude(pk=pk).order_by(part.since, "pk").values_list("pk", flat=True)
    since = part.model._default_manager.filter(pk=pk).values_list(part.since, flat=True).first()
    if since is None:
        return waiting.first()
    behind = Q(**{f"{part.since}__gt": since}) | Q(**{str(part.since): since}, pk__gt=pk)
    following = waiting.filter(behind).first()
    return waiting.first() if following is None else following
