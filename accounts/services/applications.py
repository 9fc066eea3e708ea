"""Written applications (4.2): registered with their scan, then carried out, refused or withdrawn by staff.

получено → выполнено | отказано | отозвано. A page that acts by an application opens one transaction: `hold` (the lock
of the row; the other clerk is told), the change itself, `carry_out`.
"""

import shutil
from datetime import date, datetime, timedelta
from typing import IO

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, ApplicationState, User, WrittenApplication
from accounts.services import account_letters, audit
from sipcabinet.lib import clock, constraints, files, locks
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.scans import Scan

log = structlog.get_logger(__name__)
FOLDER = "applications"
KEPT_FORGOTTEN = timedelta(days=1)
ANSWER_LENGTH = 500


class ApplicationError(DomainError):
    """The step is refused; `field` is the argument at fault, or empty."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message, code=f"application.{code}")
        self.field = field


def register(
    *,
    account: Account,
    kind: str,
    number: str,
    written_on: date,
    received_at: datetime,
    scan: Scan,
    by: Actor,
    note: str = "",
) -> WrittenApplication:
    """Writes a paper into the register and stores its checked scan.

    The same form (`by.token`) sent twice returns the first row. Raises ApplicationError (staff, written_on,
    received_at, number); then neither the row nor the file stays. Locks the token.
    """
    staff = _staff(by)
    _require_days(written_on, received_at)
    path = files.new_path(FOLDER, scan.extension)
    key = f"application:{by.token or path}"
    try:
        with transaction.atomic():
            locks.hold(key)
            if (known := WrittenApplication.objects.filter(dedupe_key=key).first()) is not None:
                return known
            stored = files.store(path, lambda target: _copy(scan.stream, target))
            with constraints.refused(_known_already, "application_once"):
                row = WrittenApplication.objects.create(
                    account=account,
                    kind=kind,
                    number=" ".join(number.split()),
                    written_on=written_on,
                    received_at=received_at,
                    received_by=staff,
                    note=" ".join(note.split()),
                    scan_path=stored.path,
                    scan_name=scan.name,
                    scan_type=scan.content_type,
                    scan_sha256=stored.sha256,
                    scan_size=stored.size,
                    dedupe_key=key,
                )
            _record(row, audit.Action.APPLICATION_RECEIVED, by)
    except BaseException:
        files.remove(path)
        raise
    log.info("application.registered", application_id=row.pk, kind=row.kind)
    return row


def hold(application: WrittenApplication) -> WrittenApplication:
    """The row under its lock, in the caller's transaction. Raises ApplicationError(decided) if the paper is decided."""
    rows = WrittenApplication.objects.select_for_update(of=("self",)).select_related("account__customer")
    row = rows.get(pk=application.pk)
    if not row.is_waiting:
        decided_by = WrittenApplication.objects.values_list("decided_by__name", flat=True).get(pk=row.pk)
        message = _("%(what)s: решение уже принято (%(state)s, %(who)s, %(when)s)")
        facts = {"what": row.reference, "state": row.get_state_display(), "who": decided_by}
        when = clock.show_moment(row.decided_at) if row.decided_at else ""
        raise ApplicationError("decided", message % {**facts, "when": when})
    return row


def carry_out(*, application: WrittenApplication, done: str, by: Actor, operation: str = "") -> WrittenApplication:
    """Marks a paper as carried out: `done` says what was changed, `operation` is the number of the operation, if any.

    Call it in the transaction of the change. Locks the row; raises ApplicationError (decided, staff, done).
    """
    return _decide(application, ApplicationState.DONE, done, by, audit.Action.APPLICATION_DONE, operation=operation)


def refuse(*, application: WrittenApplication, reason: str, by: Actor) -> WrittenApplication:
    """Refuses what the paper asks for; a letter tells the customer why. Locks the row; raises ApplicationError
    (decided, staff, answer)."""
    with transaction.atomic():
        refused = _decide(application, ApplicationState.REFUSED, reason, by, audit.Action.APPLICATION_REFUSED)
        account_letters.application_refused(application=refused)
    return refused


def withdraw(*, application: WrittenApplication, reason: str, by: Actor) -> WrittenApplication:
    """Takes a paper out of the queue: the customer took it back, or it was registered by mistake. Like `refuse`."""
    return _decide(application, ApplicationState.WITHDRAWN, reason, by, audit.Action.APPLICATION_WITHDRAWN)


def opened(*, application: WrittenApplication, by: Actor) -> IO[bytes]:
    """Opens the scan for a person of the staff and records this in the journal. Raises FileNotFoundError."""
    stream = files.open_stored(application.scan_path)
    _record(application, audit.Action.APPLICATION_READ, by)
    return stream


def remove_forgotten() -> int:
    """Removes scans older than a day that no row keeps (a killed process left them); returns how many."""
    return files.remove_forgotten(
        FOLDER,
        older_than=KEPT_FORGOTTEN,
        is_kept=lambda path: WrittenApplication.objects.filter(scan_path=path).exists(),
    )


def _decide(
    application: WrittenApplication,
    state: ApplicationState,
    answer: str,
    by: Actor,
    action: audit.Action,
    *,
    operation: str = "",
) -> WrittenApplication:
    staff, text = _staff(by), " ".join(answer.split())
    if not text:
        raise ApplicationError("answer", _required(state), "answer")
    if len(text) > ANSWER_LENGTH:
        raise ApplicationError("answer", _("Не длиннее %(most)d знаков") % {"most": ANSWER_LENGTH}, "answer")
    with transaction.atomic():
        row = hold(application)
        row.state, row.answer, row.operation = state, text, operation
        row.decided_at, row.decided_by = clock.now(), staff
        row.save(update_fields=["state", "answer", "operation", "decided_at", "decided_by"])
        _record(row, action, by)
    log.info("application.decided", application_id=row.pk, state=row.state)
    return row


def _required(state: ApplicationState) -> str:
    if state == ApplicationState.DONE:
        return _("Напишите, что сделано по заявлению")
    return _("Укажите причину")


def _staff(by: Actor) -> User:
    if by.user is None or not by.is_staff:
        raise ApplicationError("staff", _("С заявлениями работают только сотрудники оператора"))
    return by.user


def _require_days(written_on: date, received_at: datetime) -> None:
    if written_on > clock.today():
        raise ApplicationError("written_on", _("Дата заявления ещё не наступила"), "written_on")
    if received_at > clock.now():
        raise ApplicationError("received_at", _("Этот момент ещё не наступил"), "received_at")
    if clock.minsk(received_at).date() < written_on:
        raise ApplicationError("received_at", _("Заявление не могло поступить раньше своей даты"), "received_at")


def _known_already() -> ApplicationError:
    return ApplicationError("number", _("Заявление с этим номером и датой уже есть в реестре"), "number")


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    source.seek(0)
    shutil.copyfileobj(source, target)


def _record(row: WrittenApplication, action: audit.Action, by: Actor) -> None:
    audit.record(
        account=row.account,
        user=by.user,
        action=action,
        summary=f"{action.label}: {row.get_kind_display()}, {row.reference}",
        details={"application_id": row.pk, "answer": row.answer, "operation": row.operation},
        address=by.address,
    )
