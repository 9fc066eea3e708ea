"""Sums in Russian words: every ending of roubles, kopecks, thousands and millions."""

from decimal import Decimal

import pytest

from sipcabinet.lib import sum_in_words
from sipcabinet.lib.sum_in_words import LARGEST, cardinal, roubles


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "Ноль белорусских рублей 00 копеек"),
        ("0.01", "Ноль белорусских рублей 01 копейка"),
        ("1.02", "Один белорусский рубль 02 копейки"),
        ("2.05", "Два белорусских рубля 05 копеек"),
        ("4.11", "Четыре белорусских рубля 11 копеек"),
        ("5.12", "Пять белорусских рублей 12 копеек"),
        ("11.14", "Одиннадцать белорусских рублей 14 копеек"),
        ("12.21", "Двенадцать белорусских рублей 21 копейка"),
        ("14.22", "Четырнадцать белорусских рублей 22 копейки"),
        ("21.99", "Двадцать один белорусский рубль 99 копеек"),
        ("111.00", "Сто одиннадцать белорусских рублей 00 копеек"),
        ("121.10", "Сто двадцать один белорусский рубль 10 копеек"),
        ("1000.00", "Одна тысяча белорусских рублей 00 копеек"),
        ("1001.00", "Одна тысяча один белорусский рубль 00 копеек"),
        ("2000.00", "Две тысячи белорусских рублей 00 копеек"),
        ("11000.00", "Одиннадцать тысяч белорусских рублей 00 копеек"),
        ("21002.00", "Двадцать одна тысяча два белорусских рубля 00 копеек"),
        ("212022.00", "Двести двенадцать тысяч двадцать два белорусских рубля 00 копеек"),
        ("1000000.00", "Один миллион белорусских рублей 00 копеек"),
        ("2001001.00", "Два миллиона одна тысяча один белорусский рубль 00 копеек"),
        ("5000340.00", "Пять миллионов триста сорок белорусских рублей 00 копеек"),
        ("1000000000.00", "Один миллиард белорусских рублей 00 копеек"),
        ("-21.50", "Минус двадцать один белорусский рубль 50 копеек"),
        ("-0.00", "Ноль белорусских рублей 00 копеек"),
        ("0.995", "Один белорусский рубль 00 копеек"),
    ],
)
def test_sums(amount: str, words: str) -> None:
    assert roubles(Decimal(amount)) == words


def test_every_number_is_made_of_its_parts() -> None:
    for number in range(1000, 21_000, 37):
        thousands, rest = divmod(number, 1000)
        head, tail = cardinal(thousands * 1000), cardinal(rest) if rest else ""
        assert cardinal(number) == f"{head} {tail}".strip()


def test_all_numbers_below_a_thousand_differ() -> None:
    assert len({cardinal(number) for number in range(1000)}) == 1000


def test_the_largest_and_beyond() -> None:
    assert cardinal(LARGEST).startswith("девятьсот девяносто девять миллиардов")
    for wrong in (-1, LARGEST + 1):
        with pytest.raises(ValueError, match="no words"):
            sum_in_words.cardinal(wrong)
