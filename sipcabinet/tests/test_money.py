from decimal import Decimal

import pytest

from sipcabinet.lib import money


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
