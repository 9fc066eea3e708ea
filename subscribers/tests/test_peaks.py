"""Daily peaks of simultaneous calls: compared with a slow count, marked by imports, counted once (3.3)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipcabinet.lib import clock
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import midnight
from sipcabinet.tests.at_once import at_once
from subscribers.calls import partitions, peaks
from subscribers.models import CallDirection, CallOutcome, CallRecord, ChannelPeak, Subscriber
from subscribers.tasks import count_peaks
from subscribers.tests.factories import CallFactory, NumberFactory, TrunkFactory
from subscribers.tests.imported import take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, random_lines, write

DAY = datetime(2026, 10, 1, tzinfo=MINSK).date()  # on the border of two partitions
ONE_DAY = timedelta(days=1)


class Occupied(NamedTuple):
    """A call given by its start in seconds from the day's midnight, and its length in seconds."""

    second: int
    duration: int


def peak_by_hand(calls: list[Occupied]) -> int:
    """Counts the calls under way at every second at which a call begins, and at midnight."""
    seconds = {0, *(call.second for call in calls if 0 <= call.second < 86400)}
    return max(sum(call.second <= second < call.second + call.duration for call in calls) for second in seconds)


def counted(trunk: Subscriber) -> int:
    ChannelPeak.objects.update_or_create(
        trunk=trunk, day=DAY, defaults={"account_id": trunk.account_id, "counted_at": None}
    )
    assert peaks.count() >= 1
    row = ChannelPeak.objects.get(trunk=trunk, day=DAY)
    assert row.counted_at is not None
    return row.calls


def make(subscriber: Subscriber, calls: list[Occupied], **fields: Any) -> None:
    for call in calls:
        CallFactory.create(
            subscriber=subscriber,
            started_at=midnight(DAY) + timedelta(seconds=call.second),
            duration=call.duration,
            talk_seconds=0,
            billed_seconds=0,
            cost=0,
            **fields,
        )


# Three narrow hours (around the midnight before, at noon, around the midnight after), so that calls do overlap.
MOMENTS = st.one_of(st.integers(-600, 600), st.integers(43_000, 43_300), st.integers(85_800, 87_000))
CALLS = st.lists(st.builds(Occupied, MOMENTS, st.one_of(st.integers(0, 5), st.integers(0, 900))), max_size=25)


@pytest.mark.full
@pytest.mark.django_db
@given(calls=CALLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sweep_counts_as_by_hand(calls: list[Occupied]) -> None:
    with transaction.atomic():
        trunk = TrunkFactory.create()
        make(trunk, calls)
        assert counted(trunk) == peak_by_hand(calls)
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("calls", "peak"),
    [
        ([], 0),
        ([(100, 60), (160, 60)], 1),  # the second begins when the first ends
        ([(100, 60), (159, 60)], 2),
        ([(100, 0), (100, 0)], 0),  # refused at once: no channel was taken
        ([(-60, 61), (0, 1)], 2),  # begun the day before, ended on the day
        ([(-60, 60), (0, 1)], 1),  # ended exactly at midnight
        ([(86_399, 5), (86_399, 1)], 2),
        ([(86_400, 5)], 0),  # a call of the next day
        ([(-86_400, 90_000)], 1),
        ([(-86_401, 90_000)], 0),  # begun two days before: not counted
    ],
)
def test_borders_of_calls_and_days(calls: list[tuple[int, int]], peak: int) -> None:
    trunk = TrunkFactory.create()
    make(trunk, [Occupied(*call) for call in calls])
    assert counted(trunk) == peak


@pytest.mark.django_db
def test_every_record_of_the_trunk_and_its_numbers_takes_a_channel() -> None:
    trunk, other = TrunkFactory.create(), TrunkFactory.create()
    number = NumberFactory.create(trunk=trunk)
    make(trunk, [Occupied(100, 60)])
    make(number, [Occupied(110, 60)], direction=CallDirection.IN, outcome=CallOutcome.NO_ANSWER, destination=None)
    make(number, [Occupied(120, 60)], outcome=CallOutcome.BUSY)
    make(other, [Occupied(100, 60)])
    assert counted(trunk) == 3
    assert counted(other) == 1


@pytest.mark.django_db
def test_only_the_partitions_of_the_day_are_looked_at() -> None:
    trunk = TrunkFactory.create()
    for month in (8, 9, 10, 11):
        CallFactory.create(subscriber=trunk, started_at=datetime(2026, month, 2, 12, tzinfo=MINSK))
    for day, months in ((DAY, ["2026_09", "2026_10"]), (DAY + ONE_DAY, ["2026_10"])):
        row = ChannelPeak.objects.create(account_id=trunk.account_id, trunk=trunk, day=day)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {peaks._COUNT}", peaks._sweep(row, clock.now()))
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert [month for month in ("2026_08", "2026_09", "2026_10", "2026_11") if month in plan] == months
        assert "trunk_id_started_at" in plan  # the index call_of_trunk in the partition


@pytest.mark.django_db
def test_a_day_is_one_statement() -> None:
    trunk = TrunkFactory.create()
    make(trunk, [Occupied(100, 60)])
    ChannelPeak.objects.create(account_id=trunk.account_id, trunk=trunk, day=DAY)
    with CaptureQueriesContext(connection) as queries:
        count_peaks()
    touched = [query["sql"] for query in queries if "subscribers_callrecord" in query["sql"]]
    assert len(touched) == 1


@pytest.mark.django_db
def test_work_is_done_in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "BATCH_DAYS", 2)
    trunk = TrunkFactory.create()
    for back in range(5):
        ChannelPeak.objects.create(account_id=trunk.account_id, trunk=trunk, day=DAY - ONE_DAY * back)
    assert peaks.count(most=3) == 3
    left = ChannelPeak.objects.filter(counted_at__isnull=True).order_by("day").values_list("day", flat=True)
    assert list(left) == [DAY - ONE_DAY * 4, DAY - ONE_DAY * 3]  # the newest were counted first
    assert peaks.count() == 2
    assert peaks.count() == 0


# --- Imports ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def _prepared(at: Callable[[str], Any], transactional_db: None) -> None:
    at("2026-10-25 12:00")
    partitions.open_ahead()
    cast(10)


def marked() -> set[tuple[str, str]]:
    rows = ChannelPeak.objects.filter(counted_at__isnull=True).select_related("trunk")
    return {(row.trunk.phone, row.day.isoformat()) for row in rows}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_prepared")
def test_an_import_marks_the_days_it_touches(tmp_path: Path) -> None:
    lines = [
        Line("u-1", datetime(2026, 10, 2, 12), talked=60),  # noqa: DTZ001
        Line("u-2", datetime(2026, 10, 3, 23, 59, 30), talked=60),  # noqa: DTZ001
    ]
    path = write(tmp_path / "a.csv", lines)
    take(path)
    days = {("+375447112030", f"2026-10-0{day}") for day in (2, 3, 4)}
    assert marked() == days
    assert peaks.count() == 3
    assert set(ChannelPeak.objects.values_list("calls", flat=True)) == {1}
    take(path)  # nothing new: nothing to count
    assert marked() == set()
    take(write(tmp_path / "b.csv", [Line("u-3", datetime(2026, 10, 2, 12), talked=30)]))  # noqa: DTZ001
    assert marked() == {("+375447112030", "2026-10-02")}
    peaks.count()
    assert ChannelPeak.objects.get(day="2026-10-02").calls == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_prepared")
def test_counts_beside_imports_lose_no_call(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_BATCH_ROWS = 5
    lines = random_lines(200)
    parts = [write(tmp_path / f"{part}.csv", lines[part::4]) for part in range(4)]
    works: list[Callable[[], Any]] = [*(lambda path=path: take(path) for path in parts)]
    works += [lambda: [peaks.count() for _ in range(40)], lambda: [peaks.count() for _ in range(40)]]
    at_once(works)
    peaks.count()
    assert CallRecord.objects.exists()
    assert list(as_counted()) == list(by_hand())


def as_counted() -> Iterator[tuple[int, Any, int]]:
    rows = ChannelPeak.objects.filter(counted_at__isnull=False).order_by("trunk_id", "day")
    return ((row.trunk_id, row.day, row.calls) for row in rows)


def by_hand() -> Iterator[tuple[int, Any, int]]:
    """Likewise, for every day on which a call was under way or at least began."""
    calls = list(CallRecord.objects.values_list("trunk_id", "started_at", "duration"))
    days = set()
    for trunk_id, started_at, duration in calls:
        first, last = (clock.minsk(started_at + timedelta(seconds=s)).date() for s in (0, max(0, duration - 1)))
        days |= {(trunk_id, first), (trunk_id, last)}
    for trunk_id, day in sorted(days):
        start = midnight(day)
        occupied = [
            Occupied(int((started_at - start).total_seconds()), duration)
            for whose, started_at, duration in calls
            if whose == trunk_id
        ]
        yield trunk_id, day, peak_by_hand(occupied)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_prepared")
def test_without_the_lock_of_a_marked_day_calls_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next import must also lock a day that is already marked, or a count in between misses its calls."""
    first, second = (
        write(tmp_path / f"{name}.csv", [Line(name, datetime(2026, 10, 2, 12), talked=60)])  # noqa: DTZ001
        for name in ("u-1", "u-2")
    )
    mark = peaks.mark_staged

    def count_before_the_commit(cursor: Any) -> None:
        mark(cursor)
        at_once([peaks.count])

    take(first)
    monkeypatch.setattr(peaks, "mark_staged", count_before_the_commit)
    take(second)
    assert marked() == {("+375447112030", "2026-10-02")}
    peaks.count()
    assert ChannelPeak.objects.get(day="2026-10-02").calls == 2

    ChannelPeak.objects.update(counted_at=None)
    nothing = peaks._MARK_STAGED.split("DO UPDATE", maxsplit=1)[0] + "DO NOTHING"
    monkeypatch.setattr(peaks, "_MARK_STAGED", nothing)
    take(write(tmp_path / "u-3.csv", [Line("u-3", datetime(2026, 10, 2, 12), talked=60)]))  # noqa: DTZ001
    peaks.count()
    assert ChannelPeak.objects.get(day="2026-10-02").calls == 2
