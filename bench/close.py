#!/usr/bin/env python3
"""The close of a month of 10,000 accounts and 20 M calls, against one SQL aggregate over the rollup of the calls.

    bin/bench close [--accounts 10000] [--days 17] [--pdfs 200] [--workers 2]

Each account has a trunk, two numbers, and two closed months before; each number makes 5 calls to each of eight
destinations on each of the days (10,000 accounts, 17 days: 20.4 M calls in 4.1 M rows of the rollup). The calls are in
the rollup alone, which is all that a close reads.

Measured: the calculation for the review and the issuing of all invoices with acts, debts, entries and mailings, by the
worker's own functions; the aggregate in turns with them; the peak memory of the process. Then the PDFs of some of the
invoices, by so many processes at once.

Targets: the close without PDFs within 60 s and within 20 times the aggregate; a worker below 400 MB.
"""

import argparse
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import scratch
from django.conf import settings
from django.db import connection
from month_bench import MARCH, fill, timed

from accounts.actor import Actor
from accounts.tests.factories import StaffFactory
from billing.models import Invoice, InvoiceFileKind, MonthCalculation
from billing.services import invoice_files, month_calculations, month_issues

SECONDS, RATIO, MEGABYTES = 60, 20.0, 400
AGGREGATE = """
SELECT count(*), sum(cost) FROM (
    SELECT sum(answered), sum(billed_seconds), sum(included_seconds), sum(cost) AS cost
    FROM subscribers_calldailytotal WHERE charged_in = %s AND direction = 'out' GROUP BY subscriber_id, destination_id
) each
"""


def aggregate() -> float:
    """Seconds of the yardstick: the sums of the month by number and destination, as charges need them."""
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(AGGREGATE, [MARCH.first_day])
        cursor.fetchone()
    return time.perf_counter() - begin


def peak() -> int:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def closed() -> bool:
    """Closes the month and prints each step; whether the targets are met."""
    by, yardstick, steps = Actor(StaffFactory.create()), [aggregate(), aggregate()], []
    accounts = month_calculations.closing.accounts(MARCH)
    month_calculations.order(month=MARCH, by=by)
    steps.append(timed("calculation", len(accounts), month_calculations.drain))
    yardstick.append(aggregate())
    calculation = MonthCalculation.objects.get(state="done")
    month_issues.close(month=MARCH, by=by, calculation_id=calculation.pk)
    steps.append(timed("invoices", len(accounts), month_issues.drain))
    yardstick.append(aggregate())
    if Invoice.objects.filter(month=MARCH.first_day).count() != len(accounts):
        sys.exit("some invoices are missing")
    whole, one = sum(steps), statistics.median(yardstick)
    print(f"{calculation.calls:,} calls, {calculation.total:,} BYN; memory {peak()} MB (target < {MEGABYTES})")
    ratio = f"{whole / one:.1f} × (target {RATIO:g})"
    print(f"the close {whole:.1f} s (target {SECONDS} s), one aggregate {one:.2f} s: {ratio}")
    return whole <= SECONDS and whole / one <= RATIO and peak() < MEGABYTES


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
