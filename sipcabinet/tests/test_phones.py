import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcabinet.lib import phones

SPELLINGS = [
    "+375 44 711-20-30",
    "+375447112030",
    "375447112030",
    "80447112030",
    "8 044 711-20-30",
    "8 (044) 711 20 30",
    "44 711-20-30",
    "447112030",
    "44\u00a0711\u201320\u201330",
    "  044 711.20.30 ",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_any_spelling_is_one_number(text: str) -> None:
    assert phones.parse(text) == "+375447112030"


@pytest.mark.parametrize("text", ["", "абв", "12", "+", "7112030711203071120307", "'; DROP TABLE x; --", "\x00"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(phones.PhoneError):
        phones.parse(text)


@given(st.text(max_size=60))
def test_parse_never_fails_otherwise(text: str) -> None:
    with contextlib.suppress(phones.PhoneError):
        assert phones.parse(text).startswith("+")


@pytest.mark.parametrize(
    ("e164", "shown"),
    [("+375447112030", "+375 44 711-20-30"), ("+375171234567", "+375 17 123-45-67"), ("112", "112"), ("", "")],
)
def test_display(e164: str, shown: str) -> None:
    assert phones.display(e164) == shown


@pytest.mark.parametrize(
    ("text", "part"),
    [("711-20", "71120"), ("+375 44 711", "44711"), ("8 044 711", "44711"), ("20-30", "2030"), ("", "")],
)
def test_part_of_a_number(text: str, part: str) -> None:
    assert phones.digits(text) == part


@pytest.mark.parametrize(
    ("e164", "in_use", "premium"),
    [
        ("+375447112030", True, False),
        ("+375172700001", True, False),
        ("+3758001234567", True, False),
        ("+3759021234567", True, True),
        ("+375991234567", False, False),
        ("+19005551234", True, True),
    ],
)
def test_the_numbering_plan_knows_used_and_premium_numbers(e164: str, in_use: bool, premium: bool) -> None:
    assert (phones.is_in_use(e164), phones.is_premium(e164)) == (in_use, premium)
