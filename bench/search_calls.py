#!/usr/bin/env python3
"""Search among a month's calls of one number by a part of the other party's number (target ≤ 50 ms in the database).

    bin/bench search_calls [--calls 10000000] [--parties 200000] [--repeats 10]

Writes the calls of one account, as an import leaves them once its sums are joined, and searches behind the second wall
as the page does: the sums and the newest fifty calls. The time in the database is that of the quickest repeat, since
other work of the machine affects it least; beside it is the processor's time of PostgreSQL. For comparison the last
search is made once without the sums.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import scratch
from django.db import connection
from import_calls import as_owner, backend
from tqdm import tqdm

from accounts.tests.factories import AccountFactory
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from subscribers.calls import partitions
from subscribers.models import CallDirection, Subscriber
from subscribers.selectors import calls
from subscribers.selectors.calls import Selection
from subscribers.tests.factories import CallImportFactory, TrunkFactory

TARGET = 50  # milliseconds
CHUNK = 200_000  # calls written in one statement
PARTS = ("700", "0017", "700-00", "8 029 123-45-67", "+375 29 12", "7 495", "375", "000000000000")

# Popular numbers first: the square of an even chance. In order of time, as calls are imported.
_CALLS = """
INSERT INTO subscribers_callrecord (
    id, month, charged_in, account_id, subscriber_id, trunk_id, source_id, import_id, call_id, leg, direction, outcome,
    started_at, duration, talk_seconds, other_party, destination_id, price_per_minute, billed_seconds,
    included_seconds, cost, fingerprint
)
SELECT serial, %(month)s, %(month)s, %(account)s, %(trunk)s, %(trunk)s, %(source)s, %(import)s,
    lpad(serial::text, 32, '0'), '', 'out', 'answered', %(start)s + serial * %(step)s, 65, 60,
    (ARRAY['+37529', '+37544', '+37517', '+7495'])[1 + party %% 4]
        || lpad((party::bigint * 7919 %% 10000000)::text, 7, '0'),
    NULL, 0.3, 60, 0, 0.3, md5(serial::text) || md5(serial::text)
FROM (
    SELECT serial, floor(power(random(), 2) * %(parties)s)::int AS party
    FROM generate_series(%(first)s, %(last)s) AS serial
) one
"""
_SIZES = """
SELECT pg_size_pretty(sum(pg_relation_size(inhrelid)) FILTER (WHERE inhparent = 'call_of_party'::regclass)),
    pg_size_pretty(pg_total_relation_size('subscribers_partytotal')),
    pg_size_pretty(sum(pg_total_relation_size(inhrelid)) FILTER (WHERE inhparent = 'subscribers_callrecord'::regclass))
FROM pg_inherits
"""


def fill(count: int, parties: int) -> Subscriber:
    """Writes the calls of last month, and joins their sums."""
    trunk: Subscriber = TrunkFactory.create(account=AccountFactory.create())
    partitions.open_ahead()
    month, job = Month.current().shift(-1), CallImportFactory.create()
    values = {
        "month": month.first_day, "account": trunk.account_id, "trunk": trunk.pk, "source": job.source_id,
        "import": job.pk, "start": month.start, "parties": parties,
        "step": (month.end - month.start) // (count + 1),
    }  # fmt: skip
    with as_owner() as cursor:
        # Quicker: keys are in order, sums and the index by party are made at the end.
        cursor.execute("SET session_replication_role = replica; DROP INDEX call_of_party")
        for first in tqdm(range(1, count + 1, CHUNK), desc="calls", file=sys.stderr):
            cursor.execute(_CALLS, values | {"first": first, "last": min(first + CHUNK - 1, count)})
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("CREATE INDEX call_of_party ON subscribers_callrecord (subscriber_id, other_party)")
        cursor.execute(
            """INSERT INTO subscribers_partytotal
            SELECT account_id, subscriber_id, month, charged_in, direction, other_party, destination_id, count(*),
                count(*), sum(talk_seconds), sum(billed_seconds), sum(included_seconds), sum(cost), false
            FROM subscribers_callrecord GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY direction, other_party"""
        )
        cursor.execute("VACUUM ANALYZE")
    return trunk


def search(selection: Selection) -> int:
    """What the page does; returns how many calls are found."""
    found = calls.looked_up(selection)
    calls.page(found)
    return calls.totals(found).calls


def search_rows(selection: Selection) -> int:
    """The same without the sums."""
    calls.page(selection)
    return calls.totals(selection).calls


def in_database(trunk: Subscriber, work: Callable[[], int]) -> tuple[float, float, int]:
    """Milliseconds of the queries behind the second wall by the clock and of the processor, and the work's answer."""
    spent = []
    with tenancy.portal(trunk.account_id):
        processor = backend()

        def watch(execute: Any, *query: Any) -> Any:
            before = time.perf_counter(), processor()
            try:
                return execute(*query)
            finally:
                spent.append((time.perf_counter() - before[0], processor() - before[1]))

        with connection.execute_wrapper(watch):
            found = work()
    return 1000 * sum(clock for clock, _ in spent), 1000 * sum(own for _, own in spent), found


def sizes() -> str:
    """Disk of what the search needs, beside that of the calls."""
    with as_owner() as cursor:
        cursor.execute(_SIZES)
        index, sums, whole = cursor.fetchone()
    return f"disk: index by party {index}, sums by party {sums}; calls with all indexes {whole}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--parties", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=10)
    asked = parser.parse_args()
    worst = 0.0
    with scratch.database():
        trunk = fill(asked.calls, asked.parties)
        print(sizes())
        for part in PARTS:
            selection = Selection(trunk.account, trunk, Month.current().shift(-1), CallDirection.OUT, number=part)
            times = [in_database(trunk, partial(search, selection)) for _ in range(asked.repeats)]
            least, own, found = min(times)
            worst = max(worst, least)
            print(f"{part:16} {found:10,} calls {least:8.1f} ms, processor {own:6.1f} ms", flush=True)
        took, own, _found = in_database(trunk, partial(search_rows, selection))
        print(f"without the sums {took:,.0f} ms, processor {own:,.0f} ms")
    print(f"slowest {worst:.1f} ms (target ≤ {TARGET}); load {os.getloadavg()[0]:.1f}")
    return worst > TARGET


if __name__ == "__main__":
    sys.exit(main())
