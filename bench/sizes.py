#!/usr/bin/env python3
"""The disk that the tables take, for a million numbers with their accounts, documents, letters and calls of a month.

    bin/bench sizes [--numbers 150000] [--calls 1000000] [--calls-of-number 100]

Inserts accounts with three numbers and six invoices, payments and letters each, and calls in one month; measures the
tables with their indexes (VACUUM FULL is not run, as in an installation), and prints GB for a million numbers.
"""

import argparse

import many_customers
import scratch
from django.db import connection

from accounts.tests.factories import AccountFactory
from sipcabinet.lib.periods import Month
from subscribers.tests import crowd

# A partition counts as its table.
SIZES = """
SELECT COALESCE(p.inhparent, c.oid)::regclass::text AS name, sum(pg_total_relation_size(c.oid)), sum(s.n_live_tup)
FROM pg_class c
JOIN pg_stat_user_tables s ON s.relid = c.oid
LEFT JOIN pg_inherits p ON p.inhrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
GROUP BY 1 HAVING sum(s.n_live_tup) > 1000 ORDER BY 2 DESC
"""
OF_CALLS = ("subscribers_callrecord", "subscribers_calldailytotal", "subscribers_partytotal")


def sizes() -> list[tuple[str, int, int]]:
    """Table, bytes with indexes, rows."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("ANALYZE")
        cursor.execute(SIZES)
        return [(name, int(size), int(rows)) for name, size, rows in cursor.fetchall()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, default=150_000)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--calls-of-number", type=int, default=100, help="a month, for the last column")
    options = parser.parse_args()
    accounts = options.numbers // 3
    with scratch.database():
        account = AccountFactory.create()
        crowd.call(crowd.connect(account, 10_000), [Month.current()], 1, options.calls)
        crowd.total(account)
        found = [row for row in sizes() if row[0] in OF_CALLS]
    with scratch.database():  # its rows have numbers of their own, which the first ones would have taken
        many_customers.fill(customers=accounts, numbers=options.numbers, invoices=accounts * 6)
        found += sizes()
    million = 1_000_000 / options.numbers
    monthly = 1_000_000 * options.calls_of_number / options.calls
    print(f"{'table':<32} {'rows':>10} {'bytes a row':>12} {'GB a million numbers':>22}")
    for name, size, rows in found:
        of_calls = name in OF_CALLS
        gigabytes = size * (monthly if of_calls else million) / 1e9
        note = f" a month of {options.calls_of_number} calls a number" if of_calls else ""
        print(f"{name:<32} {rows:>10,} {size / rows:>12,.0f} {gigabytes:>22.2f}{note}")


if __name__ == "__main__":
    main()
