"""Legs of one FreeSWITCH call count once, for any order, split and mixture of files (4.4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers.calls import imports, legs, months, partitions, rejects, rollup, sources
from subscribers.models import CallImport, CallRecord, CallReject
from subscribers.selectors import doubled_calls
from subscribers.tests.closed_months import OCTOBER, SEPTEMBER
from subscribers.tests.imported import in_use, snapshot, take, totals_are_sums
from subscribers.tests.leg_lines import MINUTES, MOBILE, NUMBER, OTHER, OUTSIDE, START, TRUNK, counted, pair, uid
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

FILES = Path(__file__).parent / "files"


@pytest.fixture
def prepared(at: Callable[[str], Any], db: None) -> None:
    at("2026-10-28 12:00")
    partitions.open_ahead()
    cast(MINUTES)


def taken(*files: list[Line], folder: Path) -> list[imports.ImportCounts]:
    return [take(write(folder / f"{no}.csv", lines)) for no, lines in enumerate(files)]


def test_both_legs_of_a_call_are_one_call(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-28 12:00")
    partitions.open_ahead()
    cast(included_minutes=0)
    counts = take(FILES / "freeswitch-legs.csv")
    assert (counts.read, counts.new, counts.duplicate, counts.rejected) == (2, 1, 1, 0)
    call = CallRecord.objects.get()
    assert (call.call_id[0], call.billed_seconds, call.cost) == ("a", 120, Decimal("0.260400"))
    assert totals_are_sums()


ORDERS = {"one file": [[0, 1]], "backwards": [[1, 0]], "two files": [[0], [1]], "the second leg first": [[1], [0]]}


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("mutual", [False, True])
def test_in_any_order_and_in_different_files(tmp_path: Path, order: list[list[int]], mutual: bool) -> None:
    lines = pair(1, mutual=mutual)
    counts = taken(*([lines[no] for no in file] for file in order), folder=tmp_path)
    assert (sum(one.new for one in counts), sum(one.duplicate for one in counts)) == (1, 1)
    assert counted() == [(uid(1), "out", TRUNK, 120)]
    assert totals_are_sums()
    before = snapshot()
    again = taken(lines, folder=tmp_path)
    assert (again[0].new, again[0].duplicate) == (0, 2)
    assert snapshot() == before


@pytest.mark.usefixtures("prepared")
def test_without_the_links_both_are_billed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legs, "look", lambda _rows, _seen: legs.Links())
    taken(pair(1), folder=tmp_path)
    assert len(counted()) == 2
    assert [call.call_id for call in doubled_calls.every(since=SEPTEMBER)] == [uid(2)]
    monkeypatch.undo()
    taken(pair(1)[:1], folder=tmp_path)  # importing the file again corrects calls doubled by an older version
    assert counted() == [(uid(1), "out", TRUNK, 120)]
    assert doubled_calls.every(since=SEPTEMBER) == []


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize(
    ("second", "calls"),
    [
        ({"calling": "anonymous"}, 1),
        ({"called": "80333334455"}, 1),
        ({"called": "375172001122"}, 1),  # the switch replaced the dialled number by another one
        ({"talked": 60}, 1),
    ],
)
def test_what_the_second_leg_may_say(tmp_path: Path, second: dict[str, Any], calls: int) -> None:
    for order in ([0, 1], [1, 0]):
        with transaction.atomic():
            taken(*([pair(1, **second)[no]] for no in order), folder=tmp_path)
            assert CallRecord.objects.count() == calls
            transaction.set_rollback(True)


@pytest.mark.usefixtures("prepared")
def test_an_id_that_comes_up_again_after_the_call_is_another_call(tmp_path: Path) -> None:
    first, second = pair(1)
    taken([first], [replace(second, start=START + timedelta(hours=3))], folder=tmp_path)
    assert [call_id for call_id, *_ in counted()] == [uid(1), uid(2)]


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("files", [[[0, 1]], [[1], [0]]])
def test_a_forwarded_leg_is_a_call_of_its_own(tmp_path: Path, files: list[list[int]]) -> None:
    lines = pair(1, calling=OTHER)
    lines[0] = replace(lines[0], calling=OTHER, called=TRUNK)
    taken(*([lines[no] for no in file] for file in files), folder=tmp_path)
    expected = [(uid(1), "in", TRUNK, 0), (uid(1), "out", OTHER, 120), (uid(2), "out", TRUNK, 120)]
    assert counted() == expected
    assert doubled_calls.every(since=SEPTEMBER) == []


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("called", ["veter", "2051", NUMBER])
def test_a_leg_that_brings_the_call_to_its_trunk_is_the_same_call(tmp_path: Path, called: str) -> None:
    lines = pair(1, calling=OUTSIDE, called=called)
    lines[0] = replace(lines[0], calling=OUTSIDE, called=TRUNK)
    taken(lines[:1], lines[1:], folder=tmp_path)
    assert counted() == [(uid(1), "in", TRUNK, 0)]
    assert not CallReject.objects.exists()


@pytest.mark.usefixtures("prepared")
def test_a_rejected_second_leg_is_resolved_by_trying_again(tmp_path: Path) -> None:
    lines = pair(1, called="veter")
    taken(lines[1:], lines[:1], folder=tmp_path)
    assert CallReject.objects.get().code == "bad_number"
    found = rejects.retry()
    assert (found.duplicate, found.rejected) == (1, 0)
    assert counted() == [(uid(1), "out", TRUNK, 120)]


@pytest.mark.usefixtures("prepared")
def test_the_second_leg_counts_where_the_first_is_nobodys(tmp_path: Path) -> None:
    lines = pair(1)
    lines[0] = replace(lines[0], calling="205", code="")
    taken(lines, folder=tmp_path)
    assert counted() == [(uid(2), "out", TRUNK, 120)]
    assert CallReject.objects.count() == 1


def test_a_leg_that_a_closed_month_charged_stays(at: Callable[[str], Any], prepared: None, tmp_path: Path) -> None:
    taken(pair(1)[1:], folder=tmp_path)
    at("2026-11-05 12:00")
    months.close(OCTOBER)
    before = snapshot()
    (counts,) = taken(pair(1)[:1], folder=tmp_path)
    assert (counts.new, counts.duplicate) == (0, 1)
    assert snapshot() == before


def test_what_the_closed_month_lacks_is_charged_late(at: Callable[[str], Any], prepared: None, tmp_path: Path) -> None:
    lines = pair(1, calling="anonymous", called=OTHER, code=OTHER)  # brought to OTHER: nobody pays for this leg
    lines[0] = replace(lines[0], called=OTHER)
    taken(lines[1:], folder=tmp_path)
    at("2026-11-05 12:00")
    months.close(OCTOBER)
    taken(lines[:1], folder=tmp_path)
    assert counted() == [(uid(1), "out", TRUNK, 120), (uid(2), "in", OTHER, 0)]
    assert str(CallRecord.objects.get(direction="out").charged_in) == "2026-11-01"


@pytest.mark.usefixtures("prepared")
def test_a_rehearsal_says_the_same(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_BATCH_ROWS = 1
    source = sources.find(name="main", fmt="freeswitch")
    for lines in (pair(1), pair(3)[::-1]):
        with write(tmp_path / "a.csv", lines).open("rb") as file:
            counts = imports.rehearse(file, source)
        assert (counts.new, counts.duplicate) == (1, 1)
    assert not CallRecord.objects.exists()


@pytest.mark.usefixtures("prepared")
def test_numbers_in_place_of_ids_are_no_links(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id;leg;src;dst;start;billsec\n"
        f"1;2;{TRUNK};{MOBILE};2026-10-26 10:00:00;60\n2;1;{TRUNK};{MOBILE};2026-10-26 10:00:10;60\n"
    )
    source = sources.find(name="pbx", fmt="generic")
    assert imports.run(imports.begin(path=path, source=source), path).new == 2


# --- Any order, split and mixture ------------------------------------------------------------------------------------
def mixture() -> tuple[list[Line], set[tuple[str, str, str]]]:
    """Rows of every kind over the minutes of two months, with the expected records: id, direction, number."""
    lines: list[Line] = []
    expected: set[tuple[str, str, str]] = set()
    for no in range(8):
        start = datetime(2026, 9, 30, 23, 58) + timedelta(minutes=no)  # noqa: DTZ001
        first, second = 100 * no + 1, 100 * no + 2
        kind = no % 4
        if kind == 0:
            lines += pair(first, start=start)
        elif kind == 1:
            lines += pair(first, start=start, mutual=True, calling="anonymous")
        elif kind == 2:  # from outside, then forwarded
            forwarded = pair(first, start=start, calling=OUTSIDE)
            lines += [replace(forwarded[0], calling=OUTSIDE, called=TRUNK), forwarded[1]]
            expected |= {(uid(first), "in", TRUNK), (uid(second), "out", TRUNK)}
            continue
        else:  # to another customer; each leg has its own code
            to_other = pair(first, start=start, called=OTHER, calling="205", code=OTHER)
            lines += [replace(to_other[0], calling="205", called=OTHER), to_other[1]]
            expected.add((uid(first), "in", OTHER))
        expected.add((uid(first), "out", TRUNK))
    return lines, expected


LINES, EXPECTED = mixture()


@st.composite
def splits(draw: st.DrawFn) -> list[list[int]]:
    order = draw(st.permutations(range(len(LINES))))
    borders = sorted(draw(st.lists(st.integers(0, len(LINES)), max_size=3)))
    files = [order[a:b] for a, b in zip([0, *borders], [*borders, len(LINES)], strict=True)]
    return [*files, draw(st.lists(st.sampled_from(range(len(LINES))), max_size=4))]


def left_by(files: list[list[int]], folder: Path, batch: int) -> dict[str, list[Any]]:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(portal, "IMPORT_BATCH_ROWS", batch)
        counts = taken(*([LINES[no] for no in file] for file in files), folder=folder)
        assert {row[:3] for row in counted()} == EXPECTED
        assert sum(one.new for one in counts) == len({call_id for call_id, *_ in EXPECTED})
        assert totals_are_sums()
        assert doubled_calls.every(since=SEPTEMBER) == []
        found = in_use(snapshot())
        transaction.set_rollback(True)
    return found


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=splits(), batch=st.integers(1, 12))
def test_each_call_counts_once_and_to_its_trunk(
    tmp_path: Path, prepared: None, files: list[list[int]], batch: int
) -> None:
    assert left_by(files, tmp_path, batch) == left_by([list(range(len(LINES)))], tmp_path, 99)


# --- At the same moment ----------------------------------------------------------------------------------------------
def at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports the legs of one call in two threads that wait for each other before they end, at most a second."""
    months.hold([OCTOBER.first_day])
    barrier, add_staged = Barrier(2, timeout=1.0), rollup.add_staged

    def meet(cursor: Any) -> None:
        with suppress(BrokenBarrierError):
            barrier.wait()
        add_staged(cursor)

    def one(line: Line) -> None:
        try:
            take(write(folder / f"{line.uuid}.csv", [line]))
        finally:
            connection.close()

    monkeypatch.setattr(rollup, "add_staged", meet)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [replace(line, talked=0) for line in pair(1)]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_imports_at_once_do_not_both_count_a_leg(
    at: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    at("2026-10-28 12:00")
    partitions.open_ahead()
    cast()
    sources.find(name="main", fmt="freeswitch")
    if not locked:
        monkeypatch.setattr(legs, "hold", lambda _source: None)
    at_once(tmp_path, monkeypatch)
    assert CallImport.objects.count() == 2
    assert CallRecord.objects.count() == (1 if locked else 2)
