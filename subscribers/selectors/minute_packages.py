"""Minute packages that may be applied for, and the package that a trunk has (2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from accounts.models import Account
from sipcabinet.lib import clock, money, tenancy, validity
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId
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
    return [PackageOffer(one.package, one.fee) for one in listed() if one.fee is not None]


@dataclass(frozen=True, slots=True)
class MinuteOffer:
    """A minute package: connected only on written application (2.4). `fee`: monthly, today, net BYN."""

    package: MinutePackage
    fee: Decimal | None


def listed() -> list[MinuteOffer]:
    """The packages of the catalogue that are offered, the smallest first, in one query."""
    return [MinuteOffer(row, row.fee) for row in _LISTED.rows(clock.today())]


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
    found = _HELD.rows(account.pk, trunk.pk, moment)
    now = next((row for row in found if row.started_at <= moment), None)
    return HeldPackages(now, [row for row in found if row.started_at > moment])


@dataclass(frozen=True, slots=True)
class MinutesShown:
    """What a page shows of the minute packages of a trunk: `held` with the present one's `fee`, and those offered."""

    held: HeldPackages
    fee: Decimal | None
    offers: Sequence[MinuteOffer]


def shown(account: Account, trunk: Subscriber) -> MinutesShown:
    """The packages that a trunk has and those it could apply for, in one query."""
    moment = clock.now()
    found = _SHOWN.rows(account.pk, trunk.pk, moment, clock.today())
    held = sorted((_held(package, told) for package in found for told in package.told), key=_order)
    now = next((row for row in held if row.started_at <= moment), None)
    fee = next((package.fee for package in found if now is not None and package.pk == now.package_id), None)
    later = [row for row in held if row.started_at > moment]
    return MinutesShown(HeldPackages(now, later), fee, [MinuteOffer(row, row.fee) for row in found if row.is_offered])


def covered() -> list[str]:
    """Names of the destinations that included minutes cover: «другие сети»."""
    return [name for (name,) in _COVERED.rows()]


def _held_rows(account: HasId, trunk: Any, moment: Any) -> QuerySet[MinuteAssignment]:
    rows = tenancy.of(account).rows(MinuteAssignment).filter(subscriber=trunk)
    return rows.filter(validity.unended("ended_at", moment)).exclude(ended_at=F("started_at"))


def _priced(day: Any) -> QuerySet[MinutePackage]:
    return MinutePackage.objects.annotate(fee=prices.fee_on(MinutePackage, "pk", day)).order_by("minutes")


def _with_held(account: HasId, trunk: Any, moment: Any, day: Any) -> QuerySet[MinutePackage]:
    columns = {name: Cast(F(name), TextField()) for name in ("pk", "started_at", "ended_at")}
    rows = _held_rows(account, trunk, moment).filter(package=OuterRef("pk")).order_by()
    return _priced(day).annotate(told=ArraySubquery(rows.values(json=JSONObject(**columns))))


def _held(package: MinutePackage, told: dict[str, str | None]) -> MinuteAssignment:
    began, ended = told["started_at"], told["ended_at"]
    return MinuteAssignment(
        pk=int(str(told["pk"])),
        package=package,
        started_at=datetime.fromisoformat(str(began)),
        ended_at=datetime.fromisoformat(ended) if ended else None,
    )


def _order(row: MinuteAssignment) -> tuple[datetime, int]:
    return row.started_at, row.pk


_COVERED = Prepared(lambda: Destination.objects.filter(uses_allowance=True).values_list("name"), 0)
_LISTED = Prepared(lambda day: _priced(day).filter(is_offered=True), 1)
_HELD = Prepared(
    lambda *about: _held_rows(*about).select_related("package").order_by("started_at", "pk"),
    3,
)
_SHOWN = Prepared(_with_held, 4)
