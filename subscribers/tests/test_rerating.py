"""Re-rating after a change of prices: calls of an open month cost as if they were imported today (4.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.calls import months, partitions, rerated_trunk, rerating
from subscribers.calls.included_minutes import IncludedMinutes
from subscribers.calls.months import MonthClosedError
from subscribers.models import Allowance, BillingMonth, CallDailyTotal, CallRecord, Rate
from subscribers.rating import from_micro
from subscribers.tests.imported import forget, in_use, snapshot, take, totals_are_sums
from subscribers.tests.new_prices import cover, dearer, include
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line, random_lines, write

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
# Every other call is at noon: calls of the same second have a defined order too.
LINES = [
    replace(one, start=one.start.replace(hour=12, minute=0, second=0)) if number % 2 else one
    for number, one in enumerate(random_lines(60))
]


@pytest.fixture
def people(db: None, at: Callable[[str], Any]) -> Cast:
    at("2026-10-25 12:00")
    partitions.open_ahead()
    return cast(included_minutes=3)


def line(number: int, day: int, called: str, talked: int, calling: str = "375447112030") -> Line:
    return Line(f"u-{number}", datetime(2026, 10, day, 12, number), calling, called, talked)  # noqa: DTZ001


MOBILE, FIXED, RUSSIA, PREMIUM = "80297654321", "80172001122", "810 7 495 1234567", "89021234567"
OURS = "375447112040"


def costs() -> dict[str, list[Any]]:
    fields = ("destination__code", "billed_seconds", "included_seconds", "cost")
    return {call: [*row] for call, *row in CallRecord.objects.filter(direction="out").values_list("call_id", *fields)}


def prices() -> dict[str, Decimal]:
    return {call: row[-1] for call, row in costs().items()}


def october_of(folder: Path) -> None:
    """The calls of the golden case as imported: 180 seconds are included."""
    take(write(folder / "Master.csv", [
        line(0, 1, RUSSIA, 60), line(1, 5, MOBILE, 90), line(2, 5, FIXED, 120), line(3, 5, RUSSIA, 90),
        line(4, 6, MOBILE, 0), line(5, 6, PREMIUM, 0), line(6, 6, OURS, 30), line(7, 7, "101", 30),
    ]))  # fmt: skip
    assert costs() == {
        "u-0": ["cis", 60, 0, Decimal("0.496")],
        "u-1": ["by-mobile", 90, 90, Decimal(0)],
        "u-2": ["by-fixed", 120, 90, Decimal("0.03")],  # 30 × 0.001
        "u-3": ["cis", 90, 0, Decimal("0.744")],  # 90 × 0.496 / 60
        "u-4": ["by-mobile", 0, 0, Decimal(0)],
        "u-5": [None, 0, 0, Decimal(0)],
        "u-6": ["on-net", 60, 0, Decimal("0.1302")],
        "u-7": ["emergency", 60, 0, Decimal(0)],
    }


def test_golden(people: Cast, tmp_path: Path) -> None:
    october_of(tmp_path)
    dearer("375297", "0.6", since=date(2026, 10, 2), first=100)
    dearer("7", "0.6", since=date(2026, 10, 2))
    dearer("7495", "1.2", since=date(2026, 10, 6), destination="neighbours")
    dearer("375902", "2", since=date(2026, 10, 1), destination="premium")
    include(2)
    outcome = rerating.rerate(month=OCTOBER)
    assert costs() == {
        "u-0": ["cis", 60, 0, Decimal("0.496")],  # before the new rate
        "u-1": ["by-mobile", 100, 100, Decimal(0)],  # the first step is 100 seconds
        "u-2": ["by-fixed", 120, 20, Decimal("0.1")],  # 120 s included: 100 × 0.001
        "u-3": ["cis", 90, 0, Decimal("0.9")],  # 90 × 0.01
        "u-4": ["by-mobile", 0, 0, Decimal(0)],
        "u-5": ["premium", 0, 0, Decimal(0)],  # an unanswered call to a barred destination, which has a rate now
        "u-6": ["on-net", 60, 0, Decimal("0.1302")],
        "u-7": ["emergency", 60, 0, Decimal(0)],
    }
    allowance = Allowance.objects.get(trunk=people.trunk)
    assert (allowance.granted_seconds, allowance.used_seconds) == (120, 120)
    assert (outcome.trunks, outcome.calls, outcome.changed, outcome.without_rate) == (1, 8, 5, 0)
    assert from_micro(outcome.after - outcome.before) == Decimal("0.226")  # 0.07 + 0.156
    assert totals_are_sums()
    assert not CallDailyTotal.objects.filter(destination=None, direction="out").exists()  # the only such call has moved


def test_what_is_right_is_not_written_again(people: Cast, tmp_path: Path) -> None:
    october_of(tmp_path)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        outcome = rerating.rerate(month=OCTOBER)
    assert (outcome.calls, outcome.changed, outcome.before) == (8, 0, outcome.after)
    assert not [q["sql"] for q in queries if q["sql"].startswith(("UPDATE", "DELETE"))]
    dearer("7", "0.6", since=date(2026, 10, 2))
    assert rerating.rerate(month=OCTOBER).changed == 1
    assert rerating.rerate(month=OCTOBER).changed == 0


def test_a_call_without_a_tariff_stays_as_it_is_and_is_counted(people: Cast, tmp_path: Path) -> None:
    october_of(tmp_path)
    before = snapshot()
    Rate.objects.filter(
        prefix__in=["7", "375297", ""], is_short=False
    ).delete()  # 7 must not get the rest-of-the-world rate
    outcome = rerating.rerate(month=OCTOBER)
    assert (outcome.without_rate, outcome.is_partial) == (3, True)
    after = snapshot()
    assert after["minutes"] == before["minutes"]
    assert [call for call in after["calls"] if call[0] != "u-4"] == [
        call for call in before["calls"] if call[0] != "u-4"
    ]
    assert costs()["u-4"] == [None, 0, 0, Decimal(0)]  # unanswered: treated as barred


def test_minutes_are_counted_anew_with_the_terms_of_today(people: Cast, tmp_path: Path) -> None:
    october_of(tmp_path)
    include(1)
    assert rerating.rerate(month=OCTOBER).changed == 2
    assert costs()["u-1"][2:] == [60, Decimal("0.1527")]  # 30 × 0.00509
    assert costs()["u-2"][2:] == [0, Decimal("0.12")]
    cover()
    rerating.rerate(month=OCTOBER)
    allowance = Allowance.objects.get(trunk=people.trunk)
    assert (allowance.granted_seconds, allowance.used_seconds, allowance.watermark) == (60, 0, "")
    assert not CallRecord.objects.filter(included_seconds__gt=0).exists()


def test_only_one_account(people: Cast, tmp_path: Path) -> None:
    other = people.stranger
    take(write(tmp_path / "Master.csv", [line(1, 5, RUSSIA, 60), line(2, 5, RUSSIA, 60, calling=OURS)]))
    dearer("7", "0.6", since=date(2026, 10, 2))
    assert rerating.size(month=OCTOBER, account=other.account) == 1
    outcome = rerating.rerate(month=OCTOBER, account=other.account)
    assert (outcome.trunks, outcome.calls, outcome.changed) == (1, 1, 1)
    assert prices() == {"u-1": Decimal("0.496"), "u-2": Decimal("0.6")}


def test_a_dry_run_counts_and_keeps_nothing(people: Cast, tmp_path: Path) -> None:
    october_of(tmp_path)
    before = snapshot()
    dearer("7", "0.6", since=date(2026, 10, 2))
    include(1)
    rehearsed = rerating.rerate(month=OCTOBER, dry_run=True)
    assert snapshot() == before
    assert rerating.rerate(month=OCTOBER) == rehearsed
    assert rehearsed.changed == 3


def two_trunks(folder: Path) -> None:
    take(write(folder / "Master.csv", [line(1, 5, RUSSIA, 60), line(2, 5, RUSSIA, 60, calling=OURS)]))
    dearer("7", "0.6", since=date(2026, 10, 2))


def close(_calls: int) -> None:
    BillingMonth.objects.filter(month=OCTOBER.first_day).update(closed_at=clock.now())


def test_a_closed_month_is_refused(people: Cast, tmp_path: Path) -> None:
    two_trunks(tmp_path)
    before = snapshot()
    close(0)
    with pytest.raises(MonthClosedError, match="Октябрь 2026 уже закрыт"):
        rerating.rerate(month=OCTOBER)
    assert snapshot() == before


def test_a_month_that_closes_meanwhile_takes_no_more(people: Cast, tmp_path: Path) -> None:
    two_trunks(tmp_path)
    with pytest.raises(MonthClosedError):
        rerating.rerate(month=OCTOBER, progress=close)
    assert prices() == {"u-1": Decimal("0.6"), "u-2": Decimal("0.496")}


def test_without_the_look_at_each_trunk_a_closed_month_would_change(
    people: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_trunks(tmp_path)
    monkeypatch.setattr(months, "hold", lambda _months: frozenset())
    rerating.rerate(month=OCTOBER, progress=close)
    assert prices() == {"u-1": Decimal("0.6"), "u-2": Decimal("0.6")}


PREFIXES = ("375297", "37533", "37517", "37522", "37544", "7", "48", "", "37529765", "7495", "4822", "1749")
CODES = ("on-net", "by-mobile", "by-fixed", "cis", "neighbours", "world")
DAYS = st.dates(date(2026, 9, 1), date(2026, 10, 31))
NEW_RATES = st.lists(
    st.tuples(
        st.sampled_from(PREFIXES), st.integers(0, 3_000_000), DAYS, st.integers(1, 90), st.integers(1, 60),
        st.sampled_from(CODES),
    ),
    max_size=6, unique_by=lambda one: one[0],
)  # fmt: skip


@pytest.mark.full
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rates=NEW_RATES,
    covered=st.none() | st.lists(st.sampled_from(CODES), unique=True),
    minutes=st.sampled_from([0, 3, 15, 60]),
    chunk=st.integers(1, 70),
    backwards=st.booleans(),
)
def test_equal_to_an_import_from_scratch_at_the_new_prices(
    tmp_path: Path, people: Cast, *, rates: Any, covered: list[str] | None, minutes: int, chunk: int, backwards: bool
) -> None:
    path = write(tmp_path / "Master.csv", LINES[::-1] if backwards else LINES)
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(rerated_trunk, "CHUNK", chunk)
        take(path)
        for prefix, price, since, first, following, code in rates:
            dearer(prefix, str(from_micro(price)), since=since, first=first, following=following, destination=code)
        if covered is not None:
            cover(*covered)
        include(minutes)
        for month in (SEPTEMBER, OCTOBER):
            rerating.rerate(month=month)
        found = snapshot()
        assert totals_are_sums()
        assert [rerating.rerate(month=month).changed for month in (SEPTEMBER, OCTOBER)] == [0, 0]
        assert snapshot() == found
        assert granted_as_today()
        forget()
        take(path)
        expected = snapshot()
        transaction.set_rollback(True)
    assert in_use(found) == in_use(expected)


def granted_as_today() -> bool:
    rows = Allowance.objects.select_related("trunk")
    return all(
        row.granted_seconds == IncludedMinutes.of([row.trunk_id]).seconds(row.trunk, Month.of(row.month))
        for row in rows
    )
