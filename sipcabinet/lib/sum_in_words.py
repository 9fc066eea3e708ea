"""Sums in Russian words, for the last line of documents: «Сто двадцать один рубль 05 копеек»."""

from decimal import Decimal

from sipcabinet.lib.money import kopecks
from sipcabinet.lib.words import form

_ONES = (
    *("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять"),
    *("одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать"),
    *("шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"),
)
_FEMININE = {1: "одна", 2: "две"}
_TENS = (
    *("", "", "двадцать", "тридцать", "сорок", "пятьдесят"),
    *("шестьдесят", "семьдесят", "восемьдесят", "девяносто"),
)
_HUNDREDS = (
    *("", "сто", "двести", "триста", "четыреста"),
    *("пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"),
)
# The words for each power of 1000, and whether they are feminine.
_SCALES = (
    (("", "", ""), False),
    (("тысяча", "тысячи", "тысяч"), True),
    (("миллион", "миллиона", "миллионов"), False),
    (("миллиард", "миллиарда", "миллиардов"), False),
)
LARGEST = 1000 ** len(_SCALES) - 1
_ROUBLE = ("белорусский рубль", "белорусских рубля", "белорусских рублей")
_KOPECK = ("копейка", "копейки", "копеек")


def roubles(amount: Decimal) -> str:
    """The amount in words, with «Минус» if negative; kopecks in digits, rounded half up.

    Raises ValueError above LARGEST roubles.
    """
    exact = kopecks(abs(amount))
    whole, rest = int(exact), int(exact * 100) % 100
    words = f"{cardinal(whole)} {form(whole, *_ROUBLE)} {rest:02d} {form(rest, *_KOPECK)}"
    return f"Минус {words}" if amount < 0 and exact else words.capitalize()


def cardinal(number: int) -> str:
    """The number in words: `двадцать одна тысяча пять`. Raises ValueError outside 0 … LARGEST."""
    if not 0 <= number <= LARGEST:
        raise ValueError(f"no words for {number}")
    words: list[str] = []
    for place, (scale, feminine) in reversed(list(enumerate(_SCALES))):
        part = number // 1000**place % 1000
        if part:
            words += _below_thousand(part, feminine=feminine)
            words.append(form(part, *scale))
    return " ".join(word for word in words if word) or "ноль"


def _below_thousand(part: int, *, feminine: bool) -> list[str]:
    hundreds, rest = divmod(part, 100)
    tens, ones = (0, rest) if rest < 20 else divmod(rest, 10)
    last = _FEMININE.get(ones, _ONES[ones]) if feminine else _ONES[ones]
    return [_HUNDREDS[hundreds], _TENS[tens], last]
