"""A call on hold whose import is undone: before its decision, after it, and at the same moment (4.4)."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.actor import Actor
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once
from subscribers.calls import (
    displaced,
    held_decisions,
    legs,
    months,
    undo,
)
from subscribers.calls.batches import Context
from subscribers.models import (
    Allowance,
    CallImport,
    CallRecord,
    HeldCall,
    HeldDecision,
)
from subscribers.selectors import held_calls
from subscribers.tests.closed_months import NOVEMBER
from subscribers.tests.held_lines import by, line, people, record, settle, taken
from subscribers.tests.imported import in_use, snapshot, take, totals_are_sums
from subscribers.tests.price_list import Cast

__all__ = ["by", "people"]

pytestmark = pytest.mark.django_db


def undone(by: Actor) -> None:
    assert by.user is not None
    undo.undo(job=CallImport.objects.latest("pk"), reason="Не тот файл", by=by.user)


@pytest.mark.parametrize("decision", [HeldDecision.AS_IS, HeldDecision.NOTHING, None])
def test_a_call_that_comes_again_after_its_import_is_undone_waits_again(
    tmp_path: Path, by: Actor, decision: HeldDecision | None
) -> None:
    taken(tmp_path, line("long"))
    before = in_use(snapshot())
    if decision:
        settle(by, decision)
    undone(by)
    assert not HeldCall.objects.exists()
    assert take(tmp_path / "long.csv").new == 1
    assert in_use(snapshot()) == before
    assert held_calls.waiting().get().call_id == "long"
    settle(by, HeldDecision.SECONDS, 900)
    assert record("long").talk_seconds == 900


def test_a_record_on_hold_has_a_row_that_waits_whatever_was_decided_before(tmp_path: Path, by: Actor) -> None:
    """A decision that outlived its record is about no call: the same call is held anew."""
    taken(tmp_path, line("long"))
    settle(by, HeldDecision.AS_IS)
    found = record("long")
    assert found.trunk_id is not None
    gone = legs.LegRecord(found.id, found.month, "out", found.trunk_id, found.destination_id, found.billed_seconds)
    with transaction.atomic(), connection.cursor() as cursor:
        displaced.take_out(cursor, [gone], Context.load().covered)
    assert taken(tmp_path, line("long"), line("usual", talked=60)).new == 2
    assert held_calls.waiting().get().call_id == "long"


def test_a_call_decided_while_its_import_is_being_undone_leaves_no_minutes(
    tmp_path: Path, by: Actor, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(tmp_path, line("long"))
    hold = months.hold

    def late(wanted: Any) -> Any:
        settle(by, HeldDecision.AS_IS)
        return hold(wanted)

    monkeypatch.setattr(months, "hold", late)
    undone(by)
    assert not CallRecord.objects.exists()
    assert Allowance.objects.get(trunk=people.trunk, month=NOVEMBER.first_day).used_seconds == 0
    assert totals_are_sums()


@pytest.mark.django_db(transaction=True)
def test_decided_and_undone_at_once_nothing_is_left(tmp_path: Path, by: Actor, people: Cast) -> None:
    """Whichever is first; the clerk who is late is told so."""
    taken(tmp_path, line("long"))
    row = HeldCall.objects.get()

    def decide() -> str:
        try:
            held_decisions.settle(row=row, decision=HeldDecision.AS_IS, note="разобрали", by=by)
        except DomainError as refusal:
            return refusal.message
        return ""

    told, _gone = at_once([decide, lambda: undone(by)])
    assert told in {"", "Этого звонка больше нет: загрузка его файла отменена"}
    assert not CallRecord.objects.exists()
    assert not HeldCall.objects.exists()
    assert not Allowance.objects.filter(trunk=people.trunk, used_seconds__gt=0).exists()
    assert totals_are_sums()
    assert "отменена" in decide()
