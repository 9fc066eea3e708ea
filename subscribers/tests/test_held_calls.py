"""A call longer than its source's limit counts for nothing until staff decide, once, what of it is paid (4.4)."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import AuditEvent
from accounts.tests.factories import UserFactory
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import text
from subscribers.calls import (
    displaced,
    held,
    held_decisions,
    imports,
    legs,
    rejects,
    rerating,
    sources,
)
from subscribers.calls.batches import Context
from subscribers.models import (
    Allowance,
    CallDailyTotal,
    CallDirection,
    CallImport,
    CallOutcome,
    HeldCall,
    HeldDecision,
    Rate,
)
from subscribers.selectors import calls, charges, close_checks, held_calls
from subscribers.selectors.calls import Selection
from subscribers.tests.closed_months import NOVEMBER, OCTOBER, SEPTEMBER, close
from subscribers.tests.held_lines import HOURS_5, LIST_PRICE, by, line, people, record, settle, taken
from subscribers.tests.imported import in_use, snapshot, totals_are_sums
from subscribers.tests.price_list import Cast
from subscribers.tests.switch_files import write

__all__ = ["by", "people"]

pytestmark = pytest.mark.django_db


# --- Until the decision ----------------------------------------------------------------------------------------------
def test_it_is_taken_in_and_counts_for_nothing(tmp_path: Path, people: Cast) -> None:
    counts = taken(tmp_path, line("long"), line("usual", talked=60))
    assert (counts.read, counts.new, counts.duplicate, counts.rejected) == (2, 2, 0, 0)
    found = record("long")
    assert found.outcome == CallOutcome.HELD
    assert not any((found.talk_seconds, found.billed_seconds, found.cost))
    assert found.duration == HOURS_5 + 5
    row = held_calls.waiting().get()
    assert (row.talk_seconds, row.month, row.call_id) == (HOURS_5, NOVEMBER.first_day, "long")
    totals = calls.totals(Selection(people.trunk.account, people.trunk, NOVEMBER, CallDirection.OUT))
    assert (totals.calls, totals.answered, totals.talk_seconds, totals.billed_seconds) == (2, 1, 60, 60)
    assert Allowance.objects.get(trunk=people.trunk, month=NOVEMBER.first_day).used_seconds == 60
    (charge,) = [one for one in charges.of_subscriber(people.trunk.account, people.trunk, NOVEMBER).lines
                 if one.kind == "calls"]  # fmt: skip
    assert charge.quantity == 1
    assert totals_are_sums()


def test_the_limit_is_that_of_the_source_and_not_reached_by_a_call_of_its_length(tmp_path: Path) -> None:
    taken(tmp_path, line("even", talked=4 * 3600))
    assert record("even").outcome == CallOutcome.ANSWERED
    source = sources.find(name="main", fmt="freeswitch")
    source.longest_seconds = 600
    source.save()
    taken(tmp_path, line("long", talked=601))
    assert record("long").outcome == CallOutcome.HELD


def test_the_customer_reads_that_it_is_checked(tmp_path: Path, people: Cast, customer: Client) -> None:
    taken(tmp_path, line("long"))
    page = text(customer.get(reverse("subscribers:calls", args=[people.trunk.pk]), {"month": "2026-11", "kind": "out"}))
    assert "проверяется" in page
    assert "не входят в суммы" in page
    unanswered = Selection(people.trunk.account, people.trunk, NOVEMBER, CallDirection.OUT, answered=False)
    assert calls.page(unanswered).rows == []


@pytest.fixture
def customer(people: Cast) -> Client:
    client = Client()
    client.force_login(UserFactory.create(account=people.trunk.account))
    return client


def test_the_same_file_again_is_a_duplicate_before_and_after_the_decision(tmp_path: Path, by: Actor) -> None:
    taken(tmp_path, line("long"))
    again = taken(tmp_path, line("long"))
    assert (again.new, again.duplicate) == (0, 1)
    settle(by, HeldDecision.SECONDS, 90)
    again = taken(tmp_path, line("long"))
    assert (again.read, again.new, again.duplicate, again.rejected) == (1, 0, 1, 0)
    assert record("long").talk_seconds == 90
    assert HeldCall.objects.count() == 1


def test_a_rejected_line_that_is_tried_again_can_be_held(tmp_path: Path) -> None:
    rates = list(Rate.objects.all())
    Rate.objects.all().delete()
    assert taken(tmp_path, line("long")).reasons == {"no_rate": 1}
    Rate.objects.bulk_create(rates)
    assert rejects.retry().new == 1
    assert held_calls.waiting().count() == 1
    job = CallImport.objects.get()
    assert (job.read_count, job.new_count, job.rejected_count) == (1, 1, 0)


def test_a_rehearsal_holds_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [line("long")])
    with path.open("rb") as file:
        counts = imports.rehearse(file, sources.find(name="main", fmt="freeswitch"))
    assert counts.new == 1
    assert not HeldCall.objects.exists()


def test_rerating_leaves_it_alone(tmp_path: Path) -> None:
    taken(tmp_path, line("long"))
    before = in_use(snapshot())
    rerating.rerate(month=NOVEMBER)
    assert in_use(snapshot()) == before


def test_a_call_that_turns_out_to_be_a_leg_waits_no_longer(tmp_path: Path, by: Actor) -> None:
    taken(tmp_path, line("long"))
    row, found = HeldCall.objects.get(), record("long")
    assert found.trunk_id is not None
    gone = legs.LegRecord(found.id, found.month, "out", found.trunk_id, found.destination_id, 0)
    with transaction.atomic(), connection.cursor() as cursor:
        displaced.take_out(cursor, [gone], Context.load().covered)
    assert not held_calls.waiting().exists()
    with pytest.raises(DomainError, match="частью другого"):
        held_decisions.settle(row=row, decision=HeldDecision.AS_IS, note="как есть", by=by)


# --- The decision ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("decision", "seconds"), [(HeldDecision.AS_IS, None), (HeldDecision.SECONDS, 900)])
def test_after_the_decision_all_is_as_if_the_switch_had_written_those_seconds(
    tmp_path: Path, by: Actor, decision: HeldDecision, seconds: int | None
) -> None:
    taken(tmp_path, line("early", 2, 120), line("long", called="375447112040"), line("usual", 4, 60), line("out", 5))
    row = HeldCall.objects.get(call_id="out")
    held_decisions.settle(row=row, decision=decision, seconds=seconds, note="спросили клиента", by=by)
    settle(by, HeldDecision.SECONDS, 30)  # the call between two subscribers: both records
    found = snapshot()
    assert totals_are_sums()
    assert record("long", CallDirection.IN).talk_seconds == record("long").talk_seconds == 30
    priced, talked = record("out"), seconds or HOURS_5
    assert (priced.outcome, priced.talk_seconds) == (CallOutcome.ANSWERED, talked)
    assert priced.included_seconds == 600 - 180
    assert priced.cost == (LIST_PRICE * (talked - priced.included_seconds) / 60).quantize(Decimal("0.000001"))
    rerating.rerate(month=NOVEMBER)  # gives the result of a new import
    assert snapshot() == found
    event = AuditEvent.objects.filter(action="call.held_settled").first()
    assert event is not None
    assert event.details["reason"] == "спросили клиента"


def test_a_call_that_is_not_paid_stays_visible_without_seconds(tmp_path: Path, by: Actor) -> None:
    taken(tmp_path, line("long"))
    settle(by, HeldDecision.NOTHING)
    found = record("long")
    assert found.outcome == CallOutcome.NOT_PAID
    assert not any((found.talk_seconds, found.cost))
    before = in_use(snapshot())
    rerating.rerate(month=NOVEMBER)
    assert in_use(snapshot()) == before
    assert totals_are_sums()
    assert not held_calls.waiting().exists()


@pytest.mark.parametrize("seconds", [None, 0, -5, HOURS_5 + 1])
def test_wrong_seconds_and_a_missing_reason_are_refused(tmp_path: Path, by: Actor, seconds: int | None) -> None:
    taken(tmp_path, line("long"))
    before = snapshot()
    with pytest.raises(DomainError, match="секунды от 1"):
        settle(by, HeldDecision.SECONDS, seconds)
    row = HeldCall.objects.get()
    with pytest.raises(DomainError, match="причину"):
        held_decisions.settle(row=row, decision=HeldDecision.AS_IS, note="  ", by=by)
    assert snapshot() == before
    assert held_calls.waiting().count() == 1


def test_without_a_rate_nothing_is_decided(tmp_path: Path, by: Actor) -> None:
    taken(tmp_path, line("long"))
    Rate.objects.all().delete()
    with pytest.raises(DomainError, match="нет тарифа"):
        settle(by, HeldDecision.AS_IS)
    assert held_calls.waiting().count() == 1
    assert totals_are_sums()


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_one_decides_and_the_other_is_told(tmp_path: Path, by: Actor) -> None:
    taken(tmp_path, line("long"))
    row = HeldCall.objects.get()

    def decide(decision: HeldDecision) -> str:
        try:
            held_decisions.settle(row=row, decision=decision, note="разобрали", by=by)
        except DomainError as refusal:
            return refusal.message
        return ""

    told = at_once([lambda: decide(HeldDecision.AS_IS), lambda: decide(HeldDecision.NOTHING)])
    assert sorted(told) == ["", "Об этом звонке уже решили"]
    assert AuditEvent.objects.filter(action="call.held_settled").count() == 1
    assert totals_are_sums()


# --- The close of a month --------------------------------------------------------------------------------------------
def test_it_stands_in_the_way_of_its_month_alone(tmp_path: Path, by: Actor) -> None:
    taken(tmp_path, line("long", month=10), line("later", month=11))
    assert close_checks.of(OCTOBER).held == 1
    row = HeldCall.objects.get(call_id="long")
    held_decisions.settle(row=row, decision=HeldDecision.NOTHING, note="не было", by=by)
    assert close_checks.of(OCTOBER).held == 0


def test_after_the_close_it_is_charged_as_a_late_call_and_the_closed_month_stays(
    tmp_path: Path, by: Actor, people: Cast
) -> None:
    taken(tmp_path, line("usual", month=9, talked=60), line("long", month=9))
    account, trunk = people.trunk.account, people.trunk
    close(SEPTEMBER)
    billed = charges.of_subscriber(account, trunk, SEPTEMBER)
    settle(by, HeldDecision.SECONDS, 900)
    found = record("long")
    assert (found.month, found.charged_in) == (SEPTEMBER.first_day, OCTOBER.first_day)
    assert found.included_seconds == 540
    assert found.cost == (LIST_PRICE * 360 / 60).quantize(Decimal("0.000001"))
    assert charges.of_subscriber(account, trunk, SEPTEMBER) == billed
    late = [one for one in charges.of_subscriber(account, trunk, OCTOBER).lines if one.late_of]
    assert [one.net for one in late] == [Decimal("1.83")]
    assert Allowance.objects.get(trunk=trunk, month=SEPTEMBER.first_day).used_seconds == 600
    assert totals_are_sums()
    assert Month.of(found.charged_in) == OCTOBER


def test_rows_go_with_the_months_that_are_no_longer_kept(tmp_path: Path) -> None:
    taken(tmp_path, line("long"))
    assert held.let_go(SEPTEMBER.start) == 0
    assert held.let_go(Month(2026, 12).start) == 1
    assert CallDailyTotal.objects.exists()
