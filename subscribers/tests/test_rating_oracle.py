"""The rating compared with a naive oracle that uses fractions, on random price lists and calls: equal (4.5)."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sipcabinet.lib.clock import MINSK
from subscribers.rating import (
    AllowanceState,
    CoverableCall,
    RateRow,
    RateTable,
    billed_seconds,
    cost_micro,
    from_micro,
    price_calls,
    recompute,
)

EPOCH = datetime(2026, 9, 30, 20, tzinfo=UTC)  # an hour before October in Minsk
days = st.dates(min_value=date(2026, 9, 28), max_value=date(2026, 10, 5))
prices = st.decimals(min_value=0, max_value=99, places=6)
digits = st.text("12", min_size=0, max_size=4)


def naive_billed(talked: int, first: int, following: int) -> int:
    if talked == 0:
        return 0
    billed = first
    while billed < talked:
        billed += following
    return billed


def naive_cost(price: Decimal, seconds: int) -> Fraction:
    """Rounds half up to six places."""
    exact = Fraction(price) * seconds / 60 * 1_000_000
    return Fraction(math.floor(exact + Fraction(1, 2)), 1_000_000)


def naive_rate(rows: list[RateRow], called: str, moment: datetime) -> RateRow | None:
    day = moment.astimezone(MINSK).date()
    fitting = [
        row
        for row in rows
        if called.startswith(row.prefix) and row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
    ]
    return max(fitting, key=lambda row: len(row.prefix), default=None)


@st.composite
def price_lists(draw: st.DrawFn) -> list[RateRow]:
    rows: list[RateRow] = []
    for prefix in draw(st.sets(digits, max_size=6)):
        change = draw(st.none() | days)
        for begins, ends in [(date(2026, 1, 1), change)] + ([(change, None)] if change else []):
            increments = draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
            row = RateRow("+" + prefix, f"d{len(rows)}", draw(prices), *increments, valid_from=begins, valid_to=ends)
            rows.append(row)
    return rows


@given(price_lists(), st.text("12", min_size=4, max_size=6), st.integers(0, 10 * 86_400), st.integers(0, 10_000))
def test_a_call_costs_what_the_oracle_says(rows: list[RateRow], called: str, after: int, talked: int) -> None:
    moment = EPOCH - timedelta(days=3) + timedelta(seconds=after)
    rate = RateTable(rows).rate("+" + called, moment)
    row = naive_rate(rows, "+" + called, moment)
    assert (rate and rate.destination) == (row and row.destination)
    if rate and row:
        billed = naive_billed(talked, row.first_increment, row.next_increment)
        assert rate.billed(talked) == billed
        assert Fraction(from_micro(cost_micro(rate.micro_per_minute, billed))) == naive_cost(
            row.price_per_minute, billed
        )


@given(st.integers(0, 5000), st.integers(1, 200), st.integers(1, 200))
def test_billed_seconds_equal_the_oracle(talked: int, first: int, following: int) -> None:
    assert billed_seconds(talked, first, following) == naive_billed(talked, first, following)


usages = st.lists(
    st.builds(
        lambda at, billed, price: CoverableCall(f"{at:06d}", billed, price),
        st.integers(0, 999_999),
        st.integers(0, 4000),
        st.integers(0, 3_000_000),
    ),
    unique_by=lambda call: call.key,
    max_size=30,
)


@given(st.integers(0, 30_000), usages, st.randoms(use_true_random=False), st.integers(0, 30))
def test_minutes_go_to_the_first_seconds_of_the_month(
    granted: int,
    calls: list[CoverableCall],
    random: Random,
    cut: int,
) -> None:
    left, expected = granted, {}
    for call in sorted(calls, key=lambda call: call.key):
        covered = sum(1 for _ in range(call.billed) if (left := left - 1) >= 0)  # second by second
        left = max(left, 0)
        price = Decimal(call.micro_per_minute).scaleb(-6)
        expected[call.key] = (covered, naive_cost(price, call.billed - covered))

    shuffled = random.sample(calls, len(calls))
    state, ordered, outcome = recompute(granted, shuffled)
    found = {
        call.key: (one.covered, Fraction(from_micro(one.cost))) for call, one in zip(ordered, outcome, strict=True)
    }
    assert found == expected
    assert state.left == left

    half, first = price_calls(AllowanceState(granted), ordered[:cut])
    whole, second = price_calls(half, ordered[cut:])
    assert (whole, first + second) == (state, outcome)
