"""What processes count for Prometheus: requests, lanes, tasks, outcomes; labels are names from the code alone."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts import tasks
from sipcabinet.lib import durable, metrics
from sipcabinet.lib.lanes import BUSY, Lane, Lanes
from sipcabinet.site import exporter
from sipcabinet.tests.durable_rows import claim, job
from sipcabinet.tests.processes import ROOT

PHONE = "375291234567"
COUNTS = """
import django; django.setup()
from sipcabinet.lib import metrics
metrics.begin("web") if {first} else None
metrics.keep()
metrics.lane_refused("pages")
metrics.task_ended("a.task", "SUCCESS", 0.5)
"""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> metrics.Kept:
    """The numbers of this process, which counts during the test."""
    made = metrics.Kept.made()
    monkeypatch.setattr(metrics, "_kept", made)
    return made


def samples(kept: metrics.Kept, name: str) -> dict[tuple[str, ...], float]:
    """The values of a metric by its labels, in the order of their names."""
    found = {}
    for metric in kept.registry.collect():
        for sample in metric.samples:
            if sample.name == name:
                found[tuple(value for _label, value in sorted(sample.labels.items()))] = sample.value
    return found


def requests(kept: metrics.Kept) -> dict[tuple[str, ...], float]:
    """By method, route and status."""
    return samples(kept, "sipcabinet_requests_total")


@pytest.mark.django_db
def test_a_request_is_counted_by_route_method_and_status(kept: metrics.Kept) -> None:
    Client().get("/health/")
    Client().get("/health/")
    Client().post("/health/")
    assert requests(kept) == {("GET", "site:health", "200"): 2, ("POST", "site:health", "405"): 1}
    assert samples(kept, "sipcabinet_request_seconds_count")["GET", "site:health"] == 2
    assert samples(kept, "sipcabinet_request_seconds_sum")["GET", "site:health"] > 0


@pytest.mark.django_db
def test_an_id_in_an_address_is_no_label(kept: metrics.Kept) -> None:
    for number in range(5):
        Client().get(f"/subscribers/{number}/calls/?q={PHONE}")
    assert requests(kept) == {("GET", "subscribers:calls", "302"): 5}


@pytest.mark.django_db
def test_hostile_requests_make_no_new_label_values(kept: metrics.Kept) -> None:
    client = Client(headers={"X-Forwarded-For": PHONE, "User-Agent": PHONE})
    for path in (f"/{PHONE}/", f"/a@b.example/{PHONE}", "/%00", "/../../etc/passwd", '/"}\n', "/admin/no/such/", "/ю/"):
        client.get(path)
        client.post(path, {"phone": PHONE})
    for method in (f"BREW{PHONE}", "PROPFIND", "get"):
        client.generic(method, "/health/")
    client.get("/health/", headers={"Host": f"{PHONE}.example"})
    client.get("/static/no-such-file.css")
    routes = {route for _method, route, _status in requests(kept)}
    assert routes <= {*names_of_routes(), metrics.NO_ROUTE, metrics.STATIC}
    assert {method for method, _route, _status in requests(kept)} <= {*metrics.METHODS, metrics.OTHER}
    assert all(re.fullmatch(r"\d{3}", status) for _method, _route, status in requests(kept))
    assert PHONE not in str(requests(kept))


@pytest.mark.django_db
def test_with_addresses_as_labels_a_visitor_makes_new_ones(kept: metrics.Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault that the names of routes prevent."""
    monkeypatch.setattr(metrics, "_route", lambda request: request.path_info)
    Client().get(f"/{PHONE}/")
    assert PHONE in str(requests(kept))


def names_of_routes() -> Iterator[str]:
    """Names of all URL patterns, also of those of the desk, as views see them."""

    def walk(resolver: Any, prefix: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                yield from walk(pattern, inner)
            elif pattern.name:
                yield f"{prefix}{pattern.name}"

    return walk(get_resolver(), "")


def test_a_lane_counts_its_work_and_its_refusals(kept: metrics.Kept) -> None:
    def application(environ: Any, start_response: Any) -> Any:
        return Answer([b"ok"])

    def refuse(status: int) -> Any:
        return lambda *_request: [str(status).encode()]

    lane = Lane("pages", 1, re.compile(""), room=0, wait_seconds=1)
    lanes = Lanes(application, [lane], refuse)
    assert list(lanes({"PATH_INFO": "/"}, print)) == [b"ok"]
    lanes._open[0]._places.acquire()
    assert list(lanes({"PATH_INFO": f"/{PHONE}"}, print)) == [str(BUSY).encode()]
    assert samples(kept, "sipcabinet_lane_refusals_total") == {("pages",): 1}
    assert samples(kept, "sipcabinet_lane_wait_seconds_count") == {("pages",): 1}
    assert samples(kept, "sipcabinet_lane_busy_seconds_total")["pages",] > 0


class Answer(list[bytes]):
    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.django_db
def test_a_task_is_counted_with_its_result_and_its_time(kept: metrics.Kept) -> None:
    tasks.forget_attempts.apply()
    name = "accounts.forget_counters"
    assert samples(kept, "sipcabinet_tasks_total") == {("success", name): 1}
    assert samples(kept, "sipcabinet_task_seconds_count")[name,] == 1
    assert samples(kept, "sipcabinet_task_last_success_timestamp_seconds")[name,] > 1e9


@pytest.mark.django_db
def test_a_failed_task_is_no_success(kept: metrics.Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "Throttle", None)
    tasks.forget_attempts.apply()
    assert samples(kept, "sipcabinet_tasks_total") == {("failure", "accounts.forget_counters"): 1}
    assert samples(kept, "sipcabinet_task_last_success_timestamp_seconds") == {}


@pytest.mark.django_db(transaction=True)
def test_committed_outcomes_of_durable_work_are_counted(kept: metrics.Kept) -> None:
    job(recipient=f"{PHONE}@customer.example")
    durable.postpone(claim(), "no answer", delay=durable.FIRST_DELAY)
    for settle in (durable.finish, lambda row: durable.refuse(row, "550"), lambda row: durable.park(row, "poison")):
        job()
        settle(claim())
    outcomes = samples(kept, "sipcabinet_durable_outcomes_total")
    assert outcomes == {("letter", word): 1 for word in ("postponed", "done", "refused", "parked")}


def test_nothing_is_counted_without_a_port(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_kept", None)
    settings.METRICS_PORT, settings.METRICS_DIR = 0, tmp_path / "metrics"
    metrics.begin("web")
    metrics.keep()
    assert not metrics.is_kept()
    assert not settings.METRICS_DIR.exists()


@pytest.mark.full
def test_processes_of_one_part_and_of_several_are_added_up(tmp_path: Path, settings: Any) -> None:
    settings.METRICS_DIR = tmp_path
    first = counted(tmp_path)
    counted(tmp_path, inherits=first)
    second = counted(tmp_path, part_of_its_own=True)
    assert first != second
    found = {sample.name: sample.value for metric in exporter.OfProcesses().collect() for sample in metric.samples}
    assert found["sipcabinet_lane_refusals_total"] == 1  # the first part has ended, so its folder is removed
    assert found["sipcabinet_task_seconds_count"] == 1


def counted(folder: Path, *, inherits: str = "", part_of_its_own: bool = False) -> str:
    """A process that counts one refusal and one task; returns its part's folder."""
    own = {"METRICS_PORT": "9109", "METRICS_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "sipcabinet.settings"}
    if inherits:
        own[metrics.FOLDER] = inherits
    code = COUNTS.format(first=not inherits) + f"import os; print(os.environ[{metrics.FOLDER!r}])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=os.environ | own, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_only_folders_of_ended_parts_are_removed(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_PORT, settings.METRICS_DIR = 9109, tmp_path
    monkeypatch.setenv(metrics.FOLDER, "")
    for name in ("web-running", "web-ended", "worker-ended"):
        (tmp_path / name).mkdir()
        (tmp_path / name / metrics.LOCK).touch()
    with (tmp_path / "web-running" / metrics.LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        metrics.begin("web")
    left = {path.name for path in tmp_path.iterdir()}
    own = Path(os.environ[metrics.FOLDER]).name
    assert left == {"web-running", "worker-ended", own}
    assert own.startswith("web-")
