"""One account with very many numbers and calls, inserted by SQL: for tests and benches of speed."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Account
from sipcabinet.lib.periods import Month
from subscribers.models import CallImport, Destination, PlanKind, Subscriber
from subscribers.tests.factories import (
    LONG_AGO,
    CallImportFactory,
    DestinationFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
    VatRateFactory,
)

HEAVY = 20  # one of this many calls is the trunk's own

CALLS = """
WITH picked AS (
    SELECT serial,
        CASE WHEN serial %% %(heavy)s = 0 THEN %(trunk)s
             ELSE (%(numbers)s::bigint[])[1 + serial * 7919 %% cardinality(%(numbers)s::bigint[])] END AS subscriber_id,
        (%(months)s::date[])[1 + serial %% cardinality(%(months)s::date[])] AS month,
        serial %% 4 = 3 AS incoming, serial %% 7 <> 0 AS answered, 30 + serial %% 200 AS talked
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) serial
)
INSERT INTO subscribers_callrecord (
    month, charged_in, account_id, subscriber_id, trunk_id, source_id, import_id, call_id, leg, direction, outcome,
    started_at, duration, talk_seconds, other_party, destination_id, price_per_minute, billed_seconds, included_seconds,
    cost, fingerprint
)
SELECT month, month, %(account)s, subscriber_id, %(trunk)s, %(source)s, %(import)s, 'crowd-' || serial, 'a',
    CASE WHEN incoming THEN 'in' ELSE 'out' END,
    CASE WHEN answered THEN 'answered' ELSE 'busy' END,
    (month + interval '1 second' * (serial * 104729 %% 2419200)) AT TIME ZONE 'Europe/Minsk',
    talked + 7, CASE WHEN answered THEN talked ELSE 0 END,
    '+37529' || lpad((serial * 7307 %% 10000000)::text, 7, '0'),
    CASE WHEN incoming THEN NULL ELSE (%(destinations)s::bigint[])[1 + serial %% 3] END, 0.3,
    CASE WHEN answered AND NOT incoming THEN talked ELSE 0 END, 0,
    CASE WHEN answered AND NOT incoming THEN talked * 0.005 ELSE 0 END, repeat('0', 64)
FROM picked
"""
DAYS = """
INSERT INTO subscribers_calldailytotal (
    account_id, subscriber_id, day, direction, destination_id, charged_in, calls, answered, talk_seconds,
    billed_seconds, included_seconds, cost
)
SELECT account_id, subscriber_id, (started_at AT TIME ZONE 'Europe/Minsk')::date, direction, destination_id, charged_in,
    count(*), count(*) FILTER (WHERE outcome = 'answered'), sum(talk_seconds), sum(billed_seconds), 0, sum(cost)
FROM subscribers_callrecord WHERE account_id = %s GROUP BY 1, 2, 3, 4, 5, 6
"""
AT_ONCE = 20_000
READ = ("subscribers_subscriber", "subscribers_callrecord", "subscribers_calldailytotal", "subscribers_destination")


def connect(account: Account, count: int) -> Subscriber:
    """Connects a trunk with numbers, this many in all, every tenth without a name; adds prices and VAT."""
    trunk = TrunkFactory.create(account=account, phone="+375170000000", label="Главный вход")
    plan = TariffPlanFactory.create(kind=PlanKind.NUMBER)
    PlanTermsFactory.create(plan=trunk.plan)
    PlanTermsFactory.create(plan=plan, included_minutes=0, included_channels=0)
    VatRateFactory.create()
    Subscriber.objects.bulk_create(
        Subscriber(
            account=account, trunk=trunk, plan=plan, kind=PlanKind.NUMBER, connected_at=LONG_AGO,
            phone=f"+37517{2_000_000 + serial}", label=f"Кабинет {serial}" if serial % 10 else "",
        )
        for serial in range(count - 1)
    )  # fmt: skip
    return trunk


def call(trunk: Subscriber, months: Sequence[Month], first: int, last: int) -> None:
    """Inserts calls number `first` to `last`, spread over the months and the trunk's numbers; then daily totals."""
    job: CallImport = CallImportFactory.create()
    destinations: list[Destination] = [DestinationFactory.create(code=f"crowd-{place}") for place in range(3)]
    with connection.cursor() as cursor:
        for month in months:
            cursor.execute("SELECT subscribers_ensure_partition(%s)", [month.first_day])
        values: dict[str, Any] = {
            "account": trunk.account_id,
            "trunk": trunk.pk,
            "numbers": list(trunk.numbers.order_by("pk").values_list("pk", flat=True)),
            "months": [month.first_day for month in months],
            "destinations": [destination.pk for destination in destinations],
            "source": job.source_id,
            "import": job.pk,
            "heavy": HEAVY,
        }
        for start in range(first, last + 1, AT_ONCE):  # small enough for the statement timeout
            cursor.execute(CALLS, values | {"first": start, "last": min(last, start + AT_ONCE - 1)})


def total(account: Account) -> None:
    """Recounts the daily totals."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subscribers_calldailytotal WHERE account_id = %s", [account.pk])
        cursor.execute(DAYS, [account.pk])


def analyze() -> None:
    """Runs ANALYZE as the owner, as autovacuum would later: the planner then knows the row counts."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ANALYZE {', '.join(READ)}")
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")
