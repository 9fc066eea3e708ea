"""What the metrics say about the installation as a whole: durable work, calls, months, connections.

Each block reads the database with one query, or a few of a fixed number, whatever the size of the tables. No label and
no value tells a customer, a telephone number, an address or a sum of money.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import structlog
from django.conf import settings
from django.db import Error, connection
from django.db.models import Min, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

import sipcabinet
from billing.models import StatementsThrough
from sipcabinet.lib import clock, durable_counts
from sipcabinet.lib.periods import Month
from sipcabinet.site import capacity, lanes, readiness
from subscribers.calls import months, partitions
from subscribers.models import BillingMonth, CallImport, CallSource

log = structlog.get_logger(__name__)
Block: TypeAlias = Callable[[], Iterator[Metric]]
COMMIT = re.compile(r"[0-9a-f]{7,40}")
DIGITS_OF_A_PHONE = 7
_CONNECTIONS = """
SELECT CASE application_name WHEN 'sipcabinet' THEN 'application' WHEN 'sipcabinet-portal' THEN 'pages'
    ELSE 'other' END AS login, count(*)
FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
"""


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"sipcabinet_{name}", words, value=value)


def of_code() -> Iterator[Metric]:
    """What is known without the database: the version, the configured bounds."""
    commit = settings.BUILD_COMMIT if COMMIT.fullmatch(settings.BUILD_COMMIT) else "unknown"
    build = GaugeMetricFamily("sipcabinet_build_info", "The version that runs.", labels=["version", "commit"])
    build.add_metric([sipcabinet.__version__, commit], 1)
    yield build
    threads = GaugeMetricFamily("sipcabinet_lane_threads", "Threads of a lane in all web processes.", labels=["lane"])
    for lane in lanes.lanes():
        threads.add_metric([lane.name], lane.threads * int(settings.WEB_WORKERS))
    yield threads
    yield gauge("broker_up", "Whether Valkey answers.", readiness.broker_answers())


def of_connections() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        found = {"application": 0, "pages": 0, "other": 0} | dict(cursor.fetchall())
    used = GaugeMetricFamily("sipcabinet_database_connections", "Connections to the database.", labels=["login"])
    for login, count in found.items():
        used.add_metric([login], count)
    yield used
    if (most := capacity.database_gives()) is not None:
        yield gauge("database_connections_limit", "Connections that PostgreSQL allows.", most)


def of_work() -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "sipcabinet_durable_rows", "Rows of durable work that are not done.", labels=["kind", "state"]
    )
    oldest = GaugeMetricFamily(
        "sipcabinet_durable_oldest_due_seconds", "How long the oldest due row waits for a worker.", labels=["kind"]
    )
    for one in durable_counts.waiting():
        for state, count in (("due", one.due), ("claimed", one.claimed), ("later", one.later)):
            rows.add_metric([one.kind, state], count)
        oldest.add_metric([one.kind], one.oldest_seconds)
    for (kind, state), count in durable_counts.stopped().items():
        rows.add_metric([kind, state], count)
    yield from (rows, oldest)


def of_imports() -> Iterator[Metric]:
    """Counters, since rows of imports are never deleted."""
    counts = ("read_count", "new_count", "duplicate_count", "rejected_count")
    sums = CallImport.objects.aggregate(**{f"sum_{name}": Sum(name) for name in counts})
    rows = CounterMetricFamily("sipcabinet_call_rows", "Rows of imported call files.", labels=["result"])
    for name in counts:
        rows.add_metric([name.removesuffix("_count")], sums[f"sum_{name}"] or 0)
    yield rows


def of_sources() -> Iterator[Metric]:
    known = GaugeMetricFamily(
        "sipcabinet_calls_known_age_seconds", "Age of the newest call of a source.", labels=["source"]
    )
    now = clock.now()
    for pk, name, complete_to in CallSource.objects.order_by("pk").values_list("pk", "name", "complete_to"):
        if complete_to is not None:
            known.add_metric([_plain(name, pk)], max(0.0, (now - complete_to).total_seconds()))
    yield known


def _plain(name: str, pk: int) -> str:
    """The name of a source; its number, where staff named it by something like a telephone number."""
    return f"source-{pk}" if sum(letter.isdigit() for letter in name) >= DIGITS_OF_A_PHONE else name


def of_statements() -> Iterator[Metric]:
    """Nothing before the first statement."""
    through = StatementsThrough.objects.values_list("through", flat=True).first()
    if through is not None:
        age = (clock.today() - through).days
        yield gauge("statements_complete_age_days", "Days since the bank statements are complete.", max(0, age))


def of_months() -> Iterator[Metric]:
    now, made = Month.current(), partitions.months()
    ahead = next(number for number in range(len(made) + 1) if now.shift(number + 1) not in made)
    yield gauge("call_partition_this_month", "Whether calls of this month can be stored.", now in made)
    yield gauge("call_partitions_ahead_months", "Coming months whose calls can be stored.", ahead)
    yield gauge("months_to_close", "Months that are over and not closed.", len(_ended_open(now)))


def _ended_open(now: Month) -> list[Month]:
    """Months before the present one after the last closed one; before the first close, from the first with calls."""
    last = months.last_closed()
    if last is None:
        first = BillingMonth.objects.aggregate(first=Min("month"))["first"]
        last = Month.of(first).shift(-1) if first else now
    return [month for month in now.last(60) if last < month < now]


BLOCKS: dict[str, Block] = {
    "connections": of_connections,
    "work": of_work,
    "imports": of_imports,
    "sources": of_sources,
    "statements": of_statements,
    "months": of_months,
}


def read() -> list[Metric]:
    """Everything. A block that cannot be read is left out and named in `sipcabinet_block_failed`."""
    found, failed = [*of_code()], dict.fromkeys(BLOCKS, 0)
    for name, block in BLOCKS.items():
        try:
            found += block()
        except Error as error:
            failed[name] = 1
            log.error("metrics.block_failed", block=name, error=type(error).__name__)  # noqa: TRY400 - a trace says no more
    unread = GaugeMetricFamily("sipcabinet_block_failed", "Blocks that could not be read.", labels=["block"])
    for name, failure in failed.items():
        unread.add_metric([name], failure)
    up = gauge("database_up", "Whether the database answers.", len(BLOCKS) > sum(failed.values()))
    return [*found, unread, up]
