"""Money: exact decimals in BYN. List prices of calls have six decimal places, documents have two."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

CURRENCY = "BYN"
KOPECK = Decimal("0.01")
MICRO = Decimal("0.000001")
_STEPS = [Decimal(1).scaleb(-places) for places in range(20)]  # by the number of decimal places
MINUS, NBSP = "\u2212", "\u00a0"


class NetAndVat(Protocol):
    """An object that has a sum without VAT (`net`) and the VAT of that sum, both in BYN."""

    @property
    def net(self) -> Decimal: ...

    @property
    def vat(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Taxed:
    """A sum without VAT (`net`) and the VAT of that sum, both in BYN."""

    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        """The sum with VAT."""
        return self.net + self.vat

    @classmethod
    def rounded(cls, exact: Decimal, percent: Decimal) -> "Taxed":
        """Rounds the exact net half up, then the VAT of the rounded net. Sums of money are rounded only here."""
        net = kopecks(exact)
        return Taxed(net, kopecks(net * percent / 100))

    @classmethod
    def sum_of(cls, parts: Iterable[NetAndVat]) -> "Taxed":
        """The sums of all parts; each part is rounded already."""
        net = vat = Decimal("0.00")
        for part in parts:
            net, vat = net + part.net, vat + part.vat
        return Taxed(net, vat)


def kopecks(amount: Decimal) -> Decimal:
    """The amount, rounded half up to the kopeck."""
    return amount.quantize(KOPECK, ROUND_HALF_UP)


def micro(amount: Decimal) -> Decimal:
    """The amount, rounded half up to six decimal places, as costs of calls are stored."""
    return amount.quantize(MICRO, ROUND_HALF_UP)


def show(amount: Decimal, places: int = 2) -> str:
    """`−1 234,56` with no-break spaces and a real minus sign."""
    text = f"{abs(amount).quantize(_STEPS[places], ROUND_HALF_UP):,.{places}f}"
    text = text.replace(",", NBSP).replace(".", ",")
    return f"{MINUS}{text}" if amount < 0 and text.strip("0,") else text


def show_byn(amount: Decimal, places: int = 2) -> str:
    """`1 234,56 BYN`."""
    return f"{show(amount, places)}{NBSP}{CURRENCY}"


def show_price(price: Decimal) -> str:
    """A list price with as many decimal places as it needs, at least two: `0,1302`, `12,00`."""
    places = max(2, -int(price.normalize().as_tuple().exponent))
    return show(price, places)


def show_percent(percent: Decimal) -> str:
    """A VAT rate for reading: `25`, `12,5`."""
    return f"{percent.normalize():f}".replace(".", ",")
