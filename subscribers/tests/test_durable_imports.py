"""Imports as durable jobs: uploaded by staff or found in the watched folder (4.4)."""

import gzip
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from sipcabinet.lib.durable import JobState
from subscribers import tasks
from subscribers.calls import imports, partitions, sources, watch
from subscribers.models import CallImport, CallRecord, CallSource
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
GOOD = [Line("u-1", NOON), Line("u-2", NOON)]


@pytest.fixture(autouse=True)
def _prepared(at: Callable[[str], Any], settings: Any, tmp_path: Path) -> None:
    at("2026-10-20 12:00")
    settings.CALLS_INBOX = str(tmp_path / "inbox")
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    partitions.open_ahead()
    cast()


# -- uploads


def upload(text: str, source: CallSource | None = None) -> CallImport:
    file = SimpleUploadedFile("Master.csv", text.encode())
    return imports.order(
        source=source or sources.find(name="main", fmt="freeswitch"), file=file, file_name="Master.csv"
    )


def test_an_uploaded_file_is_stored_imported_and_forgotten(django_capture_on_commit_callbacks: Any) -> None:
    job = upload("".join(map(str, GOOD)))
    assert default_storage.exists(job.path)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.drain_imports()
    job.refresh_from_db()
    assert (job.state, job.read_count, job.new_count) == (JobState.DONE, 2, 2)
    assert not default_storage.exists(job.path)
    assert CallRecord.objects.count() == 2


def test_an_unreadable_file_is_refused_with_the_reason_in_russian() -> None:
    job = upload("a;b\n1;2\n", sources.find(name="pbx", fmt="generic"))
    imports.drain()
    job.refresh_from_db()
    assert job.state == JobState.REFUSED
    assert "в заголовке нет колонок" in job.last_error


def test_a_source_with_a_wrong_mapping_is_refused() -> None:
    source = CallSource.objects.create(name="pbx", format="generic", columns={"caller": "Кто"})
    job = upload("a;b\n1;2\n", source)
    imports.drain()
    job.refresh_from_db()
    assert job.state == JobState.REFUSED


def test_an_unforeseen_error_puts_the_import_off_and_stops_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    poison, good = upload("poison"), upload("".join(map(str, GOOD)))
    take_in = imports.take_in

    def stumble(file: Any, job: CallImport, **kwargs: Any) -> Any:
        if job.pk == poison.pk:
            raise RuntimeError("poison")
        return take_in(file, job, **kwargs)

    monkeypatch.setattr(imports, "take_in", stumble)
    imports.drain()
    poison.refresh_from_db()
    good.refresh_from_db()
    assert (poison.state, poison.last_error, poison.attempts) == (JobState.WAITING, "poison", 1)
    assert good.state == JobState.DONE


# -- the watched folder


def settled(path: Path) -> Path:
    """Makes the file look unchanged for a minute (by the machine's clock, which sets file times)."""
    os.utime(path, (time.time() - 60, time.time() - 60))
    return path


@pytest.fixture
def inbox(settings: Any) -> Path:
    folder = Path(settings.CALLS_INBOX) / "main"
    folder.mkdir(parents=True)
    sources.find(name="main", fmt="freeswitch")
    return folder


def names(folder: Path) -> list[str]:
    """File names in a folder, without the import id that precedes them."""
    return sorted(path.name.split("-", 1)[-1] for path in folder.iterdir()) if folder.exists() else []


def test_a_file_at_rest_is_imported_once_and_put_away(inbox: Path) -> None:
    settled(write(inbox / "a.csv", GOOD))
    assert watch.look() == 1
    assert watch.look() == 0
    assert CallImport.objects.count() == 1
    assert names(inbox) == ["a.csv"]
    imports.drain()
    tasks.watch_inbox()
    assert names(inbox / "done") == ["a.csv"]
    assert [path.name for path in inbox.iterdir()] == ["done"]
    assert CallRecord.objects.count() == 2


def test_files_with_rejects_and_unreadable_ones_go_to_rejected(inbox: Path) -> None:
    settled(write(inbox / "b.csv", [*GOOD, "junk\n"]))
    (inbox / "torn.csv.gz").write_bytes(gzip.compress("".join(map(str, GOOD)).encode())[:-9])
    settled(inbox / "torn.csv.gz")
    watch.look()
    imports.drain()
    watch.look()
    assert names(inbox / "rejected") == ["b.csv", "torn.csv.gz"]
    assert not (inbox / "done").exists()


def test_a_file_still_being_written_waits(inbox: Path) -> None:
    write(inbox / "fresh.csv", GOOD)
    settled(write(inbox / "copy.csv.tmp", GOOD))
    settled(write(inbox / ".hidden.csv", GOOD))
    assert watch.look() == 0
    (inbox / "fresh.csv").rename(inbox / "fresh.csv.done")
    assert watch.look() == 1


def test_an_unfinished_last_line_waits_until_it_is_finished_or_the_switch_has_given_up(inbox: Path) -> None:
    path = settled(write(inbox / "a.csv", [GOOD[0], str(GOOD[1])[:-1]]))
    assert watch.look() == 0
    write(path, GOOD)
    settled(path)
    assert watch.look() == 1
    left = write(inbox / "b.csv", [GOOD[0], str(GOOD[1])[:-1]])
    os.utime(left, (time.time() - 700, time.time() - 700))
    assert watch.look() == 1


def test_a_file_that_changed_is_another_one_and_its_calls_count_once(inbox: Path) -> None:
    settled(write(inbox / "a.csv", GOOD[:1]))
    watch.look()
    imports.drain()
    settled(write(inbox / "a.csv", GOOD))
    watch.look()
    imports.drain()
    assert sorted(CallImport.objects.values_list("new_count", "duplicate_count")) == [(1, 0), (1, 1)]
    assert CallRecord.objects.count() == 2


def test_a_file_taken_away_before_its_turn_is_refused(inbox: Path) -> None:
    path = settled(write(inbox / "a.csv", GOOD))
    watch.look()
    path.unlink()
    imports.drain()
    job = CallImport.objects.get()
    assert (job.state, job.last_error) == (JobState.REFUSED, "Файла больше нет")


def test_unknown_folders_and_links_are_left_alone_and_no_inbox_is_no_work(inbox: Path, settings: Any) -> None:
    stranger = inbox.parent / "stranger"
    stranger.mkdir()
    settled(write(stranger / "a.csv", GOOD))
    (inbox / "link.csv").symlink_to(stranger / "a.csv")
    assert watch.look() == 0
    settings.CALLS_INBOX = ""
    assert watch.look() == 0
