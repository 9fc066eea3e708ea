"""When calls may be barred for debt: on the morning of a working day, once all statements of earlier days are
imported (4.8)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from billing.selectors import statement_coverage, workdays
from sipcabinet.lib import clock

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a restriction may begin now. `through`: the last day up to which statements are complete."""

    through: date | None
    complete: bool
    morning: bool

    @property
    def is_open(self) -> bool:
        return self.complete and self.morning


def gate() -> Gate:
    """The gate at this moment."""
    through, now = statement_coverage.complete_through(), clock.minsk(clock.now())
    return Gate(through, through is not None and through >= now.date() - DAY, _is_morning(now))


def first_from(day: date) -> date:
    """The first day, from `day` on, on which a restriction may begin; today only until RESTRICTION_HOURS end."""
    now = clock.minsk(clock.now())
    earliest = now.date() + DAY if now.hour >= settings.RESTRICTION_HOURS[1] else now.date()
    return workdays.first_from(max(day, earliest))


def _is_morning(now: datetime) -> bool:
    begins, ends = settings.RESTRICTION_HOURS
    return begins <= now.hour < ends and workdays.is_working(now.date())
