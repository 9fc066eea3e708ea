#!/usr/bin/env python3
"""The desk with very many customers: queries, time and plans of the search and of a customer's page.

    bin/bench desk [--customers 100000] [--numbers 300000] [--invoices 600000] [--crowd 10000] [--repeats 10]

Targets: a search takes at most 10 queries and 50 ms in the database; the page of a customer with `--crowd` numbers at
most 15 queries and 150 ms in all.

Each page is opened as a person of the staff with all rights. Queries are those of the whole request, also of the
session and the rights. The time in the database is that of the quickest repeat: other work of the machine affects
it least. A plan that reads a large table as a whole is printed, and the bench fails.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import many_customers
import scratch
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from accounts.tests.factories import AccountFactory, StaffFactory
from desk.tests import customers
from sipcabinet.tests.signed_in import signed_in

LARGE = 20_000  # rows of a table that no page may read as a whole


@dataclass(frozen=True)
class Target:
    """The most that a page may need."""

    queries: int
    database: float = math.inf  # milliseconds
    request: float = math.inf  # milliseconds


SEARCH = Target(queries=10, database=50)
CUSTOMER = Target(queries=15, request=150)


def searches(customers: int) -> Iterator[tuple[str, str]]:
    """What is typed, by the name of the row: each kind of text, found and not found."""
    someone = customers // 2
    yield from {
        "whole number": "8 044 700-79-19",
        "number with +375": "+375 44 700 79 19",
        "number that nobody has": "+375 44 600-00-00",
        "part of a number": "711-20",
        "3 digits": "711",
        "beginning of all numbers": "447",
        "end of a number": "20-30",
        "account": str(400_000_000 + someone),
        "beginning of all accounts": "4000",
        "УНП": str(190_000_000 + someone),
        "beginning of all УНП": "190",
        "contract": f"SIP-{someone}/2024",
        "part of all contracts": "SIP-",
        "invoice": f"№ {someone}",
        "order": f"З-2026-{someone:06d}",
        "guarantee": "г-2026-77",
        "operation": "о 2026 78",
        "address": f"office{someone}@firm{someone * 13 % 5000}.example",
        "address for invoices": f"book{someone}@firm{someone * 13 % 5000}.example",
        "part of an address": "@firm77.",
        "address that nobody has": "nobody@nowhere.example",
        "word of 1,300 names": "северный",
        "two words": "серебряный зубр",
        "three words": "ООО Зелёный мост Орша",
        "part of a word": "полес",
        "legal form alone": "ооо",
        "mistake: swapped letters": "севреный",
        "mistake: a letter missing": "сереряный зубр",
        "mistake in a family name": "лукашенвич",
        "name that nobody has": "абракадабра",
        "letters that no name has": "qwertyuiop",
    }.items()


def measured(client: Client, path: str, repeats: int) -> tuple[list[str], float, float]:
    """The queries of the page, and the least milliseconds in the database and of the whole request."""
    times, wholes, queries = [], [], []
    for _ in range(repeats + 1):  # the first one warms up
        begin = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
        wholes.append(1000 * (time.perf_counter() - begin))
        if response.status_code not in {200, 302}:
            sys.exit(f"a page answered {response.status_code}")
        queries = [
            query["sql"]
            for query in captured
            if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
        ]
        times.append(1000 * sum(float(query["time"]) for query in captured))
    return queries, min(times[1:]), min(wholes[1:])


def read_whole(queries: list[str], large: set[str]) -> list[str]:
    """Large tables that a query of the page reads from beginning to end, with the settings that the page made."""
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in queries:
            if "enable_seqscan" in sql:
                cursor.execute(sql)
            if sql.startswith(("SELECT set_config", "SET", "UPDATE", "INSERT")):
                continue
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            plan = cursor.fetchone()[0]
            plan = json.loads(plan) if isinstance(plan, str) else plan
            found += [
                node["Relation Name"]
                for node in _nodes(plan[0]["Plan"])
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large
            ]
    return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def large_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND reltuples > %s", [LARGE])
        return {name for (name,) in cursor.fetchall()}


def checked(client: Client, pages: dict[str, str], target: Target, repeats: int) -> bool:
    """Prints a row for each page; returns whether all of them keep to the target."""
    large, good = large_tables(), True
    print(f"{'':<30} {'queries':>8} {'database, ms':>13} {'request, ms':>12}")
    for name, path in pages.items():
        queries, took, whole = measured(client, path, repeats)
        read = read_whole(queries, large)
        slow = took > target.database or whole > target.request
        missed = read or len(queries) > target.queries or slow
        note = f"  reads all of {', '.join(read)}" if read else "  MISSED" if missed else ""
        print(f"{name:<30} {len(queries):>8} {took:>13.1f} {whole:>12.1f}{note}")
        good = good and not missed
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--numbers", type=int, default=300_000)
    parser.add_argument("--invoices", type=int, default=600_000)
    parser.add_argument("--crowd", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args()
    good = customer(options.crowd, options.repeats)
    good = search(options) and good
    return 0 if good else 1


def customer(crowd: int, repeats: int) -> bool:
    """Measures the page of a customer with this many numbers; returns whether it keeps to the target."""
    with scratch.database():
        account = AccountFactory.create()
        customers.large(account, crowd)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        page = {f"a customer with {crowd:,} numbers": reverse("admin:desk_customer", args=[account.customer_id])}
        return checked(_desk(), page, CUSTOMER, repeats)


def search(options: argparse.Namespace) -> bool:
    """Measures the searches among very many customers; returns whether all of them keep to the target."""
    with scratch.database():
        begin = time.perf_counter()
        many_customers.fill(customers=options.customers, numbers=options.numbers, invoices=options.invoices)
        took = time.perf_counter() - begin
        print(f"{options.customers:,} customers, {options.numbers:,} numbers, {took:.0f} s to make")
        path = reverse("admin:search")
        pages = {name: f"{path}?{urlencode([('q', text), ('stay', 1)])}" for name, text in searches(options.customers)}
        return checked(_desk(), pages, SEARCH, options.repeats)


def _desk() -> Client:
    client = signed_in(StaffFactory.create())
    client.defaults["HTTP_HOST"] = "localhost"
    return client


if __name__ == "__main__":
    sys.exit(main())
