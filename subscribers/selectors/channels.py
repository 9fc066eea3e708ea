"""SIP-многоканальность of a trunk: its package, what it may change to, and what that does to the invoice (3.3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from accounts.models import Account
from sipcabinet.lib import clock, money, tenancy
from sipcabinet.lib.periods import Month
from subscribers.charges.fees import Period, PriceMissingError, PricePeriod, charged_days, price_on, prorated
from subscribers.models import ChannelAssignment, ChannelPackage, ChannelPrice, Subscriber


@dataclass(frozen=True, slots=True)
class Priced:
    """A package with what it costs a month today, net BYN; None where it has no price."""

    package: ChannelPackage
    monthly_fee: Decimal | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change today does to the month's charge, net BYN: `difference` is to be paid more, or less."""

    month: Month
    days: int  # with the new package, today included
    difference: Decimal

    @property
    def saved(self) -> Decimal:
        return -self.difference


def current(account: Account, trunk: Subscriber) -> ChannelAssignment | None:
    """The package the trunk has now."""
    return _assignments(account, trunk).select_related("package").filter(ended_at__isnull=True).first()


def locked_until(account: Account, trunk: Subscriber, at: datetime) -> datetime | None:
    """When the package may be changed again; None where it may be changed at this moment."""
    locks = _assignments(account, trunk).filter(locked_until__gt=at)
    return locks.order_by("-locked_until").values_list("locked_until", flat=True).first()


def history(account: Account, trunk: Subscriber) -> list[ChannelAssignment]:
    """Every package the trunk has had, the newest first, with the operation that connected it and who made that."""
    rows = _assignments(account, trunk).select_related("package", "started_by__made_by")
    rows = rows.defer("started_by__made_by__password")
    return list(rows.order_by("-started_at", "-pk"))


def offered(day: date) -> list[Priced]:
    """The packages a trunk may change to on a day, the smallest first."""
    priced = [Priced(package, fee_of(package, day)) for package in _packages() if package.is_offered]
    return [one for one in priced if one.monthly_fee is not None]


def package(pk: int) -> ChannelPackage | None:
    """A package of the catalogue, its prices read along."""
    return _packages().filter(pk=pk).first()


def fee_of(package: ChannelPackage, day: date) -> Decimal | None:
    """What the package costs a month on a day, net BYN."""
    return price_on(_prices(package), day)


def smallest_for(calls: int, packages: Sequence[Priced]) -> Priced | None:
    """The smallest of the packages that takes so many calls at once."""
    return min((one for one in packages if one.package.channels >= calls), key=_size, default=None)


def effect(account: Account, trunk: Subscriber, package: ChannelPackage, at: datetime) -> Effect | None:
    """What changing to the package at this moment does to the current month; None where a day has no price."""
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
    return Effect(month, (month.last_day - day).days + 1, difference)


def _charged(packages: dict[int, ChannelPackage], periods: dict[int, list[Period]], month: Month) -> Decimal:
    """What the month comes to if nothing else changes: rounded once for each package, as it is charged."""
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


def _assignments(account: Account, trunk: Subscriber) -> QuerySet[ChannelAssignment]:
    return tenancy.of(account).rows(ChannelAssignment).filter(subscriber=trunk)


def _size(one: Priced) -> int:
    return one.package.channels
