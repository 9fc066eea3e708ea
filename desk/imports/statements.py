"""A statement of the bank from its upload to its report: checked, kept on the server, applied once (4.6)."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from billing.models import StatementImport
from billing.services import statements
from billing.services.statements import Taken
from desk.imports import kept
from desk.imports.kind import TableImportError
from desk.models import STATEMENT, TableImport

MOST_BYTES = 1024 * 1024  # a larger file is imported by a command: a page would not answer in time


class StatementMovedError(TableImportError):
    """The statement would now do something else than the person saw; `found` is the new check."""

    code = "statement.moved"

    def __init__(self, found: Taken) -> None:
        super().__init__(
            _("Пока вы смотрели, данные изменились. Ниже — новая проверка: посмотрите её и примите снова.")
        )
        self.found = found


def fingerprint(found: Taken) -> str:
    """Equal for two checks that show the same outcome of each document."""
    credits_ = [(one.key, one.fate.value, one.account and one.account.pk, one.reason, one.resembles)
                for one in found.outcomes]  # fmt: skip
    debits = [(key, one.kind.value, one.credit and one.credit.source_key, one.refund and one.refund.pk)
              for one, key in found.plan.returns]  # fmt: skip
    statement = found.statement
    told = (found.format.value, statement.iban, statement.opening, statement.closing, credits_, debits)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def keep(*, content: bytes, file_name: str, actor: Actor) -> TableImport:
    """Keeps a statement that was rehearsed. Raises TableImportError without a person of the staff."""
    return kept.keep(code=STATEMENT, content=content, file_name=file_name, day=None, actor=actor)


def checked(draft: TableImport) -> Taken:
    """What a kept statement would do now; writes nothing. Raises StatementError, or EndedError if it is kept no
    more."""
    if not draft.is_open or draft.content is None:
        raise kept.ended(draft)
    return statements.rehearse(bytes(draft.content))


def apply(*, draft: TableImport, seen: str, actor: Actor) -> StatementImport:
    """Imports a kept statement, once, if it still does what the person saw (`seen`, a fingerprint).

    Locks the draft's row, then the imports of statements. Raises EndedError if another person was quicker,
    StatementMovedError for another outcome, StatementError for a file that is refused, TableImportError for a file
    without a new document; then nothing is written.
    """

    def accept(found: Taken) -> None:
        if fingerprint(found) != seen:
            raise StatementMovedError(found)
        if not found.plan.is_new and found.plan.lines:
            raise TableImportError(_("Все документы этой выписки уже загружены: принимать нечего"))

    with transaction.atomic():
        held = kept.hold(draft)
        taken = statements.take_in(
            bytes(held.content or b""),
            file_name=held.file_name,
            user=actor.user,
            address=actor.address,
            accept=accept,
        )
        if taken.row is None:
            raise TableImportError(_("Эта выписка уже загружена: принимать нечего"))
        kept.close(held, by=actor, outcome={"statement": taken.row.pk})
    return taken.row


def discard(*, draft: TableImport, actor: Actor) -> None:
    """«Не принимать»: the file is wiped. Locks the row; raises EndedError if it was applied or discarded. Audited."""
    with transaction.atomic():
        held = kept.hold(draft)
        kept.wipe(held)
        told = _("Не принята выписка «%(file)s»") % {"file": held.file_name}
        about = {"table_import_id": held.pk}
        audit.record(action="payment.discarded", user=actor.user, address=actor.address, summary=told, details=about)
