"""Metrics of the installation as a whole: what they count, what they cost, and what their labels never hold."""

import http.client
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import HTTPServer
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

import sipcabinet
from billing.models import StatementsThrough
from sipcabinet.lib import clock, durable_counts
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from sipcabinet.site import exporter, gauges
from sipcabinet.tests.durable_rows import job
from sipcabinet.tests.processes import ROOT
from subscribers.calls import partitions
from subscribers.models import BillingMonth, CallImport, CallSource

pytestmark = pytest.mark.django_db
PHONE = "375291234567"
LABELS = {"version", "commit", "lane", "login", "kind", "state", "result", "source", "block"}
KINDS = {"letter", "documentorder", "invoicemailing", "callimport", "passwordrequest", "provisioningjob", "sending"}
KINDS |= {"customerload", "monthcalculation", "monthissue", "plannedchange", "reconciliationrun", "rerating"}
KINDS |= {"switchtransfer"}


def values(name: str) -> dict[tuple[str, ...], float]:
    """The values of a gauge by its labels, in the order of their names."""
    found = {}
    for metric in gauges.read():
        for sample in metric.samples:
            if sample.name == f"sipcabinet_{name}":
                found[tuple(value for _label, value in sorted(sample.labels.items()))] = sample.value
    return found


def value(name: str) -> float | None:
    return values(name).get(())


def imported(source: CallSource, **counts: int) -> None:
    CallImport.objects.create(source=source, file_name=f"{PHONE}.csv", sha256="0" * 64, state="done", **counts)


def test_due_work_is_counted_by_kind_and_state() -> None:
    now = clock.now()
    job(due_at=now - timedelta(seconds=90))
    job(due_at=now - timedelta(seconds=30))
    job(due_at=now - timedelta(days=1), claimed_until=now + timedelta(minutes=5))
    job(due_at=now + timedelta(minutes=5))
    job(state=JobState.REFUSED, finished_at=now)
    job(state=JobState.DONE, due_at=now - timedelta(days=1))
    rows = values("durable_rows")
    letters = {state: count for (kind, state), count in rows.items() if kind == "letter"}
    assert letters == {"due": 2, "claimed": 1, "later": 1, "refused": 1, "parked": 0}
    assert {kind for kind, _state in rows} == KINDS
    assert 90 <= values("durable_oldest_due_seconds")["letter",] < 120
    assert values("durable_oldest_due_seconds")["documentorder",] == 0


def test_counting_stopped_work_and_the_oldest_uses_indexes() -> None:
    """Most letters are sent: neither question may read them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, index in ((durable_counts._STOPPED, "letter_stopped"), (durable_counts._OLDEST, "letter_due")):
            cursor.execute(
                f"EXPLAIN {sql.format(kind='letter', table='notifications_letter')}", sql.count("%s") * [clock.now()]
            )
            assert index in str(cursor.fetchall())


def test_rows_of_call_files_are_counted() -> None:
    source = CallSource.objects.create(name="fs1", format="freeswitch")
    imported(source, read_count=10, new_count=7, duplicate_count=2, rejected_count=1)
    imported(source, read_count=5, new_count=5)
    rows = values("call_rows_total")
    assert rows == {("read",): 15, ("new",): 12, ("duplicate",): 2, ("rejected",): 1}


def test_how_old_the_newest_call_of_each_source_is() -> None:
    CallSource.objects.create(name="fs1", format="freeswitch", complete_to=clock.now() - timedelta(hours=1))
    CallSource.objects.create(name="no-file-yet", format="freeswitch")
    [(labels, age)] = values("calls_known_age_seconds").items()
    assert labels == ("fs1",)
    assert 3600 <= age < 3700


def test_a_source_named_like_a_telephone_is_told_by_its_number() -> None:
    made = CallSource.objects.create(name=PHONE, format="freeswitch", complete_to=clock.now())
    assert set(values("calls_known_age_seconds")) == {(f"source-{made.pk}",)}


def test_since_when_statements_are_missing(at: Any) -> None:
    assert value("statements_complete_age_days") is None
    at("2026-11-25 12:00")
    StatementsThrough.objects.update_or_create(pk=1, defaults={"through": date(2026, 11, 22)})
    assert value("statements_complete_age_days") == 3
    StatementsThrough.objects.update(through=date(2026, 11, 30))
    assert value("statements_complete_age_days") == 0


def test_partitions_ahead(at: Any) -> None:
    at("2031-05-10 12:00")  # no other test has made partitions of that year
    assert (value("call_partition_this_month"), value("call_partitions_ahead_months")) == (0, 0)
    partitions.open_ahead()
    assert (value("call_partition_this_month"), value("call_partitions_ahead_months")) == (1, partitions.AHEAD)


def test_months_that_wait_for_their_close(at: Any) -> None:
    at("2026-11-25 12:00")
    assert value("months_to_close") == 0
    for number in (8, 9, 11):
        BillingMonth.objects.create(month=date(2026, number, 1))
    assert value("months_to_close") == 3  # August to October
    BillingMonth.objects.filter(month=date(2026, 9, 1)).update(closed_at=clock.now())
    assert value("months_to_close") == 1
    BillingMonth.objects.create(month=Month(2026, 10).first_day, closed_at=clock.now())
    assert value("months_to_close") == 0


def test_the_build(settings: Any) -> None:
    settings.BUILD_COMMIT = "a" * 40
    assert values("build_info") == {("a" * 40, sipcabinet.__version__): 1}
    settings.BUILD_COMMIT = "main; $(id)"
    assert values("build_info") == {("unknown", sipcabinet.__version__): 1}
    assert f'version = "{sipcabinet.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_connections_are_counted_against_the_limit() -> None:
    assert values("database_connections")["application",] >= 1
    assert (value("database_connections_limit") or 0) > 1


def test_labels_are_few_and_tell_nobodys_name(account: Any) -> None:
    job(account=account, recipient=f"{PHONE}@customer.example", subject=PHONE)
    source = CallSource.objects.create(name="fs1", format="freeswitch", complete_to=clock.now())
    imported(source, read_count=1)
    partitions.open_ahead()
    found = [sample for metric in gauges.read() for sample in metric.samples]
    assert {label for sample in found for label in sample.labels} <= LABELS
    assert len(found) < 120
    told = str(found)
    for secret in (PHONE, "customer.example", str(account.number), account.customer.name):
        assert secret not in told


def test_a_reading_costs_a_fixed_number_of_queries() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            gauges.read()
        return len(queries)

    before = cost()
    for number in range(5):
        job()
        imported(
            CallSource.objects.create(name=f"fs{number}", format="freeswitch", complete_to=clock.now()), read_count=1
        )
    assert cost() == before <= 12


def test_a_block_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Any]:
        yield from ()
        raise DatabaseError("a secret")

    monkeypatch.setitem(gauges.BLOCKS, "work", broken)
    failed = values("block_failed")
    assert failed["work",] == 1
    assert sum(failed.values()) == 1
    assert value("database_up") == 1
    for name in gauges.BLOCKS:
        monkeypatch.setitem(gauges.BLOCKS, name, broken)
    assert value("database_up") == 0
    assert values("lane_threads")


@pytest.fixture
def served() -> Iterator[tuple[exporter.Snapshot, HTTPServer]]:
    snapshot = exporter.Snapshot()
    server = exporter.server(snapshot, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield snapshot, server
    server.shutdown()
    server.server_close()
    thread.join()


def asked(server: HTTPServer, path: str, method: str = "GET") -> tuple[int, str]:
    visitor = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        visitor.request(method, path)
        answer = visitor.getresponse()
        return answer.status, answer.read().decode()
    finally:
        visitor.close()


def test_a_scrape_asks_the_database_nothing(
    served: tuple[exporter.Snapshot, HTTPServer], settings: Any, tmp_path: Any
) -> None:
    settings.METRICS_DIR = tmp_path
    snapshot, server = served
    assert asked(server, "/metrics")[0] == 200  # before the first reading
    snapshot.refresh()
    with CaptureQueriesContext(connection) as queries:
        status, text = asked(server, "/metrics")
    assert (status, len(queries)) == (200, 0)
    assert "sipcabinet_database_up 1.0" in text
    assert "sipcabinet_read_age_seconds" in text


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", f"/metrics/{PHONE}"), ("POST", "/metrics")])
def test_nothing_else_is_served(served: tuple[exporter.Snapshot, HTTPServer], method: str, path: str) -> None:
    status, text = asked(served[1], path, method)
    assert status in {404, 501}
    assert PHONE not in text


def test_metrics_have_no_address_in_the_portal(client: Any) -> None:
    assert client.get("/metrics").status_code == client.get("/metrics/").status_code == 404
