"""«Остаток бесплатных минут в другие сети» of trunks: what is left of the month's included minutes (3.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Greatest, JSONObject, TruncDate

from accounts.models import Account
from sipcabinet.lib import clock, tenancy, validity
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId
from subscribers.models import MinuteAssignment, PlanKind, PlanTerms, Subscriber, SubscriberStatus
from subscribers.rating import included_seconds_of
from subscribers.rating.packages import Held, package_seconds
from subscribers.selectors import charge_facts


@dataclass(frozen=True, slots=True)
class MinutesLeft:
    """The minutes of one trunk in one month, shared with its numbers. Minutes are rounded down to whole ones."""

    trunk_id: int
    phone: str
    month: Month
    granted_seconds: int
    used_seconds: int
    package_seconds: int

    @property
    def granted(self) -> int:
        return self.granted_seconds // 60

    @property
    def left(self) -> int:
        return self.left_seconds // 60

    @property
    def left_seconds(self) -> int:
        return max(0, self.granted_seconds - self.used_seconds)

    @property
    def of_packages(self) -> int:
        """Granted minutes that come from minute packages, not from the plan."""
        return min(self.package_seconds, self.granted_seconds) // 60

    @property
    def of_plan(self) -> int:
        return self.granted - self.of_packages

    @property
    def renewed_on(self) -> date:
        return self.month.shift(1).first_day

    @property
    def nearly_gone(self) -> bool:
        """Whether less than a tenth is left."""
        return self.left * 10 < self.granted


def of_trunks_asks(account: Account, month: Month, count: int) -> Question:
    """What `of_trunks` asks."""
    return _first_trunks(count).of(account.pk, *_bounds(month))


def of_trunks(account: Account, month: Month, count: int) -> list[MinutesLeft]:
    """The granted minutes of the first connected trunks of the account, without trunks that have none."""
    trunks = of_trunks_asks(account, month, count).rows()
    return [minutes for minutes in _all(trunks, month) if minutes.granted]


def of_trunk_asks(account: Account, trunk: int, month: Month) -> Question:
    """What `of_trunk` asks about the trunk with this key."""
    return _TRUNK.of(account.pk, *_bounds(month), trunk)


def of_trunk(account: Account, trunk: Subscriber, month: Month) -> MinutesLeft | None:
    """The trunk's minutes; None for a «SIP-номер»: it uses its trunk's minutes, which it does not show (3.1)."""
    return next(iter(_all(of_trunk_asks(account, trunk.pk, month).rows(), month)), None)


@cache
def _first_trunks(count: int) -> Prepared:
    return Prepared(
        lambda *about: _trunks(*about).exclude(status=SubscriberStatus.CLOSED).order_by("phone", "pk")[:count], 4
    )


_TRUNK = Prepared(lambda *about: _trunks(*about[:4]).filter(pk=about[4]), 5)


def _bounds(month: Month) -> tuple[date, datetime, datetime]:
    return month.first_day, month.start, month.end


def _trunks(account: HasId, first_day: Any, start: Any, end: Any) -> QuerySet[Subscriber]:
    """Trunks with their Allowance, and with the minutes by the plan in force for trunks without an Allowance yet."""
    connected_on = TruncDate("connected_at", tzinfo=clock.MINSK)
    began = Greatest(Cast(first_day, DateField()), connected_on)
    terms = PlanTerms.objects.filter(validity.in_force(OuterRef("first_day")), plan=OuterRef("plan"))
    counted = FilteredRelation("allowances", condition=Q(allowances__month=first_day))
    trunks = tenancy.of(account).rows(Subscriber).filter(kind=PlanKind.TRUNK)
    return trunks.annotate(
        counted=counted,
        first_day=began,
        granted=F("counted__granted_seconds"),
        used=F("counted__used_seconds"),
        included=Subquery(terms.values("included_minutes")[:1]),
        packages=_packages(account, start, end),
    )


def _packages(account: HasId, start: Any, end: Any) -> ArraySubquery:
    """Packages that a trunk had during the month, as a JSON subquery: read in the same query as the trunk."""
    rows = tenancy.of(account).rows(MinuteAssignment).filter(subscriber=OuterRef("pk"))
    rows = charge_facts.between(start, end, rows)
    return ArraySubquery(rows.values(json=JSONObject(minutes="package__minutes", began="started_at", ended="ended_at")))


def _held(packages: Iterable[dict[str, Any]]) -> list[Held]:
    return [
        Held(
            one["minutes"], datetime.fromisoformat(one["began"]), one["ended"] and datetime.fromisoformat(one["ended"])
        )
        for one in packages
    ]


def _all(trunks: Iterable[Any], month: Month) -> list[MinutesLeft]:
    return [_left(trunk, month, package_seconds(_held(trunk.packages), month, trunk.closed_at)) for trunk in trunks]


def _left(trunk: Any, month: Month, of_packages: int) -> MinutesLeft:
    granted = trunk.granted
    if granted is None:
        of_plan = included_seconds_of(trunk.included or 0, clock.minsk(trunk.connected_at).date(), month)
        granted = of_plan + of_packages
    return MinutesLeft(trunk.pk, trunk.phone, month, granted, trunk.used or 0, of_packages)
