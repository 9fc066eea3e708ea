"""The file of customers in the background: ordered once, worked on row by row, with a report of every row (4.11).

Each row is one transaction with its line of the report, so the successor of a killed worker goes on after it. One load
is worked on at a time.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from desk.imports import kept
from desk.imports.customers import runs
from desk.imports.customers.columns import CustomersFile
from desk.imports.customers.judging import Rights, Verdict
from desk.imports.customers.runs import FileRows, Rehearsal
from desk.imports.kind import TableImportError
from desk.models import CustomerLoad, LoadedRow, TableImport
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)
KIND = CustomersFile.code
TASK = "desk.drain_customer_loads"
LOCK = "customer load"
LEASE = timedelta(minutes=5)  # longer than reading the largest file and comparing it takes
PAUSE = timedelta(seconds=15)


class LoadError(TableImportError):
    """The load cannot begin."""

    code = "customers.load"


def rehearsed(table: TableImport, rights: Rights) -> Rehearsal:
    """What a kept file would do now. Raises TableFileError, and LoadError if the file is kept no more."""
    return runs.rehearse(_rows(table), rights)


def order(*, table: TableImport, by: Actor) -> CustomerLoad:
    """«Загрузить»: orders the work on a kept file, once. Audited; locks the file. Raises LoadError if a colleague was
    quicker, if the file is kept no more, or without a person of the staff."""
    if by.user is None or not by.is_staff:
        raise LoadError(_("Клиентов из файла заводят сотрудники оператора"))
    with transaction.atomic():
        held = TableImport.objects.select_for_update(of=("self",)).get(pk=table.pk)
        begun = CustomerLoad.objects.filter(table=held).select_related("ordered_by").first()
        if begun is not None:
            told = {"who": begun.ordered_by.name, "at": clock.show_moment(begun.created_at)}
            raise LoadError(_("Загрузку этого файла уже начал(а) %(who)s, %(at)s") % told, code="customers.begun")
        load = CustomerLoad.objects.create(table=held, ordered_by=by.user, whole=_rows(held).size)
        summary = _("Начата загрузка клиентов из файла «%(file)s», строк: %(count)d")
        _record(load, "load_begun", summary % {"file": held.file_name, "count": load.whole}, by)
        durable.hint(TASK)
    return load


def discard(*, table: TableImport, by: Actor) -> None:
    """«Не загружать»: a checked file is wiped. Audited; locks the file. Raises EndedError if it is gone, LoadError if a
    colleague has begun to load it."""
    with transaction.atomic():
        held = kept.hold(table)
        if CustomerLoad.objects.filter(table=held).exists():
            raise LoadError(_("Загрузку этого файла уже начали: её можно остановить"), code="customers.begun")
        kept.wipe(held)
        told = _("Не загружены клиенты из файла «%(file)s»") % {"file": held.file_name}
        about = {"table_import_id": held.pk, "sha256": held.sha256}
        audit.record(action="customer.load_discarded", user=by.user, address=by.address, summary=told, details=about)


def stop(*, load: CustomerLoad, by: Actor) -> None:
    """«Остановить»: ends a load that is at work, or that an error has stopped.

    The row at work is taken back, loaded rows stay; the same file uploaded again loads the rest. Audited; locks the
    file, then the load. Raises LoadError if the load has ended.
    """
    with transaction.atomic():
        table = TableImport.objects.select_for_update(of=("self",)).get(pk=load.table_id)
        held = CustomerLoad.objects.select_for_update(of=("self",)).get(pk=load.pk)
        if held.state not in {JobState.WAITING, JobState.PARKED}:
            raise LoadError(_("Эта загрузка уже закончилась"), code="customers.ended")
        held.table = table
        held.state, held.finished_at, held.last_error = JobState.DONE, clock.now(), ""
        held.claim_token, held.claimed_until = None, None  # the worker loses its claim with its next row
        held.stopped_at, held.stopped_by = held.finished_at, by.user
        held.save()
        counts = _close(held)
        summary = _("Остановлена загрузка клиентов из файла «%(file)s»: пройдено строк %(done)d из %(whole)d")
        told = {"file": table.file_name, "done": held.done, "whole": held.whole}
        _record(held, "load_stopped", summary % told, by, **counts)


def again(*, load: CustomerLoad, by: Actor) -> None:
    """«Продолжить» after an error of the work: goes on after the rows that are done. Raises LoadError if it did not
    stop."""
    with transaction.atomic():
        if not durable.retry(load):
            raise LoadError(_("Эта загрузка не остановлена"), code="customers.not_stopped")
        summary = _("Продолжена загрузка клиентов из файла «%(file)s»")
        _record(load, "load_resumed", summary % {"file": load.table.file_name}, by)
        durable.hint(TASK)


def drain() -> int:
    """Works on every due load; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(CustomerLoad, lease=LEASE), work)


def work(load: CustomerLoad) -> None:
    """Works on a claimed load until its last row. Gives it back while another load or `import_customers` is at work.
    Raises ClaimLost."""
    with durable.alone(LOCK, silent_for=LEASE) as mine:
        if not mine:
            durable.postpone(load, "another load", delay=PAUSE, counts=False)
            return
        try:
            found = _rows(load.table)
        except DomainError as refusal:
            durable.park(load, refusal.message)
            return
        _go_through(load, found)
        _finish(load)
    log.info("customers.loaded", load_id=load.pk, rows=found.size)


def _go_through(load: CustomerLoad, found: FileRows) -> None:
    by = Actor(load.ordered_by, reason=_("файл «%(name)s»") % {"name": load.table.file_name})
    done = set(load.rows.values_list("number", flat=True))
    CustomerLoad.objects.filter(pk=load.pk).update(whole=found.size, done=len(done))

    def record(verdict: Verdict) -> None:
        LoadedRow.objects.create(load=load, **_kept(verdict))
        durable.renew(load, lease=LEASE)
        # A row is an outcome: only a worker that dies again and again in one row uses up the claims.
        CustomerLoad.objects.filter(pk=load.pk).update(done=F("done") + 1, attempts=0)

    for _verdict in runs.run(found, rights=Rights.of(load.ordered_by), by=by, done=done, record=record):
        pass


def _finish(load: CustomerLoad) -> None:
    with transaction.atomic():
        counts = _close(load)
        summary = _(
            "Загружены клиенты из файла «%(file)s»: новых строк %(new)d, без изменений %(same)d, с ошибками %(wrong)d"
        )
        told = {name: counts.get(name, 0) for name in ("new", "same", "wrong")}
        _record(load, "loaded", summary % {"file": load.table.file_name, **told}, Actor(load.ordered_by), **counts)
        durable.finish(load)


def _close(load: CustomerLoad) -> dict[str, int]:
    """Wipes the file and stores what its rows have brought; returns these counts."""
    counts, table = counted(load), load.table
    table.applied_at, table.applied_by, table.content = clock.now(), load.ordered_by, None
    table.outcome = {"counts": counts}
    table.save(update_fields=["applied_at", "applied_by", "content", "outcome"])
    return counts


def counted(load: CustomerLoad) -> dict[str, int]:
    """Rows by state and things by part, of the rows that are done."""
    counts: Counter[str] = Counter()
    for state, makes in load.rows.values_list("state", "makes").iterator():
        counts[state] += 1
        counts.update(makes)
    return dict(counts)


def _kept(verdict: Verdict) -> dict[str, Any]:
    return {
        "number": verdict.number,
        "state": verdict.state.value,
        "account": verdict.account,
        "phone": verdict.phone,
        "name": verdict.name,
        "makes": [part.value for part in verdict.makes],
        "faults": [[one.field, one.value, one.reason] for one in verdict.problems],
    }


def _rows(table: TableImport) -> FileRows:
    if table.content is None:
        raise LoadError(kept.ended(table).message, code="customers.gone")
    return runs.read(bytes(table.content))


def _record(load: CustomerLoad, code: str, summary: str, by: Actor, **details: Any) -> None:
    about = {"load_id": load.pk, "sha256": load.table.sha256, **details}
    audit.record(action=f"customer.{code}", user=by.user, address=by.address, summary=summary, details=about)
