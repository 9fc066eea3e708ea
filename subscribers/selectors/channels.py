"""SIP-многоканальность of a trunk: its package, possible other packages, and what a change costs (3.3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.models import Account
from sipcabinet.lib import clock, money, tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId
from subscribers.charges.fees import Period, PriceMissingError, PricePeriod, charged_days, price_on, prorated
from subscribers.models import ChannelAssignment, ChannelPackage, ChannelPrice, Subscriber


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


def locked_until(account: Account, trunk: Subscriber, at: datetime) -> datetime | None:
    """When the package may be changed again; None if it may be changed at this moment."""
    found = _LOCKED.first(account.pk, trunk.pk, at)
    return found[0] if found else None


def history(account: Account, trunk: Subscriber) -> list[ChannelAssignment]:
    """All packages of the trunk, newest first, with the connecting operation and the user who made the operation."""
    rows = _assignments(account, trunk).select_related("package", "started_by__made_by")
    rows = rows.defer("started_by__made_by__password")
    return list(rows.order_by("-started_at", "-pk"))


def offered(day: date) -> list[PricedPackage]:
    """The packages a trunk may change to on a day, the smallest first."""
    priced = [PricedPackage(package, fee_of(package, day)) for package in _packages() if package.is_offered]
    return [one for one in priced if one.monthly_fee is not None]


def package(pk: int) -> ChannelPackage | None:
    """A package of the catalogue with its prices."""
    return _packages().filter(pk=pk).first()


def fee_of(package: ChannelPackage, day: date) -> Decimal | None:
    """The package's monthly fee on a day, net BYN; None if it has no price."""
    return price_on(_prices(package), day)


def smallest_for(calls: int, packages: Sequence[PricedPackage]) -> PricedPackage | None:
    """The smallest of the packages that allows this many simultaneous calls."""
    return min((one for one in packages if one.package.channels >= calls), key=_size, default=None)


def effect(account: Account, trunk: Subscriber, package: ChannelPackage, at: datetime) -> ChannelEffect | None:
    """How a change to the package at this moment affects the current month; None if a day has no price."""
    month, day = Month.of(at), clock.minsk(at).date()
    rows = _assignments(account, trunk).select_related("package").prefetch_related("package__prices")
    packages = {package.pk: package}
    before: dict[int, list[Period]] = defaultdict(list)
    after: dict[int, list[Period]] = defaultdict(list)
    for row in rows:
        packages.setdefault(row.package_id, row.package)
        before[row.package_id].append((row.started_at, row.ended_at))
        after[row.package_id].append((row.started_at, row.ended_at or at))
    after[package.pk].append((at, None))
    try:
        difference = _charged(packages, after, month) - _charged(packages, before, month)
    except PriceMissingError:
        return None
    return ChannelEffect(month, (month.last_day - day).days + 1, difference)


def _charged(packages: dict[int, ChannelPackage], periods: dict[int, list[Period]], month: Month) -> Decimal:
    """The month's charge if nothing else changes; rounded once per package, as in charging."""
    total = Decimal(0)
    for pk, had in periods.items():
        days = charged_days(had, month, month.last_day)
        total += money.kopecks(prorated(_prices(packages[pk]), days, month))
    return total


def _prices(package: ChannelPackage) -> list[PricePeriod]:
    return [PricePeriod(row.monthly_fee, row.valid_from, row.valid_until) for row in package.prices.all()]


def _packages() -> QuerySet[ChannelPackage]:
    prices = Prefetch("prices", ChannelPrice.objects.order_by("valid_from"))
    return ChannelPackage.objects.prefetch_related(prices).order_by("channels")


def _assignments(account: HasId, trunk: Any) -> QuerySet[ChannelAssignment]:
    return tenancy.of(account).rows(ChannelAssignment).filter(subscriber=trunk)


_CURRENT = Prepared(
    lambda *about: _assignments(*about).select_related("package").filter(ended_at__isnull=True).order_by("pk")[:1],
    2,
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
