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
from subscribers.models import BillingMonth, CallDailyTotal
from subscribers.services import partitions

log = structlog.get_logger(__name__)
_HOLD = "SELECT month FROM subscribers_billingmonth WHERE month = ANY(%s) ORDER BY month"


class MonthClosedError(DomainError):
    """The month's prices stand: its calls have been billed."""

    code = "month.closed"

    def __init__(self, month: Month) -> None:
        super().__init__(_("%(month)s уже закрыт для расчётов") % {"month": month.label_title})


class MonthNotOverError(DomainError):
    """A month that goes on does not close."""

    code = "month.not_over"

    def __init__(self, month: Month) -> None:
        super().__init__(_("%(month)s ещё не закончился") % {"month": month.label_title})


class EarlierMonthOpenError(DomainError):
    """Months close one after another: `month` is to be closed first."""

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

    From then on calls of the month that come in late are charged by the next one, and nothing dated in it is taken.
    Waits for the batches of imports that are being written, by locking the month FOR UPDATE; the first close of all
    locks, and closes, the months without calls before it too. Raises MonthNotOverError, EarlierMonthOpenError.
    """
    if clock.now() < month.end:
        raise MonthNotOverError(month)
    with transaction.atomic():
        if closed(month):
            return False
        _require_next(month)
        rows = _lock_open(month)
        if closed(month):  # by somebody else while this waited
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
    """The month and the open ones before it that can take calls, in order of time."""
    _make(one.first_day for one in {month, *partitions.months()} if one <= month)
    rows = for_update(BillingMonth.objects.filter(month__lte=month.first_day, closed_at__isnull=True))
    return [row.month for row in rows.order_by("month")]


def for_update(rows: QuerySet[BillingMonth]) -> QuerySet[BillingMonth]:
    """The lock that a batch of calls being written holds off."""
    return rows.select_for_update()


def _require_nothing_before(month: Month) -> None:
    """The calls of an earlier month would never be charged."""
    calls = CallDailyTotal.objects.filter(charged_in=OuterRef("month"))
    rows = BillingMonth.objects.filter(Exists(calls), month__lt=month.first_day, closed_at__isnull=True)
    if (first := rows.order_by("month").first()) is not None:
        raise EarlierMonthOpenError(Month.of(first.month))


def hold(months: Iterable[date]) -> frozenset[date]:
    """No month of these (their first days) closes before the caller's transaction ends; returns those closed already.

    Makes the missing ones; locks them FOR SHARE, in order of time.
    """
    wanted = set(months)
    _share(wanted)
    last = last_closed()
    return frozenset(month for month in wanted if last is not None and month <= last.first_day)


def hold_charging(months: Iterable[date]) -> dict[date, date]:
    """By the month of a call (first days) the month that charges it: its own, or the one after the last closed.

    None of these closes before the caller's transaction ends. Locks as `hold` does, the months that charge too.
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
