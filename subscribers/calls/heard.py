"""How complete a source's calls are, and whose calls it has; saved by imports, so that pages scan no calls (4.4).

Both values only move forward, until an import is undone (`forget`). `in_batch` runs in a batch's transaction;
`to_the_end` runs after the whole file: a source is complete to the end of a file only when all of it is imported.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from subscribers.calls import partitions
from subscribers.calls.rows import Matched, RefusedRow
from subscribers.models import AccountSource, CallImport, CallSource

# Rows are written in the order of accounts, so that parallel imports wait for each other without a deadlock. A row is
# updated when its value has moved by an hour, not with every batch.
_ACCOUNTS = """
INSERT INTO subscribers_accountsource AS known (account_id, source_id, last_call_at)
SELECT account, %(source)s, to_timestamp(started)
FROM unnest(%(accounts)s::bigint[], %(started)s::bigint[]) AS told (account, started) ORDER BY account
ON CONFLICT (account_id, source_id) DO UPDATE SET last_call_at = excluded.last_call_at
WHERE known.last_call_at < excluded.last_call_at - interval '1 hour'
"""
# One month at a time, the newest first: most accounts have a call in it, and no index has the account.
_LAST = """
SELECT account_id, max(started_at) FROM subscribers_callrecord
WHERE source_id = %s AND month = %s AND account_id = ANY(%s) GROUP BY account_id
"""
_BACK = """
UPDATE subscribers_accountsource known SET last_call_at = least(known.last_call_at, told.last_call_at)
FROM unnest(%s::bigint[], %s::timestamptz[]) AS told (account_id, last_call_at)
WHERE known.source_id = %s AND known.account_id = told.account_id
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


def forget(source: CallSource, accounts: Iterable[int]) -> None:
    """Calls of these accounts are deleted: sets their latest call of the source back to the latest that is left.

    An account without any is not of the source any more: its pages do not wait for the source's files. Call it after
    the deletion, in its transaction. Locks the rows first: an import that is writing a later call is then seen.
    """
    rows = AccountSource.objects.filter(source=source, account__in=list(accounts)).order_by("account")
    left = set(rows.select_for_update(of=("self",)).values_list("account", flat=True))
    found: dict[int, datetime] = {}
    with connection.cursor() as cursor:
        for month in sorted(partitions.months(), reverse=True):
            if not left:
                break
            cursor.execute(_LAST, [source.pk, month.first_day, list(left)])
            found |= dict(cursor.fetchall())
            left -= found.keys()
        cursor.execute(_BACK, [list(found), list(found.values()), source.pk])
    AccountSource.objects.filter(source=source, account__in=left).delete()
