"""Money: exact decimals in BYN. List prices of calls keep six places, documents two."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

CURRENCY = "BYN"
KOPECK = Decimal("0.01")
MICRO = Decimal("0.000001")
MINUS, NBSP = "\u2212", "\u00a0"


class NetAndVat(Protocol):
    """Whatever has a sum without VAT and its VAT, BYN."""

    @property
    def net(self) -> Decimal: ...

    @property
    def vat(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Taxed:
    """A sum without VAT and its VAT, BYN."""

    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        """With VAT."""
        return self.net + self.vat

    @classmethod
    def rounded(cls, exact: Decimal, percent: Decimal) -> "Taxed":
        """The one place where money is rounded: the exact net half up, and then the VAT of the rounded net."""
        net = kopecks(exact)
        return Taxed(net, kopecks(net * percent / 100))

    @classmethod
    def sum_of(cls, parts: Iterable[NetAndVat]) -> "Taxed":
        """The sums of all parts; each of them is rounded already."""
        net = vat = Decimal("0.00")
        for part in parts:
            net, vat = net + part.net, vat + part.vat
        return Taxed(net, vat)


def kopecks(amount: Decimal) -> Decimal:
    """Rounded half up to the kopeck."""
    return amount.quantize(KOPECK, ROUND_HALF_UP)


def micro(amount: Decimal) -> Decimal:
    """Rounded half up to six places, as call costs are kept."""
    return amount.quantize(MICRO, ROUND_HALF_UP)


def show(amount: Decimal, places: int = 2) -> str:
    """`−1 234,56` with no-break spaces and a real minus sign."""
    text = f"{abs(amount).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,.{places}f}"
    text = text.replace(",", NBSP).replace(".", ",")
    return f"{MINUS}{text}" if amount < 0 and text.strip("0,") else text


def show_byn(amount: Decimal, places: int = 2) -> str:
    """`1 234,56 BYN`."""
    return f"{show(amount, places)}{NBSP}{CURRENCY}"


def show_price(price: Decimal) -> str:
    """A list price with as many places as it needs, two at least: `0,1302`, `12,00`."""
    places = max(2, -int(price.normalize().as_tuple().exponent))
    return show(price, places)


def show_percent(percent: Decimal) -> str:
    """A VAT rate for reading: `25`, `12,5`."""
    return f"{percent.normalize():f}".replace(".", ",")
