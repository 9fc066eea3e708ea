"""Packages of minutes that may be applied for, and the one that a trunk has (2.4)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from accounts.models import Account
from sipcabinet.lib import clock, money, tenancy
from subscribers.charges.fees import price_on
from subscribers.models import Destination, MinuteAssignment, MinutePackage, Subscriber
from subscribers.selectors import prices


@dataclass(frozen=True, slots=True)
class Offer:
    """A package and what it costs a month now, net BYN."""

    package: MinutePackage
    monthly_fee: Decimal

    @property
    def price(self) -> str:
        return money.show_byn(self.monthly_fee)


def offers() -> list[Offer]:
    """Packages that are connected now and have a price, the smallest first."""
    packages = list(MinutePackage.objects.filter(is_offered=True).order_by("minutes"))
    price_list = prices.of_all(MinutePackage, [package.pk for package in packages])
    today = clock.today()
    found = [(package, price_on(price_list.get(package.pk, []), today)) for package in packages]
    return [Offer(package, fee) for package, fee in found if fee is not None]


def of_trunk(account: Account, trunk: Subscriber) -> list[MinuteAssignment]:
    """The package that the trunk has now and those that are to begin, in order of time."""
    rows = tenancy.of(account).rows(MinuteAssignment).filter(subscriber=trunk).select_related("package")
    return list(rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=clock.now())).order_by("started_at", "pk"))


def covered() -> list[str]:
    """Names of the destinations that included minutes cover: «другие сети»."""
    return list(Destination.objects.filter(uses_allowance=True).values_list("name", flat=True))
