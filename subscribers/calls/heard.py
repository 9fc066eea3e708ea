"""How complete a source's calls are, and whose calls it has; saved by imports, so that pages scan no calls (4.4).

Both values only move forward. `in_batch` runs in a batch's transaction; `to_the_end` runs after the whole file: a
source is complete to the end of a file only when all of the file is imported.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from subscribers.calls.rows import Matched, RefusedRow
from subscribers.models import CallImport, CallSource

# Rows are written in the order of accounts, so that parallel imports wait for each other without a deadlock. A row is
# updated when its value has moved by an hour, not with every batch.
_ACCOUNTS = """
INSERT INTO subscribers_accountsource AS known (account_id, source_id, last_call_at)
SELECT account, %(source)s, to_timestamp(started)
FROM unnest(%(accounts)s::bigint[], %(started)s::bigint[]) AS told (account, started) ORDER BY account
ON CONFLICT (account_id, source_id) DO UPDATE SET last_call_at = excluded.last_call_at
WHERE known.last_call_at < excluded.last_call_at - interval '1 hour'
"""


def in_batch(job: CallImport, rows: Iterable[Matched | RefusedRow]) -> None:
    """Saves which accounts the rows have calls of, and the latest call in the job's row. Caller's transaction."""
    latest: dict[int, int] = {}
    for row in rows:
        if isinstance(row, Matched):
            for record in row.records:
                if record.started > latest.get(record.account_id, 0):
                    latest[record.account_id] = record.started
    if not latest:
        return
    moment = datetime.fromtimestamp(max(latest.values()), UTC)
    CallImport.objects.filter(pk=job.pk).update(covers_to=Greatest(F("covers_to"), moment))
    told: dict[str, Any] = {"source": job.source_id, "accounts": list(latest), "started": list(latest.values())}
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, told)


def to_the_end(job: CallImport) -> None:
    """The whole file of the job is imported: moves `complete_to` of its source to the file's latest call."""
    moment = CallImport.objects.filter(pk=job.pk).values_list("covers_to", flat=True).get()
    if moment is not None:
        CallSource.objects.filter(pk=job.source_id).update(complete_to=Greatest(F("complete_to"), moment))
