"""Spellings of numbers in switch files → E.164 (domain: «Numbers»)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.cdr.numbers import Kind, Number, normalise


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
    assert normalise(written) == Number(Kind.E164, e164)


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("101", Kind.SHORT, "101"),
        ("112", Kind.SHORT, "112"),
        ("185", Kind.SHORT, "185"),
        ("205", Kind.EXTENSION, "205"),
        ("1", Kind.EXTENSION, "1"),
        ("10101", Kind.EXTENSION, "10101"),
        ("7788", Kind.EXTENSION, "7788"),
        ("*43", Kind.SERVICE, "*43"),
        ("#21#", Kind.SERVICE, "#21#"),
        ("*21*80447112030#", Kind.SERVICE, "*21*80447112030#"),
        ("", Kind.HIDDEN, ""),
        ("  ", Kind.HIDDEN, ""),
        ("Anonymous", Kind.HIDDEN, ""),
        ("sip:anonymous@anonymous.invalid", Kind.HIDDEN, ""),
        ("скрыт", Kind.HIDDEN, ""),
        ("s", Kind.UNKNOWN, "s"),
        ("alice", Kind.UNKNOWN, "alice"),
        ("&", Kind.UNKNOWN, "&"),
        ("2001122", Kind.UNKNOWN, "2001122"),  # a local number: of which town?
        ("84951234567", Kind.UNKNOWN, "84951234567"),  # Moscow dialled the Russian way, or Vietnam
        ("37544711203", Kind.UNKNOWN, "37544711203"),  # a digit short
        ("3754471120300", Kind.UNKNOWN, "3754471120300"),
        ("+3754471120300", Kind.UNKNOWN, "3754471120300"),
        ("+375901234567", Kind.UNKNOWN, "375901234567"),
        ("+7495123456", Kind.UNKNOWN, "7495123456"),
        ("+112", Kind.UNKNOWN, "112"),
        ("0447112030", Kind.UNKNOWN, "0447112030"),
        ("1" * 16, Kind.UNKNOWN, "1" * 16),
        ("٣٧٥٤٤٧١١٢٠٣٠", Kind.UNKNOWN, "٣٧٥٤٤٧١١٢٠٣٠"),
    ],
)
def test_what_is_no_subscriber_number(written: str, kind: Kind, value: str) -> None:
    assert normalise(written) == Number(kind, value)


@given(st.text(max_size=40))
def test_any_text_has_an_answer_and_e164_is_a_fixed_point(written: str) -> None:
    number = normalise(written)
    if number.kind is Kind.E164:
        assert number.value[0] == "+"
        assert 9 <= len(number.value) <= 16
        assert normalise(number.value) == number
