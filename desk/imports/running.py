"""A table from its upload to its report: checked, kept, applied whole or not at all (4.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from desk.imports import kept
from desk.imports.kept import FILE, FORM, KEPT_FOR, EndedError
from desk.imports.kind import Comparison, ImportKind, ImportLine, LineState, TableImportError, TableKind, TellsAbsent
from desk.models import TableImport
from sipcabinet.lib import changes, clock, constraints, tables
from sipcabinet.lib.changes import Changes

__all__ = ["FILE", "FORM", "KEPT_FOR", "EndedError", "MovedError", "apply", "check", "compared", "discard", "keep"]
BOUNDS = tables.Bounds()
MOST_IN_JOURNAL = 20  # changes that the journal keeps one by one


class MovedError(TableImportError):
    """The catalogue has changed since the person saw the comparison: `found` is the new one."""

    code = "table_import.moved"

    def __init__(self, found: Comparison) -> None:
        super().__init__(
            _("Пока вы смотрели, каталог изменился. Ниже — новая проверка: посмотрите её и примите снова.")
        )
        self.found = found


def check(
    kind: ImportKind, content: bytes, day: date | None, *, is_whole: bool = False, ends: bool = False
) -> Comparison:
    """What the table would do from `day` on. Raises TableFileError for the file as a whole, TableImportError for the
    day. Writes nothing.

    `is_whole`: the table stands for the whole list, so what is missing in it is told, and ended if `ends`.
    """
    lines = tables.read(content, BOUNDS)
    checked = tables.check(lines, kind.columns)
    if day is not None:
        with transaction.atomic():
            kind.check_day(day)
    found = kind.compare(checked.rows, day or clock.today())
    problems = sorted([*checked.problems, *found.problems], key=lambda one: one.row)
    lines_ = list(found.lines)
    if is_whole and isinstance(kind, TellsAbsent):
        lines_ += kind.absent(checked.rows, day or clock.today(), ends=ends)
    return Comparison(day, lines_, problems)


def keep(
    *, kind: TableKind, content: bytes, file_name: str, day: date | None, actor: Actor, origin: str = FILE
) -> TableImport:
    """Keeps a table that `check` has read until it is applied or discarded. Wipes the files that nobody applied within
    KEPT_FOR. Raises TableImportError without a person of the staff."""
    return kept.keep(code=kind.code, content=content, file_name=file_name, day=day, actor=actor, origin=origin)


def compared(table: TableImport, kind: ImportKind, *, ends: bool = False) -> Comparison:
    """What a kept table would do now; `ends`: also end what an uploaded file does not have. Raises TableFileError,
    TableImportError; EndedError if it is kept no more."""
    if table.content is None:
        raise kept.ended(table)
    return check(kind, bytes(table.content), table.day, is_whole=table.origin == FILE, ends=ends)


def apply(*, table: TableImport, kind: ImportKind, fingerprint: str, actor: Actor, ends: bool = False) -> Comparison:
    """Applies all rows in one transaction, and returns what was done.

    `fingerprint` is of the comparison that the person saw. Locks the import, and the kind's tables against writers;
    then compares once more. Raises MovedError if the rows would now do something else, EndedError if another person was
    quicker, TableImportError for a table with faults or without a change.
    """
    with transaction.atomic():
        held = kept.hold(table)
        if held.day is not None:
            kind.check_day(held.day)
        _lock(kind.tables)
        found = compared(held, kind, ends=ends)
        if found.fingerprint != fingerprint:
            raise MovedError(found)
        if found.problems:
            raise TableImportError(_("В таблице есть ошибки: она принимается целиком или не принимается вовсе"))
        if not found.effective:
            raise TableImportError(_("Все строки уже такие: менять нечего"), code="table_import.nothing")
        with constraints.refused(lambda: MovedError(found), *_OVERLAPS):
            kind.write(found.effective, held.day or clock.today())
        done = {state: count for state, count in found.counts.items() if state != LineState.ABSENT}
        outcome = {"counts": done, "lines": [_kept_line(line) for line in found.effective]}
        kept.close(held, by=actor, outcome=outcome)
        _record(held, kind, found, actor)
    return found


def discard(*, table: TableImport, actor: Actor) -> None:
    """«Не принимать»: the file is wiped. Locks the import; raises EndedError if it was applied or discarded."""
    with transaction.atomic():
        held = kept.hold(table)
        kept.wipe(held)
        told = _("Не принята таблица «%(file)s»") % {"file": held.file_name}
        about = {"table_import_id": held.pk, "kind": held.kind}
        audit.record(action="catalogue.discarded", user=actor.user, address=actor.address, summary=told, details=about)


# Another writer that does not take our lock is refused by these; the catalogue then has changed.
_OVERLAPS = (
    "rates_never_overlap",
    "plan_terms_never_overlap",
    "service_prices_never_overlap",
    "channel_prices_never_overlap",
    "minute_prices_never_overlap",
)


def _lock(names: Sequence[str]) -> None:
    """Keeps all writers of these tables away until the transaction ends; readers go on."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE")


def _kept_line(line: ImportLine) -> list[str | int | None]:
    """A line of the report: number, state, name, group, figures, other changes in words."""
    others = "; ".join(f"{one.label}: {one.before or '—'} → {one.after}" for one in line.others)
    figures = [None if one is None else f"{one:f}" for one in (line.before, line.after)]
    return [line.number, line.state.value, line.name, line.group, *figures, others]


def _record(table: TableImport, kind: ImportKind, found: Comparison, actor: Actor) -> None:
    """Writes the event: with each change if they are few, else with the counts and the file's sha256."""
    since = _(" с %(day)s") % {"day": clock.show_date(table.day)} if table.day else ""
    told = _("Изменён каталог: %(what)s%(since)s, изменено %(changed)d, добавлено %(new)d")
    counts = {"changed": found.counts["changed"], "new": found.counts["new"]}
    if found.counts["ended"]:
        told += _(", закончено %(ended)d")
        counts["ended"] = found.counts["ended"]
    about: dict[str, Any] = {
        "table_import_id": table.pk,
        "kind": table.kind,
        "file": table.file_name,
        "sha256": table.sha256,
        "day": table.day.isoformat() if table.day else None,
        **counts,
    }
    if len(found.effective) <= MOST_IN_JOURNAL:
        about[changes.KEY] = _changes(found.effective)
    audit.record(
        action="catalogue.changed",
        user=actor.user,
        address=actor.address,
        summary=told % {"what": kind.title, "since": since, **counts},
        details=about,
    )


def _changes(lines: Sequence[ImportLine]) -> Changes:
    found: Changes = {}
    for serial, line in enumerate(lines, start=1):  # what ends has no row of the file
        row = line.number or f"end-{serial}"
        name = f"{line.name} {line.group}".strip()
        if line.after is not None:
            before = None if line.before is None else f"{line.before:f}"
            found |= changes.of(f"{row}", name, before, f"{line.after:f}")
        for place, one in enumerate(line.others):
            found |= changes.of(f"{row}.{place}", f"{name}: {one.label}", one.before or None, one.after)
    return found
