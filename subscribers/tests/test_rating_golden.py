"""Calls of the demo price list, each computed by hand (4.5).

Prices of a second: on-net 0.1302/60 = 0.00217 · other mobile 0.3054/60 = 0.00509 · fixed 0.06/60 = 0.001 ·
CIS 0.496/60 = 0.0082666… · neighbours 0.8/60 = 0.013333… · world 1.456/60 = 0.0242666…
"""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from sipcabinet.demo.price_list import rate_rows
from sipcabinet.lib.periods import Month
from sipcabinet.tests.moments import minsk
from subscribers.catalogue import ON_NET
from subscribers.cdr.numbers import normalise
from subscribers.rating import (
    AllowanceState,
    CoverableCall,
    RateRow,
    RateTable,
    billed_seconds,
    call_key,
    cost_micro,
    from_micro,
    included_seconds_of,
    price_calls,
    recompute,
)

PORTED_TO_US = "+375297654321"


def is_ours(e164: str, _moment: datetime) -> bool:
    return e164 == PORTED_TO_US


TABLE = RateTable(rate_rows(), is_ours)


class Golden(NamedTuple):
    """A call without included minutes: dialled, seconds talked → destination, seconds billed, cost, arithmetic."""

    dialled: str
    talked: int
    destination: str | None
    billed: int
    cost: str
    arithmetic: str


LIST_PRICES = [
    # on-net: mobile prefixes of the operator, and a number ported in
    Golden("80447112030", 0, ON_NET, 0, "0", "not a second talked"),
    Golden("80447112030", 1, ON_NET, 60, "0.130200", "60 × 0.00217"),
    Golden("80447112030", 60, ON_NET, 60, "0.130200", "60 × 0.00217"),
    Golden("80447112030", 61, ON_NET, 61, "0.132370", "61 × 0.00217"),
    Golden("80291234567", 90, ON_NET, 90, "0.195300", "90 × 0.00217"),
    Golden("80293234567", 119, ON_NET, 119, "0.258230", "119 × 0.00217"),
    Golden("80296234567", 120, ON_NET, 120, "0.260400", "120 × 0.00217"),
    Golden("80299234567", 3600, ON_NET, 3600, "7.812000", "3600 × 0.00217"),
    Golden("80297654321", 90, ON_NET, 90, "0.195300", "ported to us: 90 × 0.00217"),
    # other Belarusian mobile
    Golden("80292234567", 30, "by-mobile", 60, "0.305400", "60 × 0.00509"),
    Golden("80295234567", 61, "by-mobile", 61, "0.310490", "61 × 0.00509"),
    Golden("80297234567", 90, "by-mobile", 90, "0.458100", "90 × 0.00509"),
    Golden("80298234567", 125, "by-mobile", 125, "0.636250", "125 × 0.00509"),
    Golden("80331234567", 600, "by-mobile", 600, "3.054000", "600 × 0.00509"),
    Golden("80251234567", 1, "by-mobile", 60, "0.305400", "60 × 0.00509"),
    # fixed
    Golden("80172001122", 59, "by-fixed", 60, "0.060000", "60 × 0.001"),
    Golden("80172001122", 61, "by-fixed", 61, "0.061000", "61 × 0.001"),
    Golden("80222123456", 180, "by-fixed", 180, "0.180000", "180 × 0.001"),
    Golden("80154123456", 1000, "by-fixed", 1000, "1.000000", "1000 × 0.001"),
    Golden("80163123456", 7, "by-fixed", 60, "0.060000", "60 × 0.001"),
    Golden("80214123456", 65, "by-fixed", 65, "0.065000", "65 × 0.001"),
    Golden("80232123456", 77, "by-fixed", 77, "0.077000", "77 × 0.001"),
    # free: toll-free, emergency, enquiries
    Golden("88011001010", 500, "toll-free", 500, "0", "free"),
    Golden("88001234567", 5, "toll-free", 60, "0", "free"),
    Golden("101", 45, "emergency", 60, "0", "free"),
    Golden("102", 45, "emergency", 60, "0", "free"),
    Golden("103", 300, "emergency", 300, "0", "free"),
    Golden("104", 10, "emergency", 60, "0", "free"),
    Golden("112", 61, "emergency", 61, "0", "free"),
    Golden("185", 61, "emergency", 61, "0", "free: other 1xx"),
    # Russia, Kazakhstan and other CIS
    Golden("810 7 495 1234567", 60, "cis", 60, "0.496000", "60 × 0.0082666…"),
    Golden("810 7 727 1234567", 61, "cis", 61, "0.504267", "61 × 0.0082666… = 0.50426666…"),
    Golden("+998711234567", 121, "cis", 121, "1.000267", "121 × 0.0082666… = 1.00026666…"),
    Golden("+37322123456", 100, "cis", 100, "0.826667", "100 × 0.0082666… = 0.82666666…"),
    # Lithuania, Latvia, Poland, Germany
    Golden("+37060012345", 59, "neighbours", 60, "0.800000", "60 × 0.0133333…"),
    Golden("+37120012345", 61, "neighbours", 61, "0.813333", "61 × 0.0133333… = 0.81333333…"),
    Golden("+48221234567", 62, "neighbours", 62, "0.826667", "62 × 0.0133333… = 0.82666666…"),
    Golden("+4930123456", 90, "neighbours", 90, "1.200000", "90 × 0.0133333…"),
    # the rest of the world
    Golden("+12025550143", 1, "world", 60, "1.456000", "60 × 0.0242666…"),
    Golden("+380441234567", 61, "world", 61, "1.480267", "61 × 0.0242666… = 1.48026666…"),
    Golden("8108613812345678", 601, "world", 601, "14.584267", "601 × 0.0242666… = 14.58426666…"),
    Golden("+3725123456", 100, "world", 100, "2.426667", "100 × 0.0242666… = 2.42666666…"),
    # no rate: 902 is barred by default, and an unknown Belarusian number is not the rest of the world
    Golden("89021234567", 60, None, 0, "0", "no rate"),
    Golden("+375241234567", 60, None, 0, "0", "no rate"),
]


@pytest.mark.parametrize("golden", LIST_PRICES, ids=lambda golden: f"{golden.dialled}-{golden.talked}")
def test_list_price(golden: Golden) -> None:
    rate = TABLE.rate(normalise(golden.dialled).value, minsk("2026-10-05 12:00"))
    assert (rate and rate.destination) == golden.destination
    if rate:
        assert rate.billed(golden.talked) == golden.billed
        assert from_micro(cost_micro(rate.micro_per_minute, golden.billed)) == Decimal(golden.cost)


def test_there_are_at_least_forty_calls_and_every_destination() -> None:
    assert len(LIST_PRICES) >= 40
    assert {golden.destination for golden in LIST_PRICES} == {None} | {row.destination for row in rate_rows()}


@pytest.mark.parametrize(
    ("talked", "first", "following", "billed"),
    [
        (0, 60, 60, 0),
        (1, 60, 60, 60),
        (60, 60, 60, 60),
        (61, 60, 60, 120),
        (120, 60, 60, 120),
        (121, 60, 60, 180),
        (1, 1, 1, 1),
        (59, 1, 1, 59),
        (1, 30, 6, 30),
        (31, 30, 6, 36),
        (36, 30, 6, 36),
        (37, 30, 6, 42),
        (100, 30, 6, 102),
    ],
)
def test_increments(talked: int, first: int, following: int, billed: int) -> None:
    assert billed_seconds(talked, first, following) == billed


def test_a_rate_with_increments_of_its_own_and_a_longer_prefix() -> None:
    rows = [
        *rate_rows(),
        RateRow("+37517", "by-fixed", Decimal("0.0600")),
        RateRow("+375172", "minsk", Decimal("0.1000"), 30, 6),
    ]
    rate = RateTable(rows[:-2] + rows[-1:]).rate("+375172001122", minsk("2026-10-05 12:00"))
    assert rate
    assert (rate.destination, rate.billed(31)) == ("minsk", 36)
    assert from_micro(cost_micro(rate.micro_per_minute, 36)) == Decimal("0.060000")  # 36 × 0.1/60


@pytest.mark.parametrize(
    ("started_at", "cost", "arithmetic"),
    [
        ("2026-10-15 23:59:59", "0.060000", "60 × 0.001, the old rate"),
        ("2026-10-16 00:00:00", "0.090000", "60 × 0.0015, the new rate from midnight in Minsk"),
        ("2026-10-16 02:59:59", "0.090000", "still the 15th in UTC: the new rate all the same"),
        ("2026-10-20 12:00:00", "0.090000", "60 × 0.0015"),
    ],
)
def test_a_rate_changes_in_mid_month_at_midnight_in_minsk(started_at: str, cost: str, arithmetic: str) -> None:
    old = RateRow("+37517", "by-fixed", Decimal("0.0600"), valid_from=date(2026, 1, 1), valid_to=date(2026, 10, 16))
    new = replace(old, price_per_minute=Decimal("0.0900"), valid_from=date(2026, 10, 16), valid_to=None)
    rate = RateTable([new, old]).rate("+375172001122", minsk(started_at))
    assert rate
    assert from_micro(cost_micro(rate.micro_per_minute, 60)) == Decimal(cost)


def test_where_the_longest_prefix_is_not_in_force_the_next_one_is() -> None:
    rows = [
        RateRow("+7", "cis", Decimal("0.4960")),
        RateRow("+7495", "moscow", Decimal("0.3000"), valid_from=date(2026, 10, 1), valid_to=date(2026, 11, 1)),
    ]
    table = RateTable(rows)
    found = [
        table.rate("+74951234567", minsk(at)) for at in ("2026-09-30 23:59:59", "2026-10-31 23:59:59", "2026-11-01")
    ]
    assert [rate and rate.destination for rate in found] == ["cis", "moscow", "cis"]


@pytest.mark.parametrize(
    ("started_at", "month"),
    [
        ("2026-09-30 23:59:59", Month(2026, 9)),
        ("2026-10-01 00:00:00", Month(2026, 10)),
        ("2026-10-31 23:59:59", Month(2026, 10)),
        ("2026-12-31 23:59:59", Month(2026, 12)),
        ("2027-01-01 00:00:00", Month(2027, 1)),
    ],
)
def test_a_call_belongs_to_the_month_of_its_start_in_minsk(started_at: str, month: Month) -> None:
    assert Month.of(minsk(started_at)) == month


# -- included minutes

MOBILE, FIXED = 305_400, 60_000


def usage(at: str, billed: int, micro: int, leg: str = "") -> CoverableCall:
    return CoverableCall(call_key(int(minsk(at).timestamp()), "main", at, leg), billed, micro)


# Granted: 300 minutes = 18,000 s. Calls of the trunk and of its numbers use the same seconds, in order of their starts.
MONTH = [
    #     start               billed  price        covered  charged  cost        arithmetic
    (usage("2026-10-01 00:00:00", 9000, FIXED), 9000, 0, "0", "the trunk: 18000 − 9000 = 9000 s left"),
    (usage("2026-10-02 10:00:00", 60, MOBILE), 60, 0, "0", "a number of it: 8940 s left"),
    (usage("2026-10-02 10:00:00", 61, MOBILE, "b"), 61, 0, "0", "the other leg of the same second: 8879 s left"),
    (usage("2026-10-03 23:59:59", 8800, MOBILE), 8800, 0, "0", "79 s left"),
    (
        usage("2026-10-04 00:00:00", 100, MOBILE),
        79,
        21,
        "0.106890",
        "runs out in mid-call: 21 × 0.00509, no new minimum",
    ),
    (usage("2026-10-04 00:00:01", 60, MOBILE), 0, 60, "0.305400", "nothing left: 60 × 0.00509"),
    (usage("2026-10-31 23:59:59", 61, FIXED), 0, 61, "0.061000", "61 × 0.001"),
]


def test_minutes_run_out_in_mid_call_and_are_shared() -> None:
    state, outcome = price_calls(AllowanceState(18_000), [row[0] for row in MONTH])
    assert [(one.covered, one.priced, from_micro(one.cost)) for one in outcome] == [
        (covered, charged, Decimal(cost)) for _, covered, charged, cost, _ in MONTH
    ]
    assert (state.used, state.left) == (18_000, 0)
    assert state.watermark == MONTH[-1][0].key


def test_a_month_in_any_order_is_the_same_month() -> None:
    calls = [row[0] for row in MONTH]
    forward = price_calls(AllowanceState(18_000), calls)
    state, ordered, outcome = recompute(18_000, reversed(calls))
    assert (state, outcome) == forward
    assert ordered == calls


def test_an_earlier_call_cannot_be_appended() -> None:
    first, second = MONTH[0][0], MONTH[1][0]
    state, _ = price_calls(AllowanceState(18_000), [second])
    assert not state.takes([first])
    assert not state.takes([second])
    with pytest.raises(ValueError, match="order"):
        price_calls(state, [first])
    assert state.takes([MONTH[2][0]])


@pytest.mark.parametrize(
    ("minutes", "connected_on", "minutes_granted", "arithmetic"),
    [
        (300, date(2026, 9, 17), 300, "connected earlier"),
        (300, date(2026, 10, 1), 300, "31 of 31 days"),
        (300, date(2026, 10, 2), 291, "300 × 30/31 = 290.3…, rounded up"),
        (300, date(2026, 10, 16), 155, "300 × 16/31 = 154.8…, rounded up"),
        (300, date(2026, 10, 31), 10, "300 × 1/31 = 9.6…, rounded up"),
        (300, date(2026, 11, 1), 0, "not yet connected"),
        (0, date(2026, 10, 16), 0, "a plan without minutes"),
    ],
)
def test_minutes_of_the_month_of_connection(
    minutes: int, connected_on: date, minutes_granted: int, arithmetic: str
) -> None:
    assert included_seconds_of(minutes, connected_on, Month(2026, 10)) == minutes_granted * 60


def test_which_destinations_use_the_included_minutes() -> None:
    covered = {row.destination for row in rate_rows() if row.included}
    assert covered == {"by-mobile", "by-fixed"}
