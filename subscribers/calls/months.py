"""Months of calls: open until they are closed for billing, one after another (4.7)."""

from collections.abc import Iterable
from datetime import date

import structlog
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import partitions
from subscribers.models import BillingMonth, CallDailyTotal

log = structlog.get_logger(__name__)
_HOLD = "SELECT month FROM subscribers_billingmonth WHERE month = ANY(%s) ORDER BY month"


class MonthClosedError(DomainError):
    """The month is closed: its calls are billed and its prices are final."""

    code = "month.closed"

    def __init__(self, month: Month) -> None:
        super().__init__(_("%(month)s уже закрыт для расчётов") % {"month": month.label_title})


class MonthNotOverError(DomainError):
    """A month cannot be closed before its end."""

    code = "month.not_over"

    def __init__(self, month: Month) -> None:
        super().__init__(_("%(month)s ещё не закончился") % {"month": month.label_title})


class EarlierMonthOpenError(DomainError):
    """Months close one after another: `month` must be closed first."""

    code = "month.earlier_open"

    def __init__(self, month: Month) -> None:
        super().__init__(_("Сначала нужно закрыть %(month)s") % {"month": month.label})
        self.month = month


def last_closed() -> Month | None:
    """The latest closed month; it and all before it are closed."""
    day = BillingMonth.objects.filter(closed_at__isnull=False).aggregate(last=Max("month"))["last"]
    return Month.of(day) if day else None


def closed(month: Month) -> bool:
    """Whether the month is closed for billing, by itself or by a later one."""
    last = last_closed()
    return last is not None and month <= last


def close(month: Month) -> bool:
    """Closes the month for billing; False where it is closed already.

    Afterwards late calls of the month are charged by the next open month, and changes dated in the month are refused.
    Waits for import batches in progress by locking the month FOR UPDATE; the first close of all also locks and closes
    the earlier months without calls. Raises MonthNotOverError, EarlierMonthOpenError.
    """
    if clock.now() < month.end:
        raise MonthNotOverError(month)
    with transaction.atomic():
        if closed(month):
            return False
        _require_next(month)
        rows = _lock_open(month)
        if closed(month):  # another process closed the month while this one waited for the lock
            return False
        _require_nothing_before(month)
        BillingMonth.objects.filter(pk__in=rows).update(closed_at=clock.now())
    log.info("month.closed", month=month.code)
    return True


def _require_next(month: Month) -> None:
    last = last_closed()
    if last is not None and month > last.shift(1):
        raise EarlierMonthOpenError(last.shift(1))


def _lock_open(month: Month) -> list[date]:
    """Locks the month and the open months before it that can take calls; returns them in time order."""
    _make(one.first_day for one in {month, *partitions.months()} if one <= month)
    rows = for_update(BillingMonth.objects.filter(month__lte=month.first_day, closed_at__isnull=True))
    return [row.month for row in rows.order_by("month")]


def for_update(rows: QuerySet[BillingMonth]) -> QuerySet[BillingMonth]:
    """The lock of a close: it waits for batches that hold the month FOR SHARE."""
    return rows.select_for_update()


def _require_nothing_before(month: Month) -> None:
    """Refuses to close while an earlier open month has calls: they would never be charged."""
    calls = CallDailyTotal.objects.filter(charged_in=OuterRef("month"))
    rows = BillingMonth.objects.filter(Exists(calls), month__lt=month.first_day, closed_at__isnull=True)
    if (first := rows.order_by("month").first()) is not None:
        raise EarlierMonthOpenError(Month.of(first.month))


def hold(months: Iterable[date]) -> frozenset[date]:
    """Keeps these months (first days) from closing until the caller's transaction ends; returns the closed ones.

    Creates missing rows; locks the rows FOR SHARE, in time order.
    """
    wanted = set(months)
    _share(wanted)
    last = last_closed()
    return frozenset(month for month in wanted if last is not None and month <= last.first_day)


def hold_charging(months: Iterable[date]) -> dict[date, date]:
    """Maps the month of a call (first days) to the month that charges it: the same, or the one after the last closed.

    None of these months closes before the caller's transaction ends. Locks as `hold` does, the charging months too.
    """
    wanted, held = set(months), set[date]()
    while True:
        charging = _charging(wanted)
        needed = wanted | set(charging.values())
        if needed <= held:
            return charging
        _share(needed)
        held = needed


def _charging(months: set[date]) -> dict[date, date]:
    last = last_closed()
    if last is None:
        return {month: month for month in months}
    return {month: max(month, last.shift(1).first_day) for month in months}


def _share(months: set[date]) -> None:
    _make(months)
    with connection.cursor() as cursor:
        cursor.execute(_HOLD + shared(), [sorted(months)])


def shared() -> str:
    """The lock that keeps a month from closing under a batch."""
    return " FOR SHARE"


def _make(months: Iterable[date]) -> None:
    BillingMonth.objects.bulk_create((BillingMonth(month=month) for month in sorted(months)), ignore_conflicts=True)
