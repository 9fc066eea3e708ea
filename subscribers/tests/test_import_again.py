"""Imports killed at any point, or of files in any order and split, give equal rows and prices (4.4, 4.5)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipcabinet.lib import durable
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.processes import ended
from subscribers.calls import allowances, batches, imports, partitions, sources
from subscribers.models import CallImport, CallRecord
from subscribers.rating import AllowanceState
from subscribers.tests.imported import forget, snapshot, take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import random_lines, write

LINES = random_lines(120)
MINUTES = 15  # of the trunk: fewer than its calls need in each month


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-10-25 12:00")


def killed(path: Path, batch: int, place: str) -> int:
    """Exit code of an import run in a separate process."""
    return ended(
        str(Path(__file__).with_name("killed_import.py")), str(path), str(batch), place, IMPORT_BATCH_ROWS="30"
    )


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_killed_in_and_after_each_batch(tmp_path: Path) -> None:
    partitions.open_ahead()
    cast(MINUTES)
    path = write(tmp_path / "Master.csv", LINES)
    take(path)
    expected = snapshot()
    assert {row[-2] for row in expected["minutes"]} >= {MINUTES * 60}
    for batch, place in ((1, "in"), (1, "after"), (2, "after"), (3, "in"), (3, "after"), (4, "after")):
        forget()
        assert killed(path, batch, place) == -9
        there = CallImport.objects.get()
        assert there.state == JobState.WAITING
        assert there.read_count == 30 * (batch if place == "after" else batch - 1)
        assert there.read_count == there.new_count + there.duplicate_count + there.rejected_count
        counts = take(path)
        assert counts.read == len(LINES)
        assert counts.duplicate == there.new_count
        assert snapshot() == expected


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_an_import_that_was_to_be_killed_later_ends_by_itself(tmp_path: Path) -> None:
    """Control for the test above: without the signal the process ends normally."""
    partitions.open_ahead()
    cast(MINUTES)
    assert killed(write(tmp_path / "Master.csv", LINES), 99, "in") == 0
    assert CallImport.objects.get().state == JobState.DONE


@pytest.mark.django_db(transaction=True)
def test_a_durable_import_goes_on_after_the_rows_it_has_counted(tmp_path: Path, settings: Any) -> None:
    settings.IMPORT_BATCH_ROWS = 30
    partitions.open_ahead()
    cast(MINUTES)
    path = write(tmp_path / "Master.csv", LINES)
    take(path)
    expected = snapshot()
    forget()
    assert killed(path, 3, "in") == -9
    CallImport.objects.update(claimed_until="2000-01-01T00:00Z", path=str(path))  # its claim has expired
    assert imports.drain() == 1
    job = CallImport.objects.get()
    assert (job.state, job.read_count, job.new_count) == (JobState.DONE, len(LINES), len(LINES))
    assert snapshot() == expected


@pytest.fixture
def prepared(db: None) -> None:
    partitions.open_ahead()
    cast(MINUTES)


@st.composite
def splits(draw: st.DrawFn) -> list[list[int]]:
    """The lines in any order, in up to four files that may hold some of them twice."""
    order = draw(st.permutations(range(40)))
    borders = sorted(draw(st.lists(st.integers(0, 40), max_size=3)))
    files = [order[a:b] for a, b in zip([0, *borders], [*borders, 40], strict=True)]
    twice = draw(st.lists(st.sampled_from(range(40)), max_size=5))
    return [*files, twice]


def taken(files: list[list[int]], folder: Path, batch: int) -> dict[str, list[Any]]:
    """The rows that the import of these files leaves; rolled back."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(portal, "IMPORT_BATCH_ROWS", batch)
        for number, lines in enumerate(files):
            take(write(folder / f"{number}.csv", [LINES[line] for line in lines]))
        found = snapshot()
        transaction.set_rollback(True)
    return found


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=splits(), batch=st.integers(1, 40))
def test_any_order_and_split_of_the_files_are_equal(
    tmp_path: Path, prepared: None, files: list[list[int]], batch: int
) -> None:
    expected = taken([list(range(40))], tmp_path, 40)
    assert taken(files, tmp_path, batch) == expected


@pytest.mark.full
@pytest.mark.usefixtures("prepared")
def test_without_the_recount_the_order_of_files_would_change_prices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forwards, backwards = [[line] for line in range(40)], [[line] for line in reversed(range(40))]
    assert taken(forwards, tmp_path, 5) == taken(backwards, tmp_path, 5)
    monkeypatch.setattr(allowances, "recount", lambda _cursor, _trunk, _month, granted: AllowanceState(granted))
    assert taken(forwards, tmp_path, 5) != taken(backwards, tmp_path, 5)


@pytest.mark.usefixtures("prepared")
def test_an_interrupted_command_is_marked_and_left_to_be_started_again(tmp_path: Path) -> None:
    path = write(tmp_path / "Master.csv", LINES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "write", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            take(path)
    assert CallImport.objects.get().state == JobState.REFUSED


def _interrupted(*_args: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("prepared")
def test_a_dead_commands_import_is_not_taken_up_by_a_worker(tmp_path: Path) -> None:
    path = write(tmp_path / "Master.csv", LINES)
    job = imports.begin(path=path, source=sources.find(name="main", fmt="freeswitch"))
    assert imports.drain() == 0  # claimed by the command's process
    CallImport.objects.update(claimed_until="2000-01-01T00:00Z")
    assert imports.drain() == 1
    job.refresh_from_db()
    assert job.state == JobState.REFUSED
    assert "запустите команду" in job.last_error
    with pytest.raises(durable.ClaimLost):
        imports.run(CallImport.objects.get(pk=job.pk), path)
    assert not CallRecord.objects.exists()
