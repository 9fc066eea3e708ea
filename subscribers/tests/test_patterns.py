"""Patterns of numbers, as staff type them (4.13)."""

import pytest

from subscribers import patterns
from subscribers.errors import NumberError


@pytest.mark.parametrize(
    ("typed", "like"),
    [
        ("", "%"),
        ("+", "%"),
        ("*00", "%00"),
        ("+375 17 2…", "375172%"),
        ("+375 17 2...", "375172%"),
        ("270-00", "%27000%"),
        ("+375 (17) 270", "37517270%"),
        ("44 7??00", "%447__00"),
        ("*", "%"),
    ],
)
def test_a_pattern_becomes_a_condition(typed: str, like: str) -> None:
    assert patterns.like(typed) == like


@pytest.mark.parametrize("typed", ["abc", "12%", "1_2", "'; DROP", "1" * 25, "17+2", "١٢"])
def test_what_is_no_pattern_is_refused(typed: str) -> None:
    with pytest.raises(NumberError) as refusal:
        patterns.like(typed)
    assert refusal.value.field == "pattern"
