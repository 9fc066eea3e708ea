"""The one clock for business time. Claims of durable work use PostgreSQL's own clock instead (lib/durable.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

MINSK = ZoneInfo("Europe/Minsk")


_replayed: ContextVar[datetime | None] = ContextVar("replayed", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC; inside `at`, the moment that `at` was given."""
    return _replayed.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stops business time at `moment` inside the block: the demo writes its past rows so."""
    token = _replayed.set(moment)
    try:
        yield
    finally:
        _replayed.reset(token)


def minsk(moment: datetime) -> datetime:
    """The same moment as the customer's clock shows it."""
    return moment.astimezone(MINSK)


def today() -> date:
    """Today's date in Minsk."""
    return minsk(now()).date()


def show_date(value: date | datetime) -> str:
    """A date as `09.10.2026`; a moment is shown as its date in Minsk."""
    return (minsk(value) if isinstance(value, datetime) else value).strftime("%d.%m.%Y")


def show_moment(value: datetime) -> str:
    """A moment as `09.10.2026, 17:42`, in Minsk time."""
    return minsk(value).strftime("%d.%m.%Y, %H:%M")
