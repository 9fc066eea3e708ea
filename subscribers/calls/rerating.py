"""Re-rating (4.5): the calls of an open month are rated again, as if all were imported today.

Each trunk has a separate transaction: after a crash, repeating the run gives the same prices.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Account
from sipcabinet.lib.durable import ClockTimestamp, JobState
from sipcabinet.lib.periods import Month
from subscribers.calls import batches, months
from subscribers.calls.batches import Context
from subscribers.calls.matching import Matcher
from subscribers.calls.rerated_trunk import Progress, RerateCounts, TrunkMonth
from subscribers.models import (
    Allowance,
    CallDailyTotal,
    CallDirection,
    CallImport,
    CallRecord,
    PlanKind,
    Subscriber,
)

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Outcome(RerateCounts):
    """Result of re-rating a month. `imports` counts imports running at the start: they may go on writing calls at the
    rates they loaded."""

    month: Month
    imports: int = 0

    @property
    def is_partial(self) -> bool:
        return bool(self.without_rate or self.imports)


def rerate(
    *, month: Month, account: Account | None = None, dry_run: bool = False, progress: Progress | None = None
) -> Outcome:
    """Rates the month's outgoing calls again: rates in force at the calls' starts, today's included minutes.

    Unchanged calls are not rewritten. `dry_run` does all the work and rolls it back. `progress` is called inside a
    trunk's transaction and once more after it. Raises MonthClosedError, also if the month closes during the run: trunks
    already re-rated stay so.
    """
    if months.closed(month):
        raise months.MonthClosedError(month)
    outcome = Outcome(month=month, imports=_imports_under_way())
    matcher, covered = Matcher.load(), Context.load().covered
    for trunk_id in list(_trunks(month, account).values_list("pk", flat=True)):

        def tell(calls: int) -> None:
            if progress:
                progress(outcome.calls + calls)

        work = TrunkMonth(trunk_id, month, matcher, covered, tell).run
        outcome.add(batches.in_transaction(partial(_rolled_back, work) if dry_run else work))
        if progress:
            progress(outcome.calls)
    log.info("rerating.finished", month=month.code, calls=outcome.calls, changed=outcome.changed, dry_run=dry_run)
    return outcome


def size(*, month: Month, account: Account | None = None) -> int:
    """How many calls a run will check."""
    days = CallDailyTotal.objects.filter(direction=CallDirection.OUT, day__range=(month.first_day, month.last_day))
    found = days if account is None else days.filter(account=account)
    return int(found.aggregate(calls=Sum("calls"))["calls"] or 0)


def _rolled_back(work: Callable[[], RerateCounts]) -> RerateCounts:
    counts = work()
    transaction.set_rollback(True)
    return counts


def _imports_under_way() -> int:
    """How many imports are running: they have loaded their rates before now."""
    return CallImport.objects.filter(state=JobState.WAITING, claimed_until__gt=ClockTimestamp()).count()


def _trunks(month: Month, account: Account | None) -> QuerySet[Subscriber]:
    """Trunks that have outgoing calls or an Allowance in the month."""
    calls = CallRecord.objects.filter(trunk=OuterRef("pk"), month=month.first_day, direction=CallDirection.OUT)
    minutes = Allowance.objects.filter(trunk=OuterRef("pk"), month=month.first_day)
    trunks = Subscriber.objects.filter(Q(Exists(calls)) | Q(Exists(minutes)), kind=PlanKind.TRUNK).order_by("pk")
    return trunks if account is None else trunks.filter(account=account)
