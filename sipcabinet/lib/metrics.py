"""What the portal's processes count for Prometheus: requests, lanes, tasks, outcomes of durable work.

Several processes make up one part (web, worker). The part's main process calls `begin`, which makes a folder for the
part. Each process that works calls `keep`, and writes its numbers into files of its own in that folder. The exporter
(`sipcabinet/serve_metrics.py`) adds the files up. Without METRICS_PORT nothing is counted.

Labels hold only names from the code: routes, methods, statuses, lanes, tasks, kinds of work. What a visitor or a
customer wrote is never a label.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

log = structlog.get_logger(__name__)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the variable by which prometheus_client finds the files of a part
LOCK = "lock"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NO_ROUTE, STATIC, OTHER = "none", "static", "other"
REQUEST_BUCKETS = (0.05, 0.25, 1.0, 5.0)  # seconds
WAIT_BUCKETS = (0.05, 0.5, 5.0)
TASK_BUCKETS = (0.1, 1.0, 10.0, 60.0, 600.0)


def begin(part: str) -> None:
    """Makes an empty folder for the processes of a part, which inherit it by the environment.

    Folders of the same part whose processes have all ended are removed: their lock is free.
    """
    if not settings.METRICS_PORT:
        return
    every = Path(settings.METRICS_DIR)
    every.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in every.glob(f"{part}-*"):
        if (lock := _locked(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)
    own = every / f"{part}-{os.urandom(6).hex()}"
    own.mkdir(mode=0o700)
    (own / LOCK).touch(mode=0o600)
    if (lock := _locked(own)) is not None:
        os.set_inheritable(lock, True)
    os.environ[FOLDER] = str(own)


def _locked(folder: Path) -> int | None:
    """The folder's lock as an open file; None if a process of the part still runs, or the folder is just made."""
    try:
        file = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def keep() -> None:
    """From now on this process counts, if its part has a folder."""
    global _kept  # noqa: PLW0603 - one per process
    if settings.METRICS_PORT and os.environ.get(FOLDER):
        _kept = Kept.made()


@dataclass(frozen=True, slots=True)
class Kept:
    """The numbers of one process."""

    registry: Any
    requests: Any
    request_seconds: Any
    lane_seconds: Any
    lane_waits: Any
    lane_refusals: Any
    tasks: Any
    task_seconds: Any
    task_success: Any
    outcomes: Any

    @classmethod
    def made(cls) -> "Kept":
        # The library chooses when it is imported whether values are kept in files: not before `begin`.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        all_ = CollectorRegistry()
        return cls(
            registry=all_,
            requests=Counter("sipcabinet_requests", "Answered requests.", ["route", "method", "status"], registry=all_),
            request_seconds=Histogram(
                "sipcabinet_request_seconds",
                "Time from the lane's thread to the answer.",
                ["route", "method"],
                buckets=REQUEST_BUCKETS,
                registry=all_,
            ),
            lane_seconds=Counter(
                "sipcabinet_lane_busy_seconds", "Time that threads of a lane have worked.", ["lane"], registry=all_
            ),
            lane_waits=Histogram(
                "sipcabinet_lane_wait_seconds",
                "Time that a request waited for a thread of its lane.",
                ["lane"],
                buckets=WAIT_BUCKETS,
                registry=all_,
            ),
            lane_refusals=Counter(
                "sipcabinet_lane_refusals", "Requests that a lane answered with 503.", ["lane"], registry=all_
            ),
            tasks=Counter("sipcabinet_tasks", "Ended Celery tasks.", ["task", "result"], registry=all_),
            task_seconds=Histogram(
                "sipcabinet_task_seconds", "Time of Celery tasks.", ["task"], buckets=TASK_BUCKETS, registry=all_
            ),
            task_success=Gauge(
                "sipcabinet_task_last_success_timestamp_seconds",
                "When a Celery task last ended well.",
                ["task"],
                multiprocess_mode="max",
                registry=all_,
            ),
            outcomes=Counter(
                "sipcabinet_durable_outcomes", "Outcomes of durable work.", ["kind", "outcome"], registry=all_
            ),
        )


_kept: Kept | None = None


def is_kept() -> bool:
    return _kept is not None


def request_answered(request: HttpRequest, status: int, seconds: float) -> None:
    if _kept is None:
        return
    route, method = _route(request), request.method if request.method in METHODS else OTHER
    _kept.requests.labels(route, method, status).inc()
    _kept.request_seconds.labels(route, method).observe(seconds)


def _route(request: HttpRequest) -> str:
    """The name of the request's URL pattern; an address without a pattern has no name, whatever it says."""
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return str(match.view_name) if match.url_name else NO_ROUTE
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else NO_ROUTE


def lane_worked(lane: str, *, waited: float, busy: float) -> None:
    """`waited` and `busy` in seconds."""
    if _kept is not None:
        _kept.lane_waits.labels(lane).observe(waited)
        _kept.lane_seconds.labels(lane).inc(busy)


def lane_refused(lane: str) -> None:
    if _kept is not None:
        _kept.lane_refusals.labels(lane).inc()


def task_ended(task: str, result: str, seconds: float) -> None:
    """`result` is a state of Celery: SUCCESS, FAILURE, RETRY, …"""
    if _kept is None:
        return
    _kept.tasks.labels(task, result.lower()).inc()
    _kept.task_seconds.labels(task).observe(seconds)
    if result == "SUCCESS":
        _kept.task_success.labels(task).set(time.time())


def work_ended(kind: str, outcome: str) -> None:
    """An outcome of durable work was committed: done, refused, parked, or postponed."""
    if _kept is not None:
        _kept.outcomes.labels(kind, outcome).inc()


class RequestMetricsMiddleware:
    """Counts each answered request. The outermost middleware, so that its time is the whole time in Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self.get_response(request)
        request_answered(request, response.status_code, time.perf_counter() - begun)
        return response
