"""Minute packages that may be applied for, and the package that a trunk has (2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from accounts.models import Account
from sipcabinet.lib import clock, money, tenancy, validity
from subscribers.charges.fees import price_on
from subscribers.models import Destination, MinuteAssignment, MinutePackage, Subscriber
from subscribers.selectors import prices


@dataclass(frozen=True, slots=True)
class PackageOffer:
    """A package and its monthly fee now, net BYN."""

    package: MinutePackage
    monthly_fee: Decimal

    @property
    def price(self) -> str:
        return money.show_byn(self.monthly_fee)


def offers() -> list[PackageOffer]:
    """Packages that can be connected now and have a price, the smallest first."""
    packages = list(MinutePackage.objects.filter(is_offered=True).order_by("minutes"))
    price_list = prices.of_all(MinutePackage, [package.pk for package in packages])
    today = clock.today()
    found = [(package, price_on(price_list.get(package.pk, []), today)) for package in packages]
    return [PackageOffer(package, fee) for package, fee in found if fee is not None]


@dataclass(frozen=True, slots=True)
class HeldPackages:
    """The trunk's present package, possibly with its end already set, and packages that begin later."""

    now: MinuteAssignment | None
    later: Sequence[MinuteAssignment]

    @property
    def rows(self) -> list[MinuteAssignment]:
        """The packages in time order."""
        return [*([self.now] if self.now else []), *self.later]


def held(account: Account, trunk: Subscriber) -> HeldPackages:
    """Packages of a trunk; a «SIP-номер» has none. Without packages cancelled before they began."""
    moment = clock.now()
    rows = tenancy.of(account).rows(MinuteAssignment).filter(subscriber=trunk).select_related("package")
    rows = rows.filter(validity.unended("ended_at", moment)).exclude(ended_at=F("started_at"))
    found = list(rows.order_by("started_at", "pk"))
    now = next((row for row in found if row.started_at <= moment), None)
    return HeldPackages(now, [row for row in found if row.started_at > moment])


def covered() -> list[str]:
    """Names of the destinations that included minutes cover: «другие сети»."""
    return list(Destination.objects.filter(uses_allowance=True).values_list("name", flat=True))
