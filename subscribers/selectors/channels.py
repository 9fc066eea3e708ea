"""SIP-многоканальность of a trunk: its package, possible other packages, and what a change costs (3.3)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account
from sipcabinet.lib import clock, money, tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId
from subscribers.charges.fees import Period, PriceMissingError, charged_days, prorated
from subscribers.models import ChannelAssignment, ChannelPackage, Subscriber
from subscribers.selectors import prices
from subscribers.selectors.prices import PriceList


@dataclass(frozen=True, slots=True)
class PricedPackage:
    """A package with its monthly fee today, net BYN; None if it has no price."""

    package: ChannelPackage
    monthly_fee: Decimal | None


@dataclass(frozen=True, slots=True)
class ChannelEffect:
    """How a change today affects the month's charge, net BYN; `difference` > 0: to be paid more, < 0: less."""

    month: Month
    days: int  # with the new package, including today
    difference: Decimal

    @property
    def saved(self) -> Decimal:
        return -self.difference


def current(account: Account, trunk: Subscriber) -> ChannelAssignment | None:
    """The package the trunk has now."""
    found: ChannelAssignment | None = _CURRENT.first(account.pk, trunk.pk)
    return found


def current_with_fee(account: Account, trunk: Subscriber) -> tuple[ChannelAssignment, Decimal | None] | None:
    """The package the trunk has now, with its monthly fee today, net BYN; one query."""
    found = _CURRENT_WITH_FEE.first(account.pk, trunk.pk, clock.today())
    return (found, found.fee) if found else None


def locked_until(account: Account, trunk: Subscriber, at: datetime) -> datetime | None:
    """When the package may be changed again; None if it may be changed at this moment."""
    found = _LOCKED.first(account.pk, trunk.pk, at)
    return found[0] if found else None


def history(account: Account, trunk: Subscriber) -> list[ChannelAssignment]:
    """All packages of the trunk, newest first, with the connecting operation and the user who made the operation."""
    return _HISTORY.rows(account.pk, trunk.pk)


def of_trunk(trunk: Subscriber) -> list[ChannelAssignment]:
    """All packages of the trunk, the oldest first."""
    return _OF_TRUNK.rows(trunk.account_id, trunk.pk)


def current_of(rows: Iterable[ChannelAssignment]) -> ChannelAssignment | None:
    """The present one of all packages of a trunk."""
    return next((row for row in rows if row.ended_at is None), None)


def locked_by(rows: Iterable[ChannelAssignment], at: datetime) -> datetime | None:
    """Like `locked_until`, from all packages of a trunk."""
    return max((row.locked_until for row in rows if row.locked_until > at), default=None)


def catalogue(day: date) -> list[PricedPackage]:
    """All packages with their fees on a day, the smallest first; one query."""
    return [PricedPackage(row, row.fee) for row in _CATALOGUE.rows(day)]


def offered(known: Iterable[PricedPackage]) -> list[PricedPackage]:
    """The packages of the catalogue a trunk may change to, the smallest first."""
    return [one for one in known if one.package.is_offered and one.monthly_fee is not None]


def smallest_for(calls: int, packages: Sequence[PricedPackage]) -> PricedPackage | None:
    """The smallest of the packages that allows this many simultaneous calls."""
    return min((one for one in packages if one.package.channels >= calls), key=_size, default=None)


def effect(rows: Iterable[ChannelAssignment], package: ChannelPackage, at: datetime) -> ChannelEffect | None:
    """How a change to the package at this moment affects the current month; None if a day has no price.

    `rows`: all packages of the trunk. One query.
    """
    month, day = Month.of(at), clock.minsk(at).date()
    before: dict[int, list[Period]] = defaultdict(list)
    after: dict[int, list[Period]] = defaultdict(list)
    for row in rows:
        before[row.package_id].append((row.started_at, row.ended_at))
        after[row.package_id].append((row.started_at, row.ended_at or at))
    after[package.pk].append((at, None))
    listed = prices.of_all(ChannelPackage, after)
    try:
        difference = _charged(listed, after, month) - _charged(listed, before, month)
    except PriceMissingError:
        return None
    return ChannelEffect(month, (month.last_day - day).days + 1, difference)


def _charged(listed: PriceList, periods: dict[int, list[Period]], month: Month) -> Decimal:
    """The month's charge if nothing else changes; rounded once per package, as in charging."""
    total = Decimal(0)
    for pk, had in periods.items():
        days = charged_days(had, month, month.last_day)
        total += money.kopecks(prorated(listed.get(pk, []), days, month))
    return total


def _assignments(account: HasId, trunk: Any) -> QuerySet[ChannelAssignment]:
    return tenancy.of(account).rows(ChannelAssignment).filter(subscriber=trunk)


def _present(account: HasId, trunk: Any) -> QuerySet[ChannelAssignment]:
    rows = _assignments(account, trunk).select_related("package")
    return rows.filter(ended_at__isnull=True).order_by("pk")


def _with_users(account: HasId, trunk: Any) -> QuerySet[ChannelAssignment]:
    rows = _assignments(account, trunk).select_related("package", "started_by__made_by")
    return rows.defer("started_by__made_by__password").order_by("-started_at", "-pk")


_HISTORY = Prepared(_with_users, 2)
_OF_TRUNK = Prepared(lambda *about: _assignments(*about).select_related("package").order_by("started_at", "pk"), 2)
_CATALOGUE = Prepared(
    lambda day: ChannelPackage.objects.annotate(fee=prices.fee_on(ChannelPackage, "pk", day)).order_by("channels"), 1
)
_CURRENT = Prepared(lambda *about: _present(*about)[:1], 2)
_CURRENT_WITH_FEE = Prepared(
    lambda account, trunk, day: _present(account, trunk).annotate(fee=prices.fee_on(ChannelPackage, "package_id", day))[
        :1
    ],
    3,
)
_LOCKED = Prepared(
    lambda account, trunk, at: (
        _assignments(account, trunk)
        .filter(locked_until__gt=at)
        .order_by("-locked_until")
        .values_list("locked_until")[:1]
    ),
    3,
)


def _size(one: PricedPackage) -> int:
    return one.package.channels
