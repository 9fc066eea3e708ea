"""A switch's file from its upload to its import: checked, kept, ordered once; a worker imports it (4.4)."""

import uuid
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import Any, cast

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from desk.imports import kept
from desk.imports.kind import TableImportError
from desk.models import CALLS, TableImport
from subscribers.calls import checks, imports, rejects
from subscribers.calls import undo as calls_undo
from subscribers.calls.checks import Checked
from subscribers.cdr import beginning
from subscribers.models import CallImport, CallSource

CHECKED_BYTES = 4 * 1024 * 1024  # of a larger file the beginning is checked: the page has to answer
MOST_ACCOUNTS = 50


def keep(*, source: CallSource, file: "File[bytes]", file_name: str, actor: Actor) -> TableImport:
    """Checks the beginning of a file and keeps the file until its import is ordered.

    Nothing of it is counted. Raises SourceError or UnreadableFileError for a file that cannot be read at all, and
    TableImportError without a person of the staff.
    """
    with file.open("rb") as opened:
        found = check(source, opened, size=file.size)
        opened.seek(0)
        path = default_storage.save(f"drafts/{uuid.uuid4()}.csv", opened)
    told = {"source": source.pk, "source_name": source.name, "check": found}
    return kept.keep(code=CALLS, content=b"", file_name=file_name, day=None, actor=actor, path=path, outcome=told)


def check(source: CallSource, file: Any, *, size: int) -> dict[str, Any]:
    """What an import of the file's beginning would give, as the page shows it: counts, reasons, accounts, first errors.

    Dialled numbers are not in it.
    """
    head, is_whole = beginning(file, CHECKED_BYTES)
    seen = checks.check(BytesIO(head), source)
    counts = seen.counts
    return {
        "size": size,
        "checked": size if is_whole else min(file.tell(), size - 1),  # bytes of the file, packed or not
        "read": counts.read,
        "new": counts.new,
        "duplicate": counts.duplicate,
        "rejected": counts.rejected,
        "reasons": counts.reasons,
        "errors": seen.errors,
        "accounts": _told(seen),
        "others": max(0, len(seen.calls) - MOST_ACCOUNTS),
        "calls": seen.calls.total(),
        "seconds": seen.seconds.total(),
        "cost": seen.cost.total(),
    }


def _told(seen: Checked) -> list[list[Any]]:
    """Outgoing calls by account, the most expensive first: key, number, customer, calls, seconds, micro-BYN."""
    pks = [pk for pk, _cost in seen.cost.most_common(MOST_ACCOUNTS)]
    known = Account.objects.select_related("customer").in_bulk(pks)
    return [
        [pk, known[pk].number, known[pk].customer.name, seen.calls[pk], seen.seconds[pk], seen.cost[pk]] for pk in pks
    ]


def order(*, draft: TableImport, actor: Actor) -> CallImport:
    """Orders the import of a kept file, once; a worker does it. Locks the draft's row. Audited.

    Raises EndedError if another person was quicker, TableImportError if the file or its source is gone.
    """
    with transaction.atomic():
        held = kept.hold(draft)
        source = CallSource.objects.filter(pk=held.outcome.get("source")).first()
        if source is None or not default_storage.exists(held.path):
            raise TableImportError(_("Файла больше нет. Загрузите его снова"))
        with default_storage.open(held.path) as stored:
            file = cast("File[bytes]", File(stored, name=held.file_name))
            job = imports.order(source=source, file=file, file_name=held.file_name, ordered_by=actor.user)
        kept.close(held, by=actor, outcome={**held.outcome, "import": job.pk})
        told = _("Принят файл звонков %(file)s, источник %(source)s") % {"file": job.file_name, "source": source.name}
        audit.record(
            action="import.ordered",
            user=actor.user,
            address=actor.address,
            summary=told[:300],
            details={"import_id": job.pk, "table_import_id": held.pk},
        )
    return job


def discard(*, draft: TableImport, actor: Actor) -> None:
    """«Не принимать»: the file is deleted. Locks the row; raises EndedError if it was ordered or discarded. Audited."""
    with transaction.atomic():
        held = kept.hold(draft)
        kept.wipe(held)
        told = _("Не принят файл звонков «%(file)s»") % {"file": held.file_name}
        about = {"table_import_id": held.pk}
        audit.record(action="import.discarded", user=actor.user, address=actor.address, summary=told, details=about)


def undo(*, job: CallImport, reason: str, actor: Actor) -> int:
    """Undoes an import that nothing depends on; returns how many records of calls are gone. Audited.

    Raises UndoError (see `subscribers.calls.undo`), TableImportError without a person of the staff.
    """
    if actor.user is None or not actor.is_staff:
        raise TableImportError(_("Загрузку отменяют сотрудники оператора"))
    with transaction.atomic():
        gone = calls_undo.undo(job=job, reason=reason, by=actor.user)
        told = _("Отменена загрузка файла звонков %(file)s: записей %(count)d") % {"file": job.file_name, "count": gone}
        audit.record(
            action="import.undone",
            user=actor.user,
            address=actor.address,
            summary=told[:300],
            details={"import_id": job.pk, "records": gone, "reason": reason.strip()},
        )
    return gone


def expected_rows(job: CallImport) -> int:
    """How many rows the whole file should have, judged by its checked beginning; 0 if that is not known."""
    draft = TableImport.objects.filter(kind=CALLS, outcome__import=job.pk).first()
    found = draft.outcome.get("check", {}) if draft else {}
    return found["read"] * found["size"] // found["checked"] if found.get("checked") else 0


def reasons(counted: dict[str, int]) -> Sequence[tuple[str, int]]:
    """Reasons in words with their counts, the most frequent first."""
    labels = rejects.reason_labels()
    return [(labels.get(code, code), count) for code, count in Counter(counted).most_common()]
