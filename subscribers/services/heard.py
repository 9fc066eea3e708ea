"""Up to when the calls of a source are in, and whose calls it brings: kept by imports, so pages scan no calls (4.4).

Both only move forward. `in_batch` belongs to the transaction of a batch, `to_the_end` to the end of a file: what a file
covers counts when all of it is in.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from subscribers.models import CallImport, CallSource
from subscribers.services.rows import Matched, Refused

# In the order of accounts, so that imports at once wait for each other and never in a circle. A row is written when
# an hour has passed, not with every batch.
_ACCOUNTS = """
INSERT INTO subscribers_accountsource AS known (account_id, source_id, last_call_at)
SELECT account, %(source)s, to_timestamp(started)
FROM unnest(%(accounts)s::bigint[], %(started)s::bigint[]) AS told (account, started) ORDER BY account
ON CONFLICT (account_id, source_id) DO UPDATE SET last_call_at = excluded.last_call_at
WHERE known.last_call_at < excluded.last_call_at - interval '1 hour'
"""


def in_batch(job: CallImport, rows: Iterable[Matched | Refused]) -> None:
    """Whose calls the rows are, and the latest of them, in the job's row. Within the caller's transaction."""
    latest: dict[int, int] = {}
    for row in rows:
        for record in row.records if isinstance(row, Matched) else ():
            latest[record.account_id] = max(record.started, latest.get(record.account_id, 0))
    if not latest:
        return
    moment = datetime.fromtimestamp(max(latest.values()), UTC)
    CallImport.objects.filter(pk=job.pk).update(covers_to=Greatest(F("covers_to"), moment))
    told: dict[str, Any] = {"source": job.source_id, "accounts": list(latest), "started": list(latest.values())}
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, told)


def to_the_end(job: CallImport) -> None:
    """All of the job's file is in: its source is complete to the latest call of it."""
    moment = CallImport.objects.filter(pk=job.pk).values_list("covers_to", flat=True).get()
    if moment is not None:
        CallSource.objects.filter(pk=job.source_id).update(complete_to=Greatest(F("complete_to"), moment))
