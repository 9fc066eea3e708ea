"""The moment up to which all calls of an account are imported, so that no page implies «up to now» (3.6, 4.4).

Sources of an account: those that had a call of it in the COUNTS_FOR days before its newest call. The days are counted
back from that call and not from today: a source that has stopped sending still counts until the account's other sources
are that far ahead, and a source whose numbers have moved to another switch stops counting.
The answer is the earliest `complete_to` of these sources. If no source has had a call of the account, any source may
carry it: all sources count, each by its own newest call.
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
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId
from subscribers.models import AccountSource, CallSource

COUNTS_FOR = timedelta(days=14)


class _Source(NamedTuple):
    """The moment up to which a source's calls are imported, and the start of its newest call of the account."""

    through: datetime
    last_call: datetime


@dataclass(frozen=True, slots=True)
class CallsKnown:
    """`through`: calls that began up to this moment are imported; None if no source has any calls."""

    through: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether `through` is older than CALLS_LATE_AFTER_MINUTES."""
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


def asks(account: Account) -> Question:
    """What `of` asks."""
    return _TOLD.of(account.pk)


def of(account: Account) -> CallsKnown:
    """The completeness of the account's calls; one query with one row per source."""
    return read(asks(account).rows()[0][0])


def told(account: HasId) -> ArraySubquery:
    """A subquery whose result `read` takes, for a page that reads the account's row anyway: no extra query."""
    own = tenancy.of(account).rows(AccountSource).filter(source=OuterRef("pk")).values("last_call_at")
    # A source without `complete_to` has not finished its first file.
    sources = CallSource.objects.filter(complete_to__isnull=False).order_by()
    return ArraySubquery(sources.values(json=JSONObject(through="complete_to", last=Subquery(own))))


_TOLD = Prepared(lambda account: Account.objects.filter(pk=account).values_list(told(account)), 1)


def read(sources: Sequence[dict[str, str | None]]) -> CallsKnown:
    """The completeness from the sources found by `told`."""
    moments = [(_moment(one["through"]), _moment(one["last"])) for one in sources]
    known = [(through, last) for through, last in moments if through]
    mine = [_Source(through, last) for through, last in known if last]
    return CallsKnown(_earliest(mine or [_Source(through, through) for through, _last in known]))


def of_all(moments: Sequence[datetime]) -> CallsKnown:
    """The completeness of all calls, from `complete_to` of all sources that have one."""
    return CallsKnown(_earliest([_Source(through, through) for through in moments]))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _earliest(sources: list[_Source]) -> datetime | None:
    if not sources:
        return None
    newest = max(one.last_call for one in sources)
    return min(one.through for one in sources if one.last_call >= newest - COUNTS_FOR)
