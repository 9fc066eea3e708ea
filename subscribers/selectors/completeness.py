"""Up to when the calls of an account are all in, so that nobody takes the clock of a page for it (3.6, 4.4).

Which sources carry an account's numbers: those that brought a call of it in the COUNTS_FOR days before its newest call.
The days are counted back from that call and not from today, so a source that has fallen silent goes on counting while
the others of the account are not that far ahead, and one whose numbers have moved to another switch stops.
The answer is the earliest of these sources' `complete_to`. An account that no source has brought a call of may be
carried by any: for it all sources count, by their own newest calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from subscribers.models import AccountSource, CallSource

COUNTS_FOR = timedelta(days=14)


class _Source(NamedTuple):
    """Up to when a source's calls are in, and the newest of the calls that it counts by."""

    through: datetime
    last_call: datetime


@dataclass(frozen=True, slots=True)
class CallsKnown:
    """`through`: calls that began up to this moment are in; None where no source has brought any."""

    through: datetime | None

    @property
    def is_late(self) -> bool:
        """Nothing has come for CALLS_LATE_AFTER_MINUTES."""
        return self.through is not None and clock.now() - self.through > settings.CALLS_LATE_AFTER

    @property
    def words(self) -> str:
        """A sentence without its full stop: `Звонки учтены по 29.11.2026, 18:40`."""
        if self.through is None:
            return _("Звонки ещё не поступали")
        told = {"moment": clock.show_moment(self.through)}
        if self.is_late:
            return _("Звонки после %(moment)s ещё не поступили") % told
        return _("Звонки учтены по %(moment)s") % told


def of(account: Account) -> CallsKnown:
    """In one query of as many rows as there are sources."""
    return read(Account.objects.filter(pk=account.pk).values_list(told(account), flat=True).get())


def told(account: Account) -> ArraySubquery:
    """What `read` reads, for a page that asks for a row of the account anyway: no query of its own."""
    own = tenancy.of(account).rows(AccountSource).filter(source=OuterRef("pk")).values("last_call_at")
    # A source without `complete_to` is in the middle of its first file.
    sources = CallSource.objects.filter(complete_to__isnull=False).order_by()
    return ArraySubquery(sources.values(json=JSONObject(through="complete_to", last=Subquery(own))))


def read(sources: Sequence[dict[str, str | None]]) -> CallsKnown:
    """The answer from the sources that `told` has found."""
    moments = [(_moment(one["through"]), _moment(one["last"])) for one in sources]
    known = [(through, last) for through, last in moments if through]
    mine = [_Source(through, last) for through, last in known if last]
    return CallsKnown(_earliest(mine or [_Source(through, through) for through, _last in known]))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _earliest(sources: list[_Source]) -> datetime | None:
    if not sources:
        return None
    newest = max(one.last_call for one in sources)
    return min(one.through for one in sources if one.last_call >= newest - COUNTS_FOR)
