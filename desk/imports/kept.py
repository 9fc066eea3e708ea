"""A file that staff uploaded, kept on the server between its check and its application (4.3, 4.6)."""

import hashlib
import re
from datetime import date, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from desk.imports.kind import TableImportError
from desk.models import TableImport
from sipcabinet.lib import clock, files

KEPT_FOR = timedelta(days=7)  # a checked file that nobody applied
FORM, FILE = "form", "file"
MOST_CHARACTERS = 200


class EndedError(TableImportError):
    """The file was applied or discarded already."""

    code = "table_import.ended"


def keep(
    *,
    code: str,
    content: bytes,
    file_name: str,
    day: date | None,
    actor: Actor,
    origin: str = FILE,
    path: str = "",
    outcome: dict[str, Any] | None = None,
) -> TableImport:
    """Keeps a checked file until it is applied or discarded. Wipes the files that nobody applied within KEPT_FOR.

    `code` says what the file holds; `path` is a large file in the default storage, `outcome` what its check has found.
    Raises TableImportError without a person of the staff.
    """
    if actor.user is None or not actor.is_staff:
        raise TableImportError(_("Таблицы загружают сотрудники оператора"))
    old = TableImport.objects.filter(uploaded_at__lt=clock.now() - KEPT_FOR, content__isnull=False)
    for forgotten in old.exclude(path="").values_list("path", flat=True):
        default_storage.delete(forgotten)
    old.update(content=None)
    return TableImport.objects.create(
        kind=code,
        day=day,
        origin=origin,
        file_name=files.safe_name(re.split(r"[/\\]", file_name)[-1])[:MOST_CHARACTERS],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        path=path,
        outcome=outcome or {},
        uploaded_by=actor.user,
    )


def hold(table: TableImport) -> TableImport:
    """Reads and locks the row until the caller's transaction ends. Raises EndedError if it is not open any more."""
    held = TableImport.objects.select_for_update(of=("self",)).get(pk=table.pk)
    if not held.is_open:
        raise ended(held)
    return held


def ended(table: TableImport) -> EndedError:
    """Says who applied the file, or that it is gone."""
    if table.applied_at is not None:
        told = {"who": table.applied_by and table.applied_by.name, "at": clock.show_moment(table.applied_at)}
        return EndedError(_("Файл уже принят: %(who)s, %(at)s") % told)
    if table.discarded_at is not None:
        return EndedError(_("Этот файл уже отказались принимать. Загрузите его снова"))
    return EndedError(_("Файл хранился неделю и удалён. Загрузите его снова"))


def wipe(held: TableImport) -> None:
    """«Не принимать»: the content of a held row is wiped."""
    held.discarded_at, held.content = clock.now(), None
    held.save(update_fields=["discarded_at", "content"])
    _forget(held.path)


def close(held: TableImport, *, by: Actor, outcome: dict[str, Any]) -> None:
    """Marks a held row as applied and wipes its content; `outcome` is what the report shows."""
    held.applied_at, held.applied_by, held.content, held.outcome = clock.now(), by.user, None, outcome
    held.save(update_fields=["applied_at", "applied_by", "content", "outcome"])
    _forget(held.path)


def _forget(path: str) -> None:
    """Deletes a file of the storage once the transaction is written."""
    if path:
        transaction.on_commit(lambda: default_storage.delete(path))
