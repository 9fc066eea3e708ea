"""A call that is transferred again has a leg of a leg: the first row of the chain alone is counted (4.4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers import tasks
from subscribers.calls import legs, months, partitions, rejects, rows, second_legs
from subscribers.models import CallRecord, CallReject, CallSource, SecondLeg
from subscribers.selectors import doubled_calls
from subscribers.tests.closed_months import OCTOBER, SEPTEMBER
from subscribers.tests.imported import in_use, snapshot, take, totals_are_sums
from subscribers.tests.leg_lines import MINUTES, OTHER, START, TRUNK, chain, counted, uid
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write


def take_each(lines: list[Line], folder: Path) -> None:
    for no, line in enumerate(lines):
        take(write(folder / f"{no}-{line.uuid}.csv", [line]))


@pytest.fixture(autouse=True)
def prepared(at: Callable[[str], Any], db: None) -> None:
    at("2026-10-28 12:00")
    partitions.open_ahead()
    cast(MINUTES)


@pytest.mark.parametrize("length", [3, pytest.param(4, marks=pytest.mark.full)])
@pytest.mark.parametrize("closed", [False, True], ids=["open", "in a circle"])
def test_in_any_order_each_in_a_file_of_its_own(tmp_path: Path, length: int, closed: bool) -> None:
    lines = chain(1, length, closed=closed)
    for order in permutations(lines):
        with transaction.atomic():
            take_each(list(order), tmp_path)
            found = counted()
            assert len(found) == 1, [line.uuid for line in order]
            assert closed or found == [(uid(1), "out", TRUNK, 120)]
            assert totals_are_sums()
            assert doubled_calls.every(since=SEPTEMBER) == []
            before = snapshot()
            take_each(list(reversed(order)), tmp_path)
            assert snapshot() == before
            transaction.set_rollback(True)


@pytest.mark.parametrize("closed", [False, True], ids=["open", "in a circle"])
def test_in_one_file_the_first_counts(tmp_path: Path, closed: bool) -> None:
    for order in permutations(chain(1, 3, closed=closed)):
        with transaction.atomic():
            counts = take(write(tmp_path / "all.csv", order))
            assert (counts.new, counts.duplicate) == (1, 2)
            assert counted() == [(uid(1), "out", TRUNK, 120)]
            transaction.set_rollback(True)


def test_without_stored_second_legs_the_third_is_billed_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_legs, "naming", lambda _source, _ids: {})
    take_each(chain(1, 3), tmp_path)
    assert [call_id for call_id, *_ in counted()] == [uid(1), uid(3)]
    assert [call.call_id for call in doubled_calls.every(since=SEPTEMBER)] == [uid(3)]


def test_an_ordinary_second_leg_is_not_stored(tmp_path: Path) -> None:
    one, other = chain(1, 2), chain(11, 2, closed=True)
    take_each([*one, *other, *chain(21, 2)[::-1]], tmp_path)
    assert not SecondLeg.objects.exists()
    take_each(chain(31, 3), tmp_path)
    assert [(leg.call_id, leg.names) for leg in SecondLeg.objects.all()] == [(uid(32), uid(33))]


def test_a_rejected_second_leg_connects_the_others_when_it_is_tried_again(tmp_path: Path) -> None:
    first, second, third = chain(1, 3)
    second = replace(second, called="veter")
    take_each([third, second], tmp_path)
    assert CallReject.objects.get().code == "bad_number"
    assert [call_id for call_id, *_ in counted()] == [uid(3)]
    take_each([first], tmp_path)
    assert rejects.retry().duplicate == 1
    assert counted() == [(uid(1), "out", TRUNK, 120)]
    assert totals_are_sums()


def test_a_rejected_leg_that_belongs_to_no_call_counts_nothing_and_hides_nothing(tmp_path: Path) -> None:
    second, third, fourth = chain(1, 3)
    lines = [replace(second, called="veter"), replace(third, called="veter"), fourth]
    counts = take(write(tmp_path / "all.csv", lines))
    assert (counts.new, counts.duplicate, counts.rejected) == (1, 0, 2)
    assert [call_id for call_id, *_ in counted()] == [uid(3)]


def test_a_leg_that_a_closed_month_charged_stays(at: Callable[[str], Any], tmp_path: Path) -> None:
    first, second, third = chain(1, 3)
    take_each([third, first], tmp_path)
    at("2026-11-05 12:00")
    months.close(OCTOBER)
    before = snapshot()
    take_each([second], tmp_path)
    assert snapshot() == before


def test_a_transferred_leg_to_another_number_is_a_call_of_its_own(tmp_path: Path) -> None:
    first, second, third = chain(1, 3)
    lines = [first, replace(second, called=OTHER), replace(third, calling=OTHER, code=OTHER)]
    for order in permutations(lines):
        with transaction.atomic():
            take_each(list(order), tmp_path)
            assert [call_id for call_id, *_ in counted()] == [uid(1), uid(3)]
            assert doubled_calls.every(since=SEPTEMBER) == []
            transaction.set_rollback(True)


def test_second_legs_go_with_the_months_of_their_calls(tmp_path: Path) -> None:
    take_each(chain(1, 3), tmp_path)
    tasks.keep_partitions()
    assert SecondLeg.objects.count() == 1
    long_ago = {"started_at": datetime(2020, 1, 1, tzinfo=UTC), "duration": 60, "call_id": uid(11), "names": uid(12)}
    SecondLeg.objects.create(source=CallSource.objects.get(), **long_ago)
    tasks.keep_partitions()
    assert SecondLeg.objects.get().call_id == uid(2)


LINES = [*chain(1, 3), *chain(11, 4, start=START + timedelta(seconds=40)), *chain(21, 2), *chain(31, 3, closed=True)]
EXPECTED = {uid(1), uid(11), uid(21)}


@st.composite
def splits(draw: st.DrawFn) -> list[list[Line]]:
    order = draw(st.permutations(LINES))
    borders = sorted(draw(st.lists(st.integers(0, len(LINES)), max_size=5)))
    return [order[a:b] for a, b in zip([0, *borders], [*borders, len(LINES)], strict=True)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=splits(), batch=st.integers(1, 12))
def test_any_order_split_and_batch_count_each_chain_once(tmp_path: Path, files: list[list[Line]], batch: int) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(portal, "IMPORT_BATCH_ROWS", batch)
        for no, lines in enumerate(files):
            take(write(tmp_path / f"{no}.csv", lines))
        found = [call_id for call_id, *_ in counted()]
        assert len(found) == 4
        assert set(found) >= EXPECTED
        assert totals_are_sums()
        assert in_use(snapshot())
        assert CallRecord.objects.count() == len(found)
        transaction.set_rollback(True)


def test_legs_of_one_batch_that_circle_keep_the_earliest() -> None:
    found = legs.Links(of_batch={1: {3}, 2: {1}, 3: {2}})
    batch = {no: rows.Leg(1, uid(no), "", no, no + 60, "+375", 0) for no in (1, 2, 3)}
    legs._open_circles(found, batch)
    assert found.of_batch == {2: {1}, 3: {2}}
