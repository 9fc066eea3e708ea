"""Акты сверки of a quarter: one durable job makes and sends them part by part, each account's act once (4.15).

Only AT_ONCE letters of a run stand in the outbox at a time: letters with passwords do not wait behind thousands of
acts.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from billing.models import ReconciliationAct, ReconciliationRun
from billing.models.reconciliation_act import NOTE_LENGTH
from billing.reports import reconciliation as report
from billing.selectors import acts, reconciliation, statement_coverage
from billing.selectors.acts import Quarter
from billing.services import letter_files
from notifications.models import Letter
from notifications.services import letters
from notifications.services.letters import LetterError
from sipcabinet.lib import clock, durable, files, links, locks, pdf
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)
DRAIN_TASK = "billing.drain_acts"
FOLDER = "acts"
LEASE = timedelta(minutes=5)
PAUSE = timedelta(seconds=5)  # until the outbox is looked at again
AT_ONCE = 200  # letters of one run in the outbox
ROWS = 1000  # of one INSERT
KEPT_FORGOTTEN = timedelta(days=1)  # longer than any process may work on a file


class ActError(DomainError):
    """The acts cannot be sent, or an act cannot be confirmed; the last part of the code names the field."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"act.{code}")


def start(*, quarter: Quarter, numbers: Sequence[str] | None, despite_statements: bool, by: Actor) -> int:
    """Fixes the accounts that get an act and starts the work; returns how many. `numbers`: only these accounts.

    Accounts that have an act of the quarter, also a waiting one, are left out, so a repeated start sends nothing twice.
    Locks the quarter: of two people who start at once the second gets ActError. Raises ActError also before the quarter
    is over, and, unless `despite_statements`, before the statements of its last day are complete.
    """
    if not quarter.is_over:
        raise ActError("quarter", _("%(quarter)s ещё не закончился") % {"quarter": quarter.label})
    if not despite_statements and (why := lacks_statements(quarter)):
        raise ActError("despite_statements", why)
    with transaction.atomic():
        locks.hold(f"acts:{quarter.code}")
        run = ReconciliationRun.objects.create(first_day=quarter.start, last_day=quarter.end, started_by=by.user)
        count = _take(run, acts.without_act(quarter, numbers).values_list("pk", flat=True))
        if not count:
            raise ActError("nobody", _("Новых актов нет: у всех этих лицевых счетов акт за квартал уже есть"))
        told = _("Начата отправка актов сверки за %(quarter)s: %(count)d") % {"quarter": quarter.label, "count": count}
        _record(None, "act.started", told, by, quarter=quarter.code, acts=count)
        durable.hint(DRAIN_TASK)
    return count


def lacks_statements(quarter: Quarter) -> str:
    """Why the acts of a quarter may lack payments; empty if the statements are complete through its last day."""
    through = statement_coverage.complete_through()
    if through is not None and through >= quarter.end:
        return ""
    known = _("полны только по %(day)s") % {"day": clock.show_date(through)} if through else _("ещё не загружены")
    return _("Выписки банка %(known)s: в актах может не быть платежей квартала") % {"known": known}


def retry(*, quarter: Quarter, by: Actor) -> int:
    """Starts parked work of a quarter again; returns how many runs. Audited; locks the runs."""
    with transaction.atomic():
        parked = ReconciliationRun.objects.select_for_update().filter(first_day=quarter.start, state=JobState.PARKED)
        count = sum(durable.retry(run) for run in parked)
        if count:
            told = _("Отправка актов сверки за %(quarter)s продолжена") % {"quarter": quarter.label}
            _record(None, "act.retried", told, by, quarter=quarter.code)
            durable.hint(DRAIN_TASK)
    return count


def confirm(*, act: ReconciliationAct, on: date, how: str, by: Actor) -> ReconciliationAct:
    """Records that the customer has confirmed the act on the day `on`, and by what (a signed copy, an e-mail). Once.

    Audited in the account's journal; locks the act. Raises ActError for a day before the end of the quarter or in the
    future, without `how`, before the act is made, and if it is confirmed already.
    """
    how = " ".join(how.split())[:NOTE_LENGTH]
    if not how:
        raise ActError("how", _("Укажите, чем подтверждён акт: подписанный экземпляр, письмо"))
    if not act.last_day < on <= clock.today():
        limits = {"first": clock.show_date(act.last_day + timedelta(days=1)), "last": clock.show_date(clock.today())}
        raise ActError("on", _("Укажите день с %(first)s по %(last)s") % limits)
    with transaction.atomic():
        held = ReconciliationAct.objects.select_for_update(of=("self",)).select_related("account").get(pk=act.pk)
        if held.made_at is None:
            raise ActError("not_made", _("Акт ещё не отправлен: подтвердить нечего"))
        if held.confirmed_on is not None:
            day = clock.show_date(held.confirmed_on)
            raise ActError("known", _("Подтверждение уже внесено: %(day)s") % {"day": day})
        held.confirmed_on, held.confirmed_how = on, how
        held.confirmed_at, held.confirmed_by = clock.now(), by.user
        held.save(update_fields=["confirmed_on", "confirmed_how", "confirmed_at", "confirmed_by"])
        told = _("Внесено подтверждение акта сверки с %(start)s по %(end)s: %(day)s, %(how)s") % {
            "start": clock.show_date(held.first_day),
            "end": clock.show_date(held.last_day),
            "day": clock.show_date(on),
            "how": how,
        }
        _record(held, "act.confirmed", told, by)
    return held


def drain() -> int:
    """Works on every due run; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(ReconciliationRun, lease=LEASE), send)


def send(run: ReconciliationRun) -> None:
    """Makes the acts of a claimed run while the outbox has room, each with its letter in one transaction. Gives the
    work back while the outbox is full; finishes it when no act waits. Raises ClaimLost."""
    while True:
        with transaction.atomic():
            act = _next(run)
            if act is None:
                durable.finish(run)
                log.info("acts.sent", run_id=run.pk)
                return
            if _on_the_way(run) >= AT_ONCE:
                durable.postpone(run, "", delay=PAUSE, counts=False)
                return
            durable.renew(run, lease=LEASE)
            _make_or_skip(act)


def remove_forgotten() -> int:
    """Removes files older than a day that no act names; returns how many."""
    return files.remove_forgotten(
        FOLDER, older_than=KEPT_FORGOTTEN, is_kept=lambda path: ReconciliationAct.objects.filter(path=path).exists()
    )


def _take(run: ReconciliationRun, accounts: Iterable[int]) -> int:
    """Writes a waiting act for each account; an act that failed goes to this run."""
    pks = list(accounts)
    mine = {"first_day": run.first_day, "last_day": run.last_day, "run": run}
    failed = ReconciliationAct.objects.filter(first_day=run.first_day, is_failed=True, account__in=pks)
    known = set(failed.values_list("account", flat=True))
    failed.update(run=run, is_failed=False)
    rows = [ReconciliationAct(account_id=pk, **mine) for pk in pks if pk not in known]
    ReconciliationAct.objects.bulk_create(rows, batch_size=ROWS)
    return len(pks)


def _next(run: ReconciliationRun) -> ReconciliationAct | None:
    waiting = ReconciliationAct.objects.filter(run=run, made_at__isnull=True, is_failed=False)
    return waiting.select_related("account__customer").order_by("pk").first()


def _on_the_way(run: ReconciliationRun) -> int:
    return Letter.objects.filter(reconciliation_act__run=run, state=JobState.WAITING).count()


def _make_or_skip(act: ReconciliationAct) -> None:
    """An act that cannot be made is marked and does not stop the others. A fault of the disk or the database stops the
    work: it is postponed."""
    try:
        with transaction.atomic():
            _make(act)
    except (OSError, OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("act.failed", act_id=act.pk)
        ReconciliationAct.objects.filter(pk=act.pk).update(is_failed=True)


def _make(act: ReconciliationAct) -> None:
    found = reconciliation.of(act.account, act.first_day, act.last_day)
    content = report.document(act.account, found)
    stored = files.store(files.new_path(FOLDER, ".pdf"), lambda stream: stream.write(content))
    act.file_name = files.safe_name(f"{report.file_name(found)}.pdf")
    act.content_type, act.path, act.sha256, act.size = pdf.MIME, stored.path, stored.sha256, stored.size
    act.closing, act.made_at = found.closing, clock.now()
    act.letter = _letter(act)
    act.save()


def _letter(act: ReconciliationAct) -> Letter | None:
    """The letter to the registered e-mail; None if the account has no valid one: the act is in the cabinet."""
    try:
        return letters.write(
            kind="reconciliation_act",
            recipient=act.account.cabinet_email,
            account_id=act.account_id,
            context={
                "account": act.account,
                "act": act,
                "owed": max(-(act.closing or 0), 0),
                "attached": bool(letter_files.attachments(act)),
                "link": links.absolute("billing:reconciliation"),
            },
            attachments=letter_files.attachments(act),
            dedupe_key=f"act:{act.pk}",
        )
    except LetterError as refusal:
        log.warning("act.letter_refused", act_id=act.pk, code=refusal.code)
        return None


def _record(act: ReconciliationAct | None, action: str, summary: str, by: Actor, **details: object) -> None:
    user: User | None = by.user
    audit.record(
        account=act.account if act else None,
        user=user,
        action=action,
        summary=summary,
        details=details | ({"act_id": act.pk} if act else {}),
        address=by.address,
    )
