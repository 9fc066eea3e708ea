"""Spellings of numbers in switch files → E.164 (domain: «Numbers»)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.cdr.numbers import Number, NumberKind, normalise


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("+375447112030", "+375447112030"),
        ("375447112030", "+375447112030"),
        ("80447112030", "+375447112030"),
        ("8 044 711-20-30", "+375447112030"),
        ("8~044 711 20 30", "+375447112030"),
        ("447112030", "+375447112030"),
        ("+375 (44) 711-20-30", "+375447112030"),
        ("00375447112030", "+375447112030"),
        ("810375447112030", "+375447112030"),
        ("sip:+375447112030@sip.example.by:5060;transport=udp", "+375447112030"),
        ("tel:+375-44-711-20-30", "+375447112030"),
        ("+375\u00a044\u2011711\u20112030", "+375447112030"),
        ("80172001122", "+375172001122"),
        ("172001122", "+375172001122"),
        ("80222123456", "+375222123456"),
        ("88011002030", "+3758011002030"),
        ("8 801 100 20 30", "+3758011002030"),
        ("8011002030", "+3758011002030"),
        ("+3758001234567", "+3758001234567"),
        ("8 902 123 45 67", "+3759021234567"),
        ("810 7 495 123-45-67", "+74951234567"),
        ("8~10 48 22 123 45 67", "+48221234567"),
        ("0037060012345", "+37060012345"),
        ("74951234567", "+74951234567"),
        ("+1 202 555 0143", "+12025550143"),
        ("12025550143", "+12025550143"),
        ("8613812345678", "+8613812345678"),
        ("8108613812345678", "+8613812345678"),
    ],
)
def test_e164(written: str, e164: str) -> None:
    assert normalise(written) == Number(NumberKind.E164, e164)


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("101", NumberKind.SHORT, "101"),
        ("112", NumberKind.SHORT, "112"),
        ("185", NumberKind.SHORT, "185"),
        ("205", NumberKind.EXTENSION, "205"),
        ("1", NumberKind.EXTENSION, "1"),
        ("10101", NumberKind.EXTENSION, "10101"),
        ("7788", NumberKind.EXTENSION, "7788"),
        ("*43", NumberKind.SERVICE, "*43"),
        ("#21#", NumberKind.SERVICE, "#21#"),
        ("*21*80447112030#", NumberKind.SERVICE, "*21*80447112030#"),
        ("", NumberKind.HIDDEN, ""),
        ("  ", NumberKind.HIDDEN, ""),
        ("Anonymous", NumberKind.HIDDEN, ""),
        ("sip:anonymous@anonymous.invalid", NumberKind.HIDDEN, ""),
        ("скрыт", NumberKind.HIDDEN, ""),
        ("s", NumberKind.UNKNOWN, "s"),
        ("alice", NumberKind.UNKNOWN, "alice"),
        ("&", NumberKind.UNKNOWN, "&"),
        ("2001122", NumberKind.UNKNOWN, "2001122"),  # a local number: of which town?
        ("84951234567", NumberKind.UNKNOWN, "84951234567"),  # Moscow dialled the Russian way, or Vietnam
        ("37544711203", NumberKind.UNKNOWN, "37544711203"),  # a digit short
        ("3754471120300", NumberKind.UNKNOWN, "3754471120300"),
        ("+3754471120300", NumberKind.UNKNOWN, "3754471120300"),
        ("+375901234567", NumberKind.UNKNOWN, "375901234567"),
        ("+7495123456", NumberKind.UNKNOWN, "7495123456"),
        ("+112", NumberKind.UNKNOWN, "112"),
        ("0447112030", NumberKind.UNKNOWN, "0447112030"),
        ("1" * 16, NumberKind.UNKNOWN, "1" * 16),
        ("٣٧٥٤٤٧١١٢٠٣٠", NumberKind.UNKNOWN, "٣٧٥٤٤٧١١٢٠٣٠"),
    ],
)
def test_what_is_no_subscriber_number(written: str, kind: NumberKind, value: str) -> None:
    assert normalise(written) == Number(kind, value)


@given(st.text(max_size=40))
def test_any_text_has_an_answer_and_e164_is_a_fixed_point(written: str) -> None:
    number = normalise(written)
    if number.kind is NumberKind.E164:
        assert number.value[0] == "+"
        assert 9 <= len(number.value) <= 16
        assert normalise(number.value) == number
