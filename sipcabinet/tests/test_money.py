from decimal import Decimal

import pytest

from sipcabinet.lib import money
from sipcabinet.lib.money import Taxed


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234567.895", "1\u00a0234\u00a0567,90"),
        ("0", "0,00"),
        ("-428.6", "\u2212428,60"),
        ("-0.001", "0,00"),
        ("0.005", "0,01"),
    ],
)
def test_show(amount: str, shown: str) -> None:
    assert money.show(Decimal(amount)) == shown


def test_show_byn() -> None:
    assert money.show_byn(Decimal("12.5")) == "12,50\u00a0BYN"


@pytest.mark.parametrize(
    ("price", "shown"), [("12", "12,00"), ("0.130200", "0,1302"), ("0.06", "0,06"), ("100", "100,00")]
)
def test_show_price(price: str, shown: str) -> None:
    assert money.show_price(Decimal(price)) == shown


@pytest.mark.parametrize(("amount", "rounded"), [("0.005", "0.01"), ("2.675", "2.68"), ("-0.005", "-0.01")])
def test_kopecks_round_half_up(amount: str, rounded: str) -> None:
    assert money.kopecks(Decimal(amount)) == Decimal(rounded)


def test_vat_is_of_the_rounded_sum() -> None:
    """The VAT of the exact sum would be 2.50."""
    assert Taxed.rounded(Decimal("10.0151"), Decimal(25)) == Taxed(Decimal("10.02"), Decimal("2.51"))


def test_a_total_is_the_sum_of_rounded_parts() -> None:
    parts = [Taxed.rounded(Decimal("0.015"), Decimal(20))] * 3
    whole = Taxed.sum_of(parts)
    assert (whole, whole.gross) == (Taxed(Decimal("0.06"), Decimal("0.00")), Decimal("0.06"))
    assert Taxed.sum_of([]) == Taxed(Decimal("0.00"), Decimal("0.00"))
