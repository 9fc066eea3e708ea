"""Undoes an import of calls that nothing depends on: its calls are deleted and everything counted from them (4.4).

Deleting is what an import itself does to the leg of a call that turns out to be counted twice (`displaced`): the daily
totals lose what the calls added, the minutes of their trunks are recounted, the peaks are counted anew. A call of a
closed month stands in an invoice and is never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

import structlog
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from subscribers.calls import batches, displaced, heard, legs, months, partitions
from subscribers.calls.legs import LegRecord
from subscribers.models import CallImport, CallRecord, CallReject, CallSource, RejectState, SecondLeg, SourceKind

log = structlog.get_logger(__name__)
MOST_CALLS = 100_000  # of one transaction: a page waits for it, and batches of the same trunks do
REASON_LENGTH = 300

# One scan of the open months: no index has the import, since every call would pay for it.
_SHARES = """
SELECT account_id, count(*) FILTER (WHERE direction = 'out'), count(*),
    coalesce(sum(billed_seconds) FILTER (WHERE direction = 'out'), 0), sum(cost)
FROM subscribers_callrecord WHERE import_id = %s AND month = ANY(%s) GROUP BY account_id ORDER BY 5 DESC, 1
"""
_ROWS = """
SELECT count(*) FROM (SELECT DISTINCT call_id, leg FROM subscribers_callrecord
    WHERE import_id = %s AND month = ANY(%s)) AS rows
"""
_RECORDS = """
SELECT id, month, direction, trunk_id, destination_id, billed_seconds
FROM subscribers_callrecord WHERE import_id = %s AND month = ANY(%s) ORDER BY month, id
"""
_ACCOUNTS = "SELECT DISTINCT account_id FROM subscribers_callrecord WHERE import_id = %s AND month = ANY(%s)"
# A row of these calls that is left would hold the call for good when it comes again. The order of `settle`: before the
# months.
_HELD = """
SELECT id FROM subscribers_heldcall WHERE (source_id, call_id, leg, month) IN (
    SELECT source_id, call_id, leg, month FROM subscribers_callrecord WHERE import_id = %s AND month = ANY(%s)
) ORDER BY id FOR UPDATE
"""
_LET_GO = "DELETE FROM subscribers_heldcall WHERE id = ANY(%s)"
# The lines may come again, so their keys become free.
_SETTLE_REJECTS = """
UPDATE subscribers_callreject SET note = %s, resolved_at = coalesce(resolved_at, %s),
    state = CASE state WHEN 'waiting' THEN 'dismissed' ELSE state END,
    content_key = encode(sha256(convert_to('undone ' || id || ' ' || content_key, 'UTF8')), 'hex')
WHERE call_import_id = %s
"""


class UndoError(DomainError):
    """The import cannot be undone."""

    code = "import.used"


@dataclass(frozen=True, slots=True)
class Share:
    """The calls of one account: outgoing calls, records, seconds to pay for, and their cost (net BYN)."""

    account_id: int
    calls: int
    records: int
    seconds: int
    cost: Decimal


def shares(job: CallImport) -> Sequence[Share]:
    """What the accounts lose, the greatest cost first. Scans the open months."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARES, [job.pk, _open()])
        return [Share(*row) for row in cursor.fetchall()]


def uses(job: CallImport) -> list[str]:
    """Why the import cannot be undone, each reason a sentence; empty if nothing depends on it."""
    if job.undone_at is not None:
        return [_("Эта загрузка уже отменена: %(at)s.") % {"at": clock.show_moment(job.undone_at)}]
    if job.state == JobState.WAITING:
        return [_("Файл ещё загружается: дождитесь конца.")]
    found = []
    if job.source.kind != SourceKind.FILES:
        found.append(_("Записи из базы станции и принятые по HTTP заново не читаются: звонки пропали бы насовсем."))
    if job.new_count > MOST_CALLS:
        size = {"count": job.new_count, "most": MOST_CALLS}
        found.append(_("В файле %(count)d звонков, отменить можно не больше %(most)d.") % size)
    elif _stored(job) != job.new_count:
        found.append(
            _("Часть его звонков относится к закрытым месяцам, выставлена в счетах или заменена другим файлом.")
        )
    if job.duplicate_count and _has_legs(job):
        found.append(
            _("В файле есть части звонков (legs), которые учтены вместе с другими: их нельзя вынуть по одной.")
        )
    if (later := _repeating(job).first()) is not None:
        told = {"file": later.file_name, "number": later.pk}
        found.append(
            _("После него загружен файл с повторами: %(file)s, импорт № %(number)d. Сначала отмените его.") % told
        )
    if CallImport.objects.filter(source=job.source_id, state=JobState.WAITING).exists():
        found.append(_("Сейчас загружается другой файл этой станции: дождитесь конца."))
    return found


def undo(*, job: CallImport, reason: str, by: User) -> int:
    """Deletes the import's calls and frees its rejected lines; returns how many records are gone. One transaction.

    The same file can be imported again. Decisions about its calls on hold go with them. Locks the source, the import's
    row, the calls on hold, the months, then what `displaced` and `heard` lock.
    Raises UndoError: no reason, or whatever depends on the import; then nothing is changed.
    """
    why = reason.strip()
    if not why or len(why) > REASON_LENGTH:
        raise UndoError(_("Укажите основание, до 300 знаков."), code="import.reason")
    gone = batches.in_transaction(partial(_undo, job.pk, why, by))
    log.info("import.undone", import_id=job.pk, records=gone)
    return gone


def _undo(pk: int, why: str, by: User) -> int:
    list(CallReject.objects.select_for_update().filter(call_import=pk).order_by("pk").values_list("pk"))
    source = CallImport.objects.values_list("source", flat=True).get(pk=pk)
    legs.hold(CallSource.objects.filter(pk=source))
    job = CallImport.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [pk, _open()])
        held = [held_id for (held_id,) in cursor.fetchall()]
        months.hold({one.month for one in _records(cursor, pk)})
        records = _records(cursor, pk)  # a call on hold may have got its seconds while this waited
        if found := uses(job):  # also where a month has closed meanwhile
            raise UndoError(" ".join(found))
        cursor.execute(_ACCOUNTS, [pk, _open()])
        accounts = [account_id for (account_id,) in cursor.fetchall()]
        displaced.take_out(cursor, records, batches.Context.load().covered)
        heard.forget(job.source, accounts)
        cursor.execute(_LET_GO, [held])
        cursor.execute(_SETTLE_REJECTS, [_("загрузка файла отменена"), clock.now(), pk])
    job.undone_at, job.undone_by, job.undo_reason = clock.now(), by, why
    job.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    _complete_again(job)
    return len(records)


def _records(cursor: CursorWrapper, pk: int) -> list[LegRecord]:
    cursor.execute(_RECORDS, [pk, _open()])
    return [LegRecord(*row) for row in cursor.fetchall()]


def _open() -> list[date]:
    """The first days of the months whose calls are not charged for good yet."""
    last = months.last_closed()
    return sorted(one.first_day for one in partitions.months() if last is None or one > last)


def _stored(job: CallImport) -> int:
    """How many rows of the file have calls in open months: less than `new_count` if any is elsewhere or gone."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [job.pk, _open()])
        return int(cursor.fetchone()[0])


def _has_legs(job: CallImport) -> bool:
    """Whether the file's switch writes the legs of a call as rows: a repeated row may then be a leg, or replace one."""
    if SecondLeg.objects.filter(source=job.source_id).exists():
        return True
    return CallRecord.objects.filter(call_import=job, month__in=_open()).exclude(leg="").exists()


def _repeating(job: CallImport) -> QuerySet[CallImport]:
    """Later imports of the source with rows that were known: they may have been known from this import."""
    own = Count("rejects", filter=~Q(rejects__state=RejectState.RESOLVED))
    later = CallImport.objects.filter(source=job.source_id, pk__gt=job.pk, undone_at__isnull=True)
    return later.annotate(own=own).filter(Q(duplicate_count__gt=0) | Q(rejected_count__gt=F("own"))).order_by("-pk")


def _complete_again(job: CallImport) -> None:
    """Sets the source's `complete_to` back if this import has moved it: to the latest call of the other whole files."""
    source = CallSource.objects.get(pk=job.source_id)
    if source.complete_to is None or source.complete_to != job.covers_to:
        return
    whole = CallImport.objects.filter(source=source, state=JobState.DONE, undone_at__isnull=True)
    source.complete_to = whole.aggregate(to=Max("covers_to"))["to"]
    source.save(update_fields=["complete_to"])
