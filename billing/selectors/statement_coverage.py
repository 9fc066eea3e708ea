"""Up to which day bank statements are complete: later payments may exist that are not imported yet (4.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from billing.models import StatementImport
from billing.selectors import workdays
from operator_profile.selectors import requisites
from sipcabinet.lib import clock

DAY = timedelta(days=1)
Stretch = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Coverage:
    """A bank account of the operator. `through`: the last day up to which no working day lacks a statement, including
    the days off right after it; None without any statement."""

    iban: str
    through: date | None

    @property
    def missing(self) -> date | None:
        """The first working day without a statement, if that day is in the past."""
        day = workdays.first_from(self.through + DAY) if self.through else None
        return day if day and day < clock.today() else None


def complete_through(without: StatementImport | None = None) -> date | None:
    """The last day up to which the statements of all the operator's accounts are complete; None if one has none.

    `without` is not counted: what the day would be if that statement were undone.
    """
    return earliest(of_operator(without))


def of_operator(without: StatementImport | None = None) -> list[Coverage]:
    """Each account of the requisites in force today (4.16); if they name none, each account with a statement.

    Two queries, however many accounts and statements there are.
    """
    configured = requisites.ibans_in_force()
    moved, stretches = workdays.moved_days(), _stretches(configured, without)
    return [Coverage(iban, _through(stretches.get(iban, []), moved)) for iban in configured or sorted(stretches)]


def earliest(found: list[Coverage]) -> date | None:
    days = [one.through for one in found]
    return None if not days or None in days else min(day for day in days if day)


def _through(stretches: list[Stretch], moved: Mapping[date, bool]) -> date | None:
    """The last covered day: follows the statements up to the first working day that none of them covers."""
    since: date = settings.STATEMENTS_SINCE
    through = since - DAY if since > date.min else None
    for first, last in stretches:
        if last < since:
            continue
        if through is not None and first > through + DAY and workdays.any_between(through, first, moved):
            break
        through = max(through or last, last)
    return through and workdays.first_from(through + DAY, moved) - DAY


def _stretches(ibans: Sequence[str], without: StatementImport | None) -> dict[str, list[Stretch]]:
    """First and last day that each statement covers in full, by IBAN, sorted by the first day; of all accounts, if none
    is named."""
    rows = StatementImport.objects.filter(undone_at__isnull=True).order_by("first_day")
    rows = rows.exclude(pk=without.pk) if without else rows
    if ibans:
        rows = rows.filter(iban__in=ibans)
    found: dict[str, list[Stretch]] = {}
    for iban, first, last, moment in rows.values_list("iban", "first_day", "last_day", "imported_at"):
        stretches = found.setdefault(iban, [])
        if first and last and first <= (until := min(last, _known_by(clock.minsk(moment)))):
            stretches.append((first, until))
    return found


def _known_by(moment: datetime) -> date:
    """The last bank day that can have ended when a statement was imported (Minsk)."""
    return moment.date() if moment.hour >= settings.BANK_DAY_ENDS else moment.date() - DAY
