"""Charges compared with a slow day-by-day computation with fractions: equal to the kopeck (3.5)."""

import math
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month
from subscribers.charges import CallTotal, ChargeKind, Fee, Period, PricePeriod, calculate

MONTHS = st.sampled_from([Month(2026, 11), Month(2026, 12), Month(2027, 2), Month(2028, 2)])
money = st.decimals(min_value=0, max_value=999, places=2)
percents = st.sampled_from([Decimal(0), Decimal(20), Decimal(25), Decimal("12.50")])


@st.composite
def periods(draw: st.DrawFn, month: Month) -> list[Period]:
    """Up to four periods without overlaps, from before the month to after it; the last one may have no end."""
    first = month.start - timedelta(days=5)
    minutes = st.integers(0, (month.days + 10) * 24 * 60)
    borders = sorted(draw(st.lists(minutes, min_size=1, max_size=8)))
    moments: list[datetime | None] = [first + timedelta(minutes=border) for border in borders]
    if len(moments) % 2:
        moments.append(None)
    return [(start, end) for start, end in zip(moments[::2], moments[1::2], strict=True) if start is not None]


@st.composite
def price_lists(draw: st.DrawFn, month: Month) -> list[PricePeriod]:
    """Prices that follow one another without a gap."""
    days = st.dates(month.first_day - timedelta(days=3), month.last_day + timedelta(days=3))
    cuts: list[date | None] = [date(2020, 1, 1), *sorted(draw(st.sets(days, max_size=3))), None]
    prices = [PricePeriod(draw(money), start, end) for start, end in pairwise(cuts) if start is not None]
    return draw(st.permutations(prices))


@st.composite
def facts(draw: st.DrawFn) -> tuple[Month, date, Decimal, list[Fee], list[CallTotal]]:
    month = draw(MONTHS)
    until = draw(st.dates(month.first_day, month.last_day))
    kinds = st.sampled_from([kind for kind in ChargeKind if kind is not ChargeKind.CALLS])
    fees = [
        Fee(
            draw(kinds),
            number,
            f"f{number}",
            "",
            draw(st.integers(0, 2)),
            draw(price_lists(month)),
            draw(periods(month)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    costs = st.decimals(min_value=0, max_value=9999, places=6)
    calls = [
        CallTotal(number, f"d{number}", "", 0, draw(st.integers(1, 99)), 60, 0, draw(costs))
        for number in range(draw(st.integers(0, 3)))
    ]
    return month, until, draw(percents), fees, calls


def half_up(amount: Fraction) -> Fraction:
    return Fraction(math.floor(amount * 100 + Fraction(1, 2)), 100)


def slow_net(fee: Fee, month: Month, until: date) -> Fraction | None:
    """For each day: whether it is charged, and at which price."""
    total, charged = Fraction(0), False
    for day in month.each_day():
        if day > until:
            break
        for started_at, ended_at in fee.periods:
            first = started_at.astimezone(MINSK).date()
            last = date.max if ended_at is None else ended_at.astimezone(MINSK).date() - timedelta(days=1)
            if first <= day <= max(last, first):
                price = [
                    p for p in fee.prices if p.valid_from <= day and (p.valid_until is None or day < p.valid_until)
                ]
                assert len(price) == 1
                total += Fraction(price[0].monthly_fee) / month.days
                charged = True
                break
    return total if charged else None


@given(facts())
def test_charges_equal_the_slow_computation(
    given_facts: tuple[Month, date, Decimal, list[Fee], list[CallTotal]],
) -> None:
    month, until, percent, fees, calls = given_facts
    counted = calculate(month=month, until=until, vat_percent=percent, fees=fees, calls=calls)
    exact = {fee.code: slow_net(fee, month, until) for fee in fees} | {c.code: Fraction(c.cost) for c in calls}
    expected = {code: half_up(net) for code, net in exact.items() if net is not None}
    assert {line.code: Fraction(line.net) for line in counted.lines} == expected
    for line in counted.lines:
        assert Fraction(line.vat) == half_up(Fraction(line.net) * Fraction(percent) / 100)
        assert line.net == line.net.quantize(Decimal("0.01"))
        assert line.gross == line.net + line.vat
    assert Fraction(counted.net) == sum(expected.values())
    assert counted.gross == sum(group.gross for group in counted.groups)
    order = [list(ChargeKind).index(line.kind) for line in counted.lines]
    assert order == sorted(order)


@given(facts())
def test_a_month_is_never_charged_more_than_once(
    given_facts: tuple[Month, date, Decimal, list[Fee], list[CallTotal]],
) -> None:
    """In any sequence of periods the charge is at most the highest price; one day more never costs less."""
    month, until, percent, fees, _ = given_facts
    whole = calculate(month=month, until=month.last_day, vat_percent=percent, fees=fees)
    part = {line.code: line for line in calculate(month=month, until=until, vat_percent=percent, fees=fees).lines}
    dearest = {fee.code: max(price.monthly_fee for price in fee.prices) for fee in fees}
    assert max(Counter(line.code for line in whole.lines).values(), default=1) == 1
    for line in whole.lines:
        assert line.quantity <= month.days
        assert line.net <= dearest[line.code]
        if line.code in part:
            assert part[line.code].net <= line.net
