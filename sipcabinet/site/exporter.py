"""Serves the metrics to Prometheus on a port of their own.

The database is read every REFRESH_SECONDS by one thread, whether or not somebody asks. So a scrape costs no query, and
a database that hangs delays no scrape. Counts of the web and worker processes are read from their files.
"""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from sipcabinet.site import gauges

log = structlog.get_logger(__name__)
REFRESH_SECONDS = 15.0
VISITOR_SECONDS = 5.0  # of silence, after which the server hangs up: it serves one visitor at a time
STATEMENT_MILLISECONDS = 5000
PATH = "/metrics"


class Snapshot(Collector):
    """The last reading of the database, and when it was made."""

    def __init__(self) -> None:
        self._metrics: list[Metric] = []
        self._read_at = float("-inf")

    def refresh(self) -> None:
        """Reads the database; called by one thread, which has the only connection."""
        self._metrics = gauges.read()
        self._read_at = time.monotonic()

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics
        if self._metrics:
            yield gauges.gauge("read_age_seconds", "Age of this reading.", time.monotonic() - self._read_at)


class OfProcesses(Collector):
    """The sums of what the web and worker processes count."""

    def collect(self) -> Iterator[Metric]:
        files = sorted(str(path) for path in Path(settings.METRICS_DIR).glob("*/*.db"))
        try:
            yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        except FileNotFoundError:  # a part has just begun anew and removed its old folder
            log.info("metrics.files_replaced")


def registry(snapshot: Snapshot) -> CollectorRegistry:
    every = CollectorRegistry()
    every.register(snapshot)
    every.register(OfProcesses())
    return every


class Handler(BaseHTTPRequestHandler):
    """Answers GET of PATH; everything else is 404."""

    registry: CollectorRegistry
    timeout = VISITOR_SECONDS
    server_version, sys_version = "metrics", ""

    def do_GET(self) -> None:
        if self.path != PATH:
            self.send_error(404)
            return
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        text = encode(self.registry)
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is the library's
        """Logs nothing: a scrape every few seconds is no event."""


def server(snapshot: Snapshot, host: str, port: int) -> HTTPServer:
    """The listening server. Raises OSError if it cannot listen there."""
    handler = type("PortalHandler", (Handler,), {"registry": registry(snapshot)})
    return HTTPServer((host, port), handler)


def run(host: str, port: int) -> None:
    """Serves until the process is ended. Raises OSError if it cannot listen there."""
    snapshot = Snapshot()
    listening = server(snapshot, host, port)
    # A query of the metrics may never hold the database for long.
    connection.settings_dict["OPTIONS"]["options"] = f"-c statement_timeout={STATEMENT_MILLISECONDS}"
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    log.info("metrics.served", host=host, port=listening.server_port)
    while True:
        connection.close_if_unusable_or_obsolete()
        snapshot.refresh()
        time.sleep(REFRESH_SECONDS)
