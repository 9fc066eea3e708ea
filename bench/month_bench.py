#!/usr/bin/env python3
"""The month at the desk with many accounts: calculation, review page, invoices.

    bin/bench month [--accounts 10000] [--calculate 10000] [--issue 1000] [--repeats 10]

Targets: the review page takes at most 25 queries and 150 ms; so does the page of the closed month.

Each account has a trunk, two numbers, and calls to eight destinations on ten days; two months before are closed, with
an invoice and four charges each. `--calculate` and `--issue`: so many accounts are really counted and get their
invoices by the workers' own functions; the review is of all accounts.
"""

import argparse
import sys
import time
from collections.abc import Callable

import many_customers
import scratch
from desk_bench import Target, checked
from django.conf import settings
from django.db import connection

from accounts.actor import Actor
from accounts.tests.factories import StaffFactory
from billing.models import Invoice, MonthCalculation
from billing.services import closing, month_calculations, month_issues
from sipcabinet.lib.periods import Month
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import BillingMonth, PlanTerms, TariffPlan
from subscribers.tests.factories import DestinationFactory, VatRateFactory

MARCH = Month(2026, 3)  # many_customers writes invoices from January 2026 on
PAGE = Target(queries=25, request=150)
MORE = """
INSERT INTO subscribers_accountmonth (id, account_id, month, vat_percent, closed_at)
SELECT id, account_id, month, 25, now() FROM billing_invoice;

INSERT INTO subscribers_charge
    (account_id, closing_id, month, subscriber_id, kind, key, code, name, detail, quantity, net, vat, place)
SELECT i.account_id, i.id, i.month, i.account_id, CASE WHEN k < 3 THEN 'fee' ELSE 'calls' END, k, 'c' || k,
    'Строка ' || k, '', 30, 2, 0.5, k
FROM billing_invoice i, generate_series(1, 4) k;

INSERT INTO subscribers_calldailytotal
    (account_id, subscriber_id, day, charged_in, direction, destination_id, calls, answered, talk_seconds,
     billed_seconds, included_seconds, cost)
SELECT s.account_id, s.id, '2026-03-01'::date + d, '2026-03-01', 'out', t.id, 5, 5, 300, 300, 0,
    0.25 + s.account_id %% 7 * 0.1
FROM subscribers_subscriber s, generate_series(0, %(days)s - 1) d, subscribers_destination t
WHERE s.kind = 'trunk' OR %(numbers)s;
"""


def fill(accounts: int, *, days: int = 10, numbers: bool = False) -> None:
    """Customers with calls on so many days: 40 a day of the trunk alone, or of each number."""
    many_customers.fill(customers=accounts, numbers=3 * accounts, invoices=2 * accounts)
    VatRateFactory.create(percent=25)
    for at in range(8):
        DestinationFactory.create(code=f"place-{at}", name=f"Направление {at}")
    terms = {"included_minutes": 0, "included_channels": 0, "valid_from": "2020-01-01"}
    for plan in TariffPlan.objects.all():
        PlanTerms.objects.create(plan=plan, monthly_fee=4, **terms)
    BillingMonth.objects.create(month=MARCH.shift(-1).first_day, closed_at=MARCH.start)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")
        for statement in MORE.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"days": days, "numbers": numbers})
        cursor.execute(
            "INSERT INTO billing_documentcounter (kind, last) SELECT k, %s FROM unnest(ARRAY['invoice', 'act']) k"
            " ON CONFLICT (kind) DO UPDATE SET last = excluded.last",
            [2 * accounts],
        )
        for table in (*many_customers.READ, "subscribers_accountmonth"):
            if table == "accounts_nameword":
                continue  # its key is the word
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) + 1 FROM {table}))")
        cursor.execute("RESET session_replication_role")
        for table in ("subscribers_charge", "subscribers_accountmonth", "subscribers_calldailytotal"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")


def limited(count: int) -> None:
    """Only the first accounts are counted or get invoices."""
    every = closing.accounts
    closing.accounts = lambda month, account=None: every(month, account)[:count]


def timed(title: str, count: int, work: Callable[[], object]) -> None:
    """Prints the time of `work`, and the time of the processor without the database."""
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    took, cpu = time.perf_counter() - begin, time.process_time() - cpu
    each = 1000 / max(1, count)
    print(f"{title:<20} {count:>6} accounts {took:>8.1f} s {took * each:>7.1f} ms each, Python {cpu * each:.1f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"accounts": 10_000, "calculate": 10_000, "issue": 1_000, "repeats": 10}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with scratch.database():
        fill(given.accounts)
        staff = StaffFactory.create()
        by, client = Actor(staff), signed_in(staff)
        client.defaults["HTTP_HOST"] = "localhost"
        every = closing.accounts
        limited(given.calculate)
        month_calculations.order(month=MARCH, by=by)
        timed("calculation", given.calculate, month_calculations.drain)
        url = f"/admin/months/{MARCH.code}/"
        good = checked(client, {"the review": url, "a list of accounts": f"{url}accounts/"}, PAGE, given.repeats)
        closing.accounts = every
        limited(given.issue)
        calculation = MonthCalculation.objects.get(state="done")
        month_issues.close(month=MARCH, by=by, calculation_id=calculation.pk)
        timed("invoices", given.issue, month_issues.drain)
        if Invoice.objects.filter(month=MARCH.first_day).count() != given.issue:
            sys.exit("some invoices are missing")
        pages = {"a closed month": url, "its letters": f"{url}letters/", "the months": "/admin/months/"}
        return 0 if checked(client, pages, PAGE, given.repeats) and good else 1


if __name__ == "__main__":
    sys.exit(main())
