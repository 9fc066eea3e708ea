"""«Ждут решения»: the queues with waiting rows, as the first page shows them (4.2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from desk.queue import Part, Queue, Waiting
from desk.queues import QUEUES
from desk.selectors import waiting
from desk.selectors.waiting import Counts
from sipcabinet.lib import clock, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A queue with waiting rows. `tone` and `state` say whether its oldest row waits too long; `url` is its list and
    `first_url` the way to its oldest row, empty where rows are decided in the list."""

    queue: Queue
    count: int
    note: str
    age: str
    tone: str
    state: str
    url: str
    first_url: str

    @property
    def is_late(self) -> bool:
        return self.tone == "err"


@dataclass(frozen=True, slots=True)
class Decisions:
    """`rows`: those that wait too long come first, then the order of QUEUES. `empty`: the queues without any."""

    rows: list[Decision]
    empty: list[Queue]

    @property
    def some(self) -> bool:
        """Whether the user may see any queue at all."""
        return bool(self.rows or self.empty)


def of(user: Any, counts: Counts, *, month_is_over: bool) -> Decisions:
    """The user's queues; `month_is_over`: a month can be closed, so that what stands in its way is said."""
    rows, empty = [], []
    for queue in QUEUES:
        found = waiting.of(queue, user, counts)
        if found is not None and found.count and found.oldest:
            rows.append(_row(queue, found, found.oldest, user, blocks=queue.blocks_close and month_is_over))
        elif found is not None:
            empty.append(queue)
    return Decisions(sorted(rows, key=lambda row: not row.is_late), empty)


def oldest_part(queue: Queue, found: Waiting) -> Part:
    """The part whose row has waited longest."""
    parts = [part for part in queue.parts if part.name in found.parts and found.parts[part.name].oldest]
    return min(parts, key=lambda part: found.parts[part.name].oldest or clock.now(), default=queue.parts[0])


def _row(queue: Queue, found: Waiting, oldest: datetime, user: Any, *, blocks: bool) -> Decision:
    part = oldest_part(queue, found)
    tone, state = _state(queue, oldest, blocks=blocks)
    return Decision(
        queue=queue,
        count=found.count,
        note=queue.note(found),
        age=words.age(clock.now() - oldest),
        tone=tone,
        state=state,
        url=part.list_url,
        first_url=queue.next_url if part.item and part.may_decide(user) else "",
    )


def _state(queue: Queue, oldest: datetime, *, blocks: bool) -> tuple[str, str]:
    until = oldest + queue.patience
    if until < clock.now():
        return "err", _("дольше нормы")
    if blocks:
        return "warn", _("мешает закрыть месяц")
    if clock.minsk(until).date() == clock.today():
        return "warn", _("сегодня до %(time)s") % {"time": clock.minsk(until).strftime("%H:%M")}
    return "ok", _("в срок")
