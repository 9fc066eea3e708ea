"""Records that the portal fetches from a switch's database: each row once, none lost, times with their zone (4.4)."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any

import psycopg
import pytest

from subscribers.calls import feeds, imports
from subscribers.models import CallDirection, CallImport, CallOutcome, CallRecord, CallReject, CallSource
from subscribers.tests import switch_tables
from subscribers.tests.fed_rows import MORNING, database, ended, known, pulled, source, switch, trouble
from subscribers.tests.switch_tables import SwitchTables

__all__ = ["database", "source", "switch"]

pytestmark = pytest.mark.django_db


def test_rows_of_kamailio_become_calls_with_the_times_of_their_zone(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, "talked", seconds=60.4)
    ended(switch, "busy", code="486")
    ended(switch, "given-up", code="487")
    assert pulled() == 1
    found = {call.call_id: call for call in CallRecord.objects.filter(direction=CallDirection.OUT)}
    assert found["talked"].started_at == MORNING.replace(tzinfo=UTC)
    assert (found["talked"].talk_seconds, found["talked"].duration) == (60, 65)
    assert {name: call.outcome for name, call in found.items()} == {
        "talked": CallOutcome.ANSWERED, "busy": CallOutcome.BUSY, "given-up": CallOutcome.CANCELLED,
    }  # fmt: skip
    job = CallImport.objects.get()
    assert (job.file_name, job.read_count, job.new_count) == ("acc_cdrs 1–3", 3, 3)
    assert trouble(source) == ""


def test_only_new_rows_are_read_and_nothing_new_is_no_import(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, "one")
    assert [pulled(), pulled()] == [1, 0]
    ended(switch, "two")
    assert pulled() == 1
    assert known() == ["one", "two"]
    assert sorted(CallImport.objects.values_list("read_count", "duplicate_count")) == [(1, 0), (1, 0)]


def test_a_forwarded_leg_is_a_call_of_its_own(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, "both", callee="+375447112031")
    ended(switch, "both", leg=1)
    pulled()
    assert CallRecord.objects.filter(call_id="both", direction=CallDirection.OUT).count() == 2


def test_a_row_whose_transaction_ends_late_is_not_lost(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, "first")
    with psycopg.connect(switch.url) as late:
        late.execute(
            "INSERT INTO acc_cdrs (setup_time, start_time, end_time, duration, caller, callee, sip_code, call_id)"
            " SELECT setup_time, start_time, end_time, duration, caller, callee, sip_code, 'late' FROM acc_cdrs"
        )
        ended(switch, "third")
        pulled()
        assert known() == ["first", "third"]
        late.commit()
    assert pulled() == 1
    assert known() == ["first", "late", "third"]
    assert pulled() == 0


def test_an_id_that_never_comes_is_asked_for_only_for_a_while() -> None:
    position = feeds.Position(10).after([12, 14], 1_000)
    assert (position.last, sorted(position.missing)) == (14, [11, 13])
    assert position.after([13], 1_100).missing == {11: 1_000}
    assert position.after([], 1_000 + feeds.MISSING_SECONDS).missing == {}
    assert len(feeds.Position(1).after([10**6], 0).missing) <= feeds.MOST_MISSING
    assert feeds.Position.of(position.told()) == position


def test_gaps_of_a_whole_round_are_remembered_and_the_list_is_bounded() -> None:
    ids = [one for one in range(1, feeds.ROWS + 1) if one not in {2, 5_000}]
    assert sorted(feeds.Position(0).after(ids, 7).missing) == [2, 5_000]
    far = feeds.Position(0).after([1, 10**12], 7).missing
    assert (len(far), max(far)) == (feeds.MOST_MISSING, 10**12 - 1)


def test_after_a_crash_between_import_and_position_everything_counts_once(
    switch: SwitchTables, source: CallSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(switch, "one")
    order = imports.order

    def killed(**told: Any) -> Any:
        order(**told)
        raise RuntimeError("killed")

    monkeypatch.setattr(imports, "order", killed)
    assert feeds.pull_all() == 0
    assert not CallImport.objects.exists()
    monkeypatch.setattr(imports, "order", order)
    pulled()
    CallSource.objects.update(position={})  # an older position of a restored backup
    pulled()
    assert known() == ["one"]
    assert sorted(CallImport.objects.values_list("new_count", "duplicate_count")) == [(0, 1), (1, 0)]


def test_of_two_workers_at_once_one_orders_the_import(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, "one")
    before = dict(CallSource.objects.get().position)
    assert feeds.pull(source) == 1
    known_then = before | {"acc_cdrs": {"last": 0, "missing": {}}}
    assert feeds._order(source, before, known_then, None, "") is False
    assert CallImport.objects.count() == 1


def test_the_first_reading_begins_with_the_months_that_are_kept(switch: SwitchTables, source: CallSource) -> None:
    old = MORNING - timedelta(days=900)
    ended(switch, "old", setup_time=old, start_time=old, end_time=old)
    ended(switch, "new")
    pulled()
    assert CallImport.objects.get().read_count == 1
    assert known() == ["new"]


def test_a_table_that_was_made_anew_is_read_from_its_beginning(switch: SwitchTables, source: CallSource) -> None:
    for number in range(3):
        ended(switch, f"before-{number}")
    pulled()
    switch.run("TRUNCATE acc_cdrs RESTART IDENTITY")
    assert pulled() == 0
    ended(switch, "after")
    assert pulled() == 1
    assert "after" in known()
    assert pulled() == 0


@pytest.mark.parametrize("numbers", [range(1, 6), [1, 2, 4, 5]])
def test_a_table_that_was_emptied_and_filled_past_the_position_is_read_from_its_beginning(
    switch: SwitchTables, source: CallSource, numbers: Iterable[int]
) -> None:
    for number in range(3):
        ended(switch, f"before-{number}")
    pulled()
    switch.run("TRUNCATE acc_cdrs RESTART IDENTITY")
    for number in numbers:
        later = MORNING + timedelta(minutes=number)
        until = later + timedelta(minutes=1)
        ended(switch, f"after-{number}", id=number, setup_time=later, start_time=later, end_time=until)
    assert pulled() == 1
    assert [one for one in known() if one.startswith("after")] == [f"after-{number}" for number in numbers]
    assert pulled() == 0


def test_rows_that_the_operator_deletes_make_no_call_twice(switch: SwitchTables, source: CallSource) -> None:
    for number in range(4):
        ended(switch, f"call-{number}")
    pulled()
    switch.run("DELETE FROM acc_cdrs WHERE id IN (1, 4)")
    assert pulled() == 1
    assert pulled() == 0
    ended(switch, "new")
    pulled()
    assert known() == ["call-0", "call-1", "call-2", "call-3", "new"]
    again = CallImport.objects.order_by("pk")[1]
    assert (again.read_count, again.duplicate_count) == (2, 2)


def test_after_all_rows_were_deleted_a_late_transaction_is_still_asked_for(
    switch: SwitchTables, source: CallSource
) -> None:
    ended(switch, "first")
    pulled()
    switch.run("DELETE FROM acc_cdrs")
    ended(switch, "late", id=2)
    switch.run("DELETE FROM acc_cdrs")
    ended(switch, "third", id=3)
    pulled()
    ended(switch, "late", id=2)
    pulled()
    assert known() == ["first", "late", "third"]


def test_many_rows_are_read_in_parts(switch: SwitchTables, source: CallSource, monkeypatch: Any) -> None:
    monkeypatch.setattr(feeds, "ROWS", 3)
    for number in range(7):
        ended(switch, f"call-{number}")
    assert pulled() == 3
    assert len(known()) == 7


def test_what_cannot_be_matched_is_a_reject_like_any_other(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, "foreign", caller="+375291110000")
    ended(switch, "good")
    pulled()
    job = CallImport.objects.get()
    assert (job.read_count, job.new_count, job.duplicate_count, job.rejected_count) == (2, 1, 0, 1)
    assert CallReject.objects.get().code == "not_ours"


def test_missed_calls_of_a_stock_kamailio(switch: SwitchTables, source: CallSource) -> None:
    switch.run(switch_tables.MISSED_CALLS)
    told = {"callid": "m-1", "sip_code": "408", "time": MORNING, "src_user": "375447112030"}
    switch.add("missed_calls", **told, dst_user="375297654321")
    pulled()
    call = CallRecord.objects.get(direction=CallDirection.OUT)
    assert (call.outcome, call.started_at) == (CallOutcome.NO_ANSWER, MORNING.replace(tzinfo=UTC))
    assert pulled() == 0


def test_a_table_of_asterisk(switch: SwitchTables, settings: Any) -> None:
    switch.run(switch_tables.CDR)
    settings.CALL_DATABASES = {"pbx": switch.url}
    CallSource.objects.create(name="pbx", kind="asterisk", format="asterisk")
    told = {
        "calldate": MORNING.replace(tzinfo=UTC), "src": "375447112030", "dst": "375297654321", "channel": "SIP/a",
        "dstchannel": "SIP/b", "duration": 65, "billsec": 60, "disposition": "ANSWERED", "uniqueid": "17.1",
    }  # fmt: skip
    switch.add("cdr", **told)
    switch.add("cdr", **(told | {"uniqueid": "17.2", "disposition": "NO ANSWER"}))
    assert pulled() == 1
    found = CallRecord.objects.filter(direction=CallDirection.OUT).order_by("call_id")
    assert [(call.call_id, call.talk_seconds, call.outcome) for call in found] == [
        ("17.1", 60, CallOutcome.ANSWERED), ("17.2", 0, CallOutcome.NO_ANSWER),
    ]  # fmt: skip
    assert found[0].started_at == MORNING.replace(tzinfo=UTC)
