#!/usr/bin/env python3
"""The close of a month of 10,000 accounts and 20 M calls, against one SQL aggregate over the rollup of the calls.

    bin/bench close [--accounts 10000] [--days 17] [--pdfs 200] [--workers 2]

Each account has a trunk, two numbers, and two closed months before; each number makes 5 calls to each of eight
destinations on each of the days (10,000 accounts, 17 days: 20.4 M calls in 4.1 M rows of the rollup). The calls are in
the rollup alone, which is all that a close reads.

Measured: the calculation for the review and the issuing of all invoices with acts, debts, entries and mailings, by the
worker's own functions; the aggregate in turns with them; the peak memory of the process. Then the PDFs of some of the
invoices, by so many processes at once.

Targets: the close without PDFs within 60 s and within 20 times the aggregate, of the processor; a worker below 400 MB.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

import scratch
from django.conf import settings
from django.db import connection
from month_bench import MARCH, fill

from accounts.actor import Actor
from accounts.tests.factories import StaffFactory
from billing.models import Invoice, InvoiceFileKind, MonthCalculation
from billing.services import closing, invoice_files, month_calculations, month_issues

SECONDS, RATIO, MEGABYTES = 60, 20.0, 400
TICKS = os.sysconf("SC_CLK_TCK")
AGGREGATE = """
SELECT count(*), sum(cost) FROM (
    SELECT sum(answered), sum(billed_seconds), sum(included_seconds), sum(cost) AS cost
    FROM subscribers_calldailytotal WHERE charged_in = %s AND direction = 'out' GROUP BY subscriber_id, destination_id
) each
"""


class Spent(NamedTuple):
    """Seconds: by the clock, and of the processor in this process and in its database session."""

    clock: float
    processor: float


def measured(work: Callable[[], object]) -> Spent:
    begin, processor = time.perf_counter(), _processor()
    work()
    return Spent(time.perf_counter() - begin, _processor() - processor)


def _processor() -> float:
    """Other work on the machine affects it least. The database must be on this machine."""
    connection.ensure_connection()
    session = connection.connection.info.backend_pid
    words = Path(f"/proc/{session}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(words[11]) + int(words[12])) / TICKS


def aggregate() -> None:
    """The yardstick: the sums of the month by number and destination, as charges need them."""
    with connection.cursor() as cursor:
        cursor.execute(AGGREGATE, [MARCH.first_day])
        cursor.fetchone()


def peak() -> int:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def closed() -> bool:
    """Closes the month and prints each step; whether the targets are met."""
    by, steps = Actor(StaffFactory.create()), dict[str, Spent]()
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # the close and its yardstick have one session each
    yardstick = [measured(aggregate), measured(aggregate)]
    accounts = len(closing.accounts(MARCH))
    month_calculations.order(month=MARCH, by=by)
    steps["calculation"] = measured(month_calculations.drain)
    yardstick.append(measured(aggregate))
    calculation = MonthCalculation.objects.get(state="done")
    month_issues.close(month=MARCH, by=by, calculation_id=calculation.pk)
    steps["invoices"] = measured(month_issues.drain)
    yardstick.append(measured(aggregate))
    if Invoice.objects.filter(month=MARCH.first_day).count() != accounts:
        sys.exit("some invoices are missing")
    one = Spent(*map(median, zip(*yardstick, strict=True)))
    whole = Spent(*map(sum, zip(*steps.values(), strict=True)))
    for name, spent in (*steps.items(), ("together", whole), ("one aggregate", one)):
        print(f"{name:<14} {spent.clock:>7.1f} s, of the processor {spent.processor:>6.1f} s")
    ratio, memory = whole.processor / one.processor, peak()
    print(f"{accounts:,} accounts, {calculation.calls:,} calls; target {SECONDS} s")
    print(f"memory {memory} MB (target < {MEGABYTES})")
    print(f"ratio by the clock {whole.clock / one.clock:.1f}, of the processor {ratio:.1f} (target {RATIO:g})")
    return whole.processor <= SECONDS and ratio <= RATIO and memory < MEGABYTES


def write(invoices: list[int]) -> int:
    """Makes the PDFs of these invoices in a process of its own; returns its peak memory, MB."""
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = settings.DATABASE_ROLE
    for invoice in Invoice.objects.filter(pk__in=invoices).select_related("account__customer"):
        invoice_files.file_of(invoice=invoice, kind=InvoiceFileKind.INVOICE)
    connection.close()
    return peak()


def papers(count: int, workers: int) -> bool:
    """Writes the PDFs of `count` invoices; whether each process stayed within its memory."""
    ids = list(Invoice.objects.filter(month=MARCH.first_day).order_by("pk").values_list("pk", flat=True)[:count])
    connection.close()
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        list(pool.map(write, [ids[:1]] * workers))
        begin = time.perf_counter()
        most = max(pool.map(write, [ids[at :: workers * 4] for at in range(workers * 4)]))
    a_minute = 60 * len(ids) / (time.perf_counter() - begin)
    print(f"{len(ids)} PDFs by {workers} processes: {a_minute:.0f} a minute, {most} MB at most (target < {MEGABYTES})")
    return most < MEGABYTES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"accounts": 10_000, "days": 17, "pdfs": 200, "workers": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with scratch.database():
        fill(given.accounts, days=given.days, numbers=True)
        good = closed()
        return 0 if papers(given.pdfs, given.workers) and good else 1


if __name__ == "__main__":
    sys.exit(main())
