"""An import of calls is undone: everything is as if it had never been; what depends on it keeps it (4.4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account, User
from accounts.tests.factories import StaffFactory
from sipcabinet.lib.periods import Month
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.moments import minsk
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import imports, months, partitions, sources, undo
from subscribers.calls.undo import UndoError
from subscribers.models import AccountSource, CallImport, CallRecord, CallReject, CallSource, ChannelPeak
from subscribers.selectors import completeness
from subscribers.tests.imported import in_use, snapshot, totals_are_sums
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, random_lines, write

NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
STRANGE = "+375447112099"


@pytest.fixture(autouse=True)
def world(request: pytest.FixtureRequest, at: Callable[[str], Any]) -> None:
    marker = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    at("2026-10-25 12:00")
    partitions.open_ahead()
    cast()


def take(path: Path, *lines: Line | str, source_name: str = "main") -> CallImport:
    source = sources.find(name=source_name, fmt="freeswitch")
    job = imports.begin(path=write(path / "cdr.csv", lines), source=source)
    imports.run(job, path / "cdr.csv")
    job.refresh_from_db()
    return job


def undone(job: CallImport, by: User | None = None) -> int:
    return undo.undo(job=job, reason="Не тот файл", by=by or StaffFactory.create())


def is_refused(job: CallImport, match: str) -> None:
    before = snapshot()
    with pytest.raises(UndoError, match=match):
        undone(job)
    job.refresh_from_db()
    assert job.undone_at is None
    assert snapshot() == before


@pytest.mark.django_db
def test_everything_is_as_before_the_import(tmp_path: Path) -> None:
    """Minutes of the other calls, too: the plan's minutes go to them again."""
    lines = random_lines(120, days=40)
    take(tmp_path, *lines[::2])
    before = in_use(snapshot())
    job = take(tmp_path, *lines[1::2])
    assert in_use(snapshot()) != before
    by = StaffFactory.create()
    gone = undone(job, by)
    assert gone >= job.new_count == 60
    assert in_use(snapshot()) == before
    assert totals_are_sums()
    job.refresh_from_db()
    assert (job.undone_by, job.undo_reason) == (by, "Не тот файл")
    assert ChannelPeak.objects.filter(counted_at__isnull=True).exists()


@pytest.mark.django_db
def test_the_file_can_be_imported_again_with_its_rejects(tmp_path: Path) -> None:
    lines: list[Line | str] = [Line("u-1", NOON), Line("u-2", NOON, calling=STRANGE), "garbage\n"]
    job = take(tmp_path, *lines)
    found = snapshot()
    assert (job.new_count, job.rejected_count) == (1, 2)
    undone(job)
    assert not CallRecord.objects.exists()
    assert set(CallReject.objects.values_list("state", "note")) == {("dismissed", "загрузка файла отменена")}
    again = take(tmp_path, *lines)
    assert (again.new_count, again.rejected_count, again.rejects.filter(state="waiting").count()) == (1, 2, 2)
    assert snapshot() == found


@pytest.mark.django_db
def test_the_same_file_goes_to_the_right_source_then(tmp_path: Path) -> None:
    undone(take(tmp_path, Line("u-1", NOON)))
    other = sources.find(name="other", fmt="freeswitch")
    job = imports.begin(path=tmp_path / "cdr.csv", source=other)
    assert imports.run(job, tmp_path / "cdr.csv").new == 1


@pytest.mark.django_db
def test_calls_are_known_up_to_the_file_before(tmp_path: Path) -> None:
    take(tmp_path, Line("u-1", NOON))
    first = CallSource.objects.get().complete_to
    job = take(tmp_path, Line("u-2", NOON + timedelta(days=3)))
    assert CallSource.objects.get().complete_to != first
    undone(job)
    assert CallSource.objects.get().complete_to == first


def heard() -> dict[tuple[str, str], datetime]:
    """The latest call that each source is known to have of each account."""
    rows = AccountSource.objects.values_list("account__number", "source__name", "last_call_at")
    return {(account, source): moment for account, source, moment in rows}


@pytest.mark.django_db
def test_the_accounts_are_as_before_at_each_source(tmp_path: Path) -> None:
    """Their latest calls; calls of a closed month count. An account of which a source has no call left is not its."""
    take(tmp_path, Line("u-0", datetime(2026, 9, 30, 12)))  # noqa: DTZ001 - a switch writes local time
    months.close(Month(2026, 9))
    before = heard()
    assert len(before) == 1
    later = take(tmp_path, Line("u-1", NOON), Line("u-2", NOON, calling="375447112040"))
    assert len(heard()) == 2
    assert heard() != before
    undone(later)
    assert heard() == before
    undone(take(tmp_path, Line("u-3", NOON), source_name="other"))
    assert heard() == before


@pytest.mark.django_db
def test_no_page_waits_for_a_source_that_has_no_call_of_the_account(tmp_path: Path) -> None:
    """Calls of a switch loaded by mistake under the name of another one that also has files."""
    take(tmp_path, Line("u-1", NOON))
    account = CallRecord.objects.values_list("account", flat=True).distinct().get()
    CallSource.objects.create(name="other", format="freeswitch", complete_to=minsk("2026-10-02 12:00"))
    undone(take(tmp_path, Line("u-2", NOON + timedelta(hours=3)), source_name="other"))
    CallSource.objects.filter(name="other").update(complete_to=minsk("2026-10-02 12:00"))
    assert completeness.of(Account.objects.get(pk=account)).through == minsk("2026-10-05 12:00")


@pytest.mark.django_db
def test_a_closed_month_keeps_it(tmp_path: Path, at: Callable[[str], Any]) -> None:
    job = take(tmp_path, Line("u-1", NOON), Line("u-2", datetime(2026, 9, 30, 12)))  # noqa: DTZ001
    months.close(Month(2026, 9))
    is_refused(job, "закрытым месяцам")
    at("2026-11-02 12:00")
    late = take(tmp_path, Line("u-3", datetime(2026, 9, 29, 12)))  # noqa: DTZ001 - charged by October
    is_refused(late, "закрытым месяцам")


@pytest.mark.django_db
def test_a_later_file_that_repeats_its_calls_keeps_it(tmp_path: Path) -> None:
    """Else the call would be lost: the later file has counted it as known."""
    job = take(tmp_path, Line("u-1", NOON))
    later = take(tmp_path, Line("u-1", NOON), Line("u-2", NOON))
    is_refused(job, "файл с повторами: cdr.csv")
    undone(later)
    undone(job)
    assert not CallRecord.objects.exists()


@pytest.mark.django_db
def test_a_later_file_that_repeats_its_rejects_keeps_it(tmp_path: Path) -> None:
    job = take(tmp_path, "garbage\n")
    take(tmp_path, "garbage\n", Line("u-2", NOON))
    is_refused(job, "файл с повторами")


@pytest.mark.django_db
def test_legs_of_one_call_keep_it(tmp_path: Path) -> None:
    """The second file's row replaces the leg that the first file has brought: without it the call would be lost."""
    take(tmp_path, Line("b-1", NOON))
    job = take(tmp_path, Line("a-1", NOON, bleg="b-1"), Line("u-3", NOON))
    assert job.duplicate_count == 1
    is_refused(job, "legs")


@pytest.mark.django_db
def test_a_running_or_too_large_import_and_an_empty_reason_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = take(tmp_path, Line("u-1", NOON), Line("u-2", NOON))
    with pytest.raises(UndoError, match="основание"):
        undo.undo(job=job, reason=" ", by=StaffFactory.create())
    monkeypatch.setattr(undo, "MOST_CALLS", 1)
    is_refused(job, "не больше 1")
    monkeypatch.undo()
    CallImport.objects.filter(pk=job.pk).update(state="waiting")
    is_refused(job, "ещё загружается")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["kamailio", "asterisk", "http"])
def test_records_that_are_not_read_again_keep_it(tmp_path: Path, kind: str) -> None:
    """The position of a switch's database is past them; a record sent over HTTP is known."""
    job = take(tmp_path, Line("u-1", NOON))
    CallSource.objects.update(kind=kind)
    is_refused(job, "заново не читаются")
    assert CallRecord.objects.filter(call_id="u-1").exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_undo_it_once(tmp_path: Path) -> None:
    job, by = take(tmp_path, Line("u-1", NOON), Line("u-2", NOON)), StaffFactory.create()

    def tried() -> str:
        try:
            undone(job, by)
        except UndoError as refusal:
            return refusal.message
        return ""

    told = sorted(at_once([tried, tried]))
    assert told[0] == ""
    assert "уже отменена" in told[1]
    assert not CallRecord.objects.exists()
    assert totals_are_sums()


@pytest.mark.django_db(transaction=True)
def test_undone_while_the_same_calls_come_again_none_is_lost(tmp_path: Path) -> None:
    job, by = take(tmp_path, Line("u-1", NOON), Line("u-2", NOON)), StaffFactory.create()
    second = tmp_path / "second"
    second.mkdir()

    def tried() -> str:
        try:
            undone(job, by)
        except UndoError as refusal:
            return refusal.message
        return ""

    told, again = at_once([tried, lambda: take(second, Line("u-1", NOON), Line("u-2", NOON))])
    assert isinstance(again, CallImport)
    assert (again.new_count == 2) == (told == "")
    assert CallRecord.objects.values("call_id").distinct().count() == 2
    assert totals_are_sums()


@pytest.mark.django_db
def test_the_list_of_imports_says_that_one_is_undone(tmp_path: Path) -> None:
    job = take(tmp_path, Line("u-1", NOON))
    page = reverse("admin:subscribers_callimport_changelist")
    client = signed_in(StaffFactory.create())
    assert "отменён" not in text(client.get(page))
    undone(job)
    assert "отменён" in text(client.get(page))
