"""A load of customers that is killed goes on without doubles; two people who load at once do nothing twice (4.11)."""

import resource
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, Customer
from accounts.tests.factories import StaffFactory
from billing.models import LedgerEntry
from billing.services import ledger_check
from desk.imports.customers import loads, runs
from desk.imports.customers.judging import Rights
from desk.imports.kind import TableImportError
from desk.models import CustomerLoad, LoadedRow
from desk.tests.customer_files import faults, file_of, kept, lines, loaded, ordered, row
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.tests import table_files
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.processes import ended
from subscribers.models import NumberRange, Subscriber
from subscribers.tests.factories import NumberRangeFactory, TariffPlanFactory
from subscribers.tests.sip_factories import SipPlatformFactory

pytestmark = pytest.mark.django_db(transaction=True)
MOST_MIB = 512


@pytest.fixture(autouse=True)
def _operator(at: Callable[[str], Any], transactional_db: None) -> None:
    at("2026-11-22 10:00")
    NumberRangeFactory.create()
    SipPlatformFactory.create()
    TariffPlanFactory.create()


def begun(table: Any) -> str:
    try:
        loads.order(table=table, by=Actor(StaffFactory.create()))
    except loads.LoadError as refusal:
        return refusal.code
    return "begun"


def test_of_two_people_one_begins_the_load() -> None:
    table = kept(file_of(row(1)))
    assert sorted(at_once([lambda: begun(table), lambda: begun(table)])) == ["begun", "customers.begun"]
    assert CustomerLoad.objects.count() == 1


def told(work: Callable[..., object], **fields: Any) -> str:
    try:
        work(**fields, by=Actor(StaffFactory.create()))
    except TableImportError as refusal:
        return refusal.code
    return "done"


def test_of_two_people_one_stops_the_load() -> None:
    load = ordered(file_of(row(1)))
    stop = partial(told, loads.stop, load=load)
    assert sorted(at_once([stop, stop])) == ["customers.ended", "done"]
    assert AuditEvent.objects.filter(action="customer.load_stopped").count() == 1
    loads.drain()
    assert not Account.objects.exists()


def test_stopped_while_a_worker_loads_the_report_tells_what_is_loaded() -> None:
    """The row at work is taken back or done; no row comes after the stop, and the counts are those of the rows."""
    load = ordered(file_of(*(row(place) for place in range(6))))
    works: list[Callable[[], Any]] = [partial(told, loads.stop, load=load), loads.drain]
    answer, _worker = at_once(works)
    load.refresh_from_db()
    assert load.state == JobState.DONE
    assert (answer == "done") == (load.stopped_at is not None)
    loaded_now = Account.objects.count()
    assert (load.done, LoadedRow.objects.count(), load.table.outcome["counts"].get("new", 0)) == (loaded_now,) * 3
    loads.drain()
    assert Account.objects.count() == loaded_now
    assert AuditEvent.objects.filter(action__in=["customer.load_stopped", "customer.loaded"]).count() == 1


def test_begun_by_one_and_discarded_by_another_it_is_either() -> None:
    table = kept(file_of(row(1)))
    answers = at_once([partial(told, loads.order, table=table), partial(told, loads.discard, table=table)])
    assert answers.count("done") == 1
    assert CustomerLoad.objects.exists() == (answers[0] == "done")
    loads.drain()
    assert Account.objects.count() == (1 if answers[0] == "done" else 0)


def test_two_workers_and_two_files_with_the_same_customers_bring_them_once() -> None:
    for _each in range(2):
        ordered(file_of(*(row(place, balance="-5") for place in range(3))))
    at_once([loads.drain, loads.drain])
    CustomerLoad.objects.filter(state=JobState.WAITING).update(due_at=clock.now())  # the one that had to wait
    loads.drain()
    assert {load.state for load in CustomerLoad.objects.all()} == {JobState.DONE}
    assert (Account.objects.count(), Subscriber.objects.count(), LedgerEntry.objects.count()) == (3, 3, 3)
    assert not any(faults(load) for load in CustomerLoad.objects.all())


def test_the_same_rows_without_the_lock_are_refused_in_words() -> None:
    """The wizard takes no lock of loads: a customer may come from both at the same moment."""
    found = [runs.read(file_of(row(1, phone="", plan=""))) for _each in range(2)]

    def run(rows: runs.FileRows) -> list[str]:
        done = runs.run(rows, rights=Rights(), by=Actor(), record=lambda _one: None)
        return [one.state.value for one in done]

    answers = at_once([lambda: run(found[0]), lambda: run(found[1])])
    assert ["new"] in answers
    assert (Customer.objects.count(), Account.objects.count()) == (1, 1)


@pytest.mark.full
@pytest.mark.parametrize("place", ["in", "after"])
def test_a_killed_load_goes_on_without_doubles(place: str) -> None:
    load = ordered(file_of(*(row(number, balance="-5") for number in range(6))))
    script = Path(__file__).with_name("killed_load.py")
    assert ended(script, "-", 3, place) == -9
    reached = 2 if place == "in" else 3
    assert (Account.objects.count(), LoadedRow.objects.count(), Subscriber.objects.count()) == (reached,) * 3
    CustomerLoad.objects.update(claimed_until=clock.now() - timedelta(days=1))
    loads.drain()
    load.refresh_from_db()
    assert (load.state, load.done, load.table.outcome["counts"]["new"]) == (JobState.DONE, 6, 6)
    assert (Account.objects.count(), Subscriber.objects.count(), LedgerEntry.objects.count()) == (6, 6, 6)


@pytest.mark.full
def test_a_thousand_customers_with_twenty_faulty_rows() -> None:
    NumberRange.objects.create(first=375172700010, last=375172709999)
    rows = [row(place, balance="-10,50" if place % 10 == 0 else "") for place in range(1_000)]
    for place in range(0, 1_000, 50):
        rows[place] |= [{"unp": "1"}, {"email": "нет"}, {"plan": "иной"}, {"phone": "123"}][place // 50 % 4]
    content = table_files.xlsx(lines(rows))
    began = time.monotonic()
    found = runs.rehearse(runs.read(content), Rights())
    checked = time.monotonic()
    assert len(found.problems) == 20
    load = loaded(content)
    took = time.monotonic() - checked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"checked {checked - began:.1f} s, loaded {took:.1f} s, {memory} MiB")  # noqa: T201 - the figure of the report
    assert Customer.objects.count() == Subscriber.objects.count() == 980
    assert len(faults(load)) == 20
    assert all(number and field and value and reason for number, field, value, reason in faults(load))
    assert loaded(content).table.outcome["counts"] == {"same": 980, "wrong": 20}
    assert Customer.objects.count() == 980
    assert LedgerEntry.objects.count() == 80
    assert not ledger_check.run()
    assert memory < MOST_MIB
