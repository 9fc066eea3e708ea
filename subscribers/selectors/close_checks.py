"""What prevents closing a month: calls that nobody would be charged for (4.7)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from django.db.models import Sum

from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.cdr import RawCall, read
from subscribers.models import CallDailyTotal, CallDirection, CallImport, CallReject, RejectState
from subscribers.selectors import doubled_calls, held_calls, sources


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Counts of what staff must settle before the close.

    `unrated`: answered outgoing calls without a destination, so without a price. `rejects`: waiting lines by reason
    code, of this and earlier months, and lines whose date cannot be read. `imports`: files that wait or are being
    imported. `doubled`: calls imported from two sources. `held`: calls longer than their source's limit that
    nobody has decided about, charged by this month or an earlier one.
    """

    unrated: int
    rejects: Mapping[str, int]
    imports: int
    doubled: int = 0
    held: int = 0

    @property
    def waiting(self) -> int:
        return sum(self.rejects.values())


def of(month: Month) -> InTheWay:
    """What prevents closing the month now. Reads every waiting line again to find its date."""
    waiting = CallReject.objects.filter(state=RejectState.WAITING).select_related("source")
    rejects = Counter(row.code for row in waiting.iterator(chunk_size=2_000) if _may_be_before(row, month))
    imports = CallImport.objects.filter(state=JobState.WAITING).count()
    held = held_calls.waiting(charged_by=month).count()
    return InTheWay(_unrated(month), rejects, imports, len(doubled_calls.of_sources(month)), held)


def _unrated(month: Month) -> int:
    rows = CallDailyTotal.objects.filter(charged_in=month.first_day, direction=CallDirection.OUT, destination=None)
    return int(rows.aggregate(calls=Sum("answered"))["calls"] or 0)


def _may_be_before(row: CallReject, month: Month) -> bool:
    """Whether the line may hold a call of the month or an earlier one."""
    calls = [one for one in read(BytesIO(row.raw.encode()), *sources.reading(row.source)) if isinstance(one, RawCall)]
    return not calls or any(call.started_at < month.end for call in calls)
