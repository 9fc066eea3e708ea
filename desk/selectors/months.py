"""The months at the desk: the list, and how far one of them is (4.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from billing.models import Invoice, MonthCalculation, MonthIssue
from billing.selectors import month_changes, month_review
from desk.selectors import month_letters
from desk.selectors.month_letters import Letters
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.calls import months as billing_months
from subscribers.models import BillingMonth

SHOWN = 12  # months of the list
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Issued:
    """The issued invoices of a month, BYN."""

    count: int = 0
    net: Decimal = ZERO
    vat: Decimal = ZERO
    total: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Row:
    """A month in the list; `tone` and `state` say how far it is."""

    month: Month
    tone: str
    state: str
    closed_at: datetime | None
    issued: Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a month is. `calculation` is the newest finished one, `counting` one at work or with an error; `issue`
    is None before the close, and after a close by a command that was interrupted. `changed`: what has changed since
    the calculation, in words, while the month is open."""

    month: Month
    closed_at: datetime | None
    is_closed: bool
    is_next: bool
    calculation: MonthCalculation | None
    counting: MonthCalculation | None
    issue: MonthIssue | None
    issued: Issued
    letters: Letters
    changed: Sequence[str]

    @property
    def is_over(self) -> bool:
        return clock.now() >= self.month.end

    @property
    def is_counting(self) -> bool:
        return self.counting is not None and self.counting.state == JobState.WAITING

    @property
    def is_issuing(self) -> bool:
        return self.issue is not None and self.issue.state == JobState.WAITING and self.issue.stopped_at is None

    @property
    def is_partial(self) -> bool:
        """Whether the calculation was made before the month's end: fees are counted up to that day."""
        found = self.calculation
        return bool(found and found.started_at and found.started_at < self.month.end)

    @property
    def step(self) -> int:
        """The step of the bar that goes on: 1 checks, 2 calculation and review, 3 close, 4 invoices, 5 letters, 6 all
        done."""
        if not self.is_closed:
            return (3 if self.is_over else 2) if self.calculation and not self.is_counting else 1
        if self.issue is not None and (self.issue.state != JobState.DONE or self.issue.stopped_at):
            return 4
        return 5 if self.letters.waiting else 6


def next_to_close() -> Month:
    """The first open month: the one after the last closed; without any closed, the first with calls, or the current."""
    last = billing_months.last_closed()
    if last is not None:
        return last.shift(1)
    first: date | None = BillingMonth.objects.order_by("month").values_list("month", flat=True).first()
    return Month.of(first) if first else Month.current()


def listed() -> list[Row]:
    """The next month to close and the months before it, the newest first."""
    coming = next_to_close()
    known = {Month.of(one.month): one.closed_at for one in BillingMonth.objects.order_by("-month")[: SHOWN * 2]}
    last = billing_months.last_closed()
    shown = sorted({coming, *(month for month in known if month <= Month.current())}, reverse=True)[:SHOWN]
    sums = _issued([month.first_day for month in shown])
    issues = {Month.of(one.month): one for one in MonthIssue.objects.filter(month__in=[m.first_day for m in shown])}
    return [
        Row(month, *_state(month, last, issues.get(month)), known.get(month), sums.get(month, Issued()))
        for month in shown
    ]


def of(month: Month) -> Standing | None:
    """How far the month is; None for a month that the operator does not know."""
    row = BillingMonth.objects.filter(month=month.first_day).first()
    last, coming = billing_months.last_closed(), next_to_close()
    is_closed = last is not None and month <= last
    if month > Month.current() or (row is None and month not in {coming, Month.current()}):
        return None
    calculation, counting = month_review.newest(month), month_review.at_work(month)
    stale = calculation is not None and not is_closed
    return Standing(
        month=month,
        closed_at=row.closed_at if row else None,
        is_closed=is_closed,
        is_next=month == coming,
        calculation=calculation,
        counting=counting,
        issue=MonthIssue.objects.select_related("ordered_by", "stopped_by").filter(month=month.first_day).first(),
        issued=_issued([month.first_day]).get(month, Issued()),
        letters=month_letters.count(month) if is_closed else Letters(),
        changed=month_changes.since(month, calculation.made_of) if calculation is not None and stale else [],
    )


def may_be_mended(standing: Standing) -> bool:
    """Whether the last closed month may lack invoices that nobody is issuing: the command was interrupted."""
    return standing.is_closed and standing.issue is None and standing.month == billing_months.last_closed()


def _issued(days: Sequence[date]) -> dict[Month, Issued]:
    """Counts and sums by month; one query by a covering index."""
    rows = Invoice.objects.filter(month__in=days).order_by().values_list("month")
    sums = rows.annotate(Count("pk"), Sum("net"), Sum("vat"), Sum("total"))
    return {Month.of(day): Issued(*of_month) for day, *of_month in sums}


def _state(month: Month, last: Month | None, issue: MonthIssue | None) -> tuple[str, str]:
    if last is None or month > last:
        over = clock.now() >= month.end
        return ("warn", _("можно закрыть")) if over else ("", _("идёт"))
    if issue is None or (issue.state == JobState.DONE and not issue.stopped_at):
        return "ok", _("закрыт")
    if issue.state == JobState.PARKED:
        return "err", _("счета: ошибка")
    return ("warn", _("счета: остановлено")) if issue.stopped_at else ("info", _("счета выставляются"))
