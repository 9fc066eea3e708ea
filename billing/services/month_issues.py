"""The close of a month at the desk, and its invoices issued in the background with stop, go on and retry (4.7).

One row of MonthIssue for each month. The worker takes the accounts in the order of their numbers, in batches. The
transaction of a batch also renews the claim and writes how far the work is; a stop waits for it. Accounts that are
issued one by one have a transaction of their own after each; a killed worker's successor goes on from the last one
written, and finds issued what came after it.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from billing.models import IssueFailure, MonthIssue
from billing.selectors import month_review
from billing.services import closing
from billing.services.closing import CloseError, Outcome
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.calls import months

log = structlog.get_logger(__name__)
DRAIN_TASK = "billing.drain_month_issues"
LEASE = timedelta(minutes=10)  # longer than the charges of the largest account take
PAUSE = timedelta(seconds=15)  # until the work is tried again while the command has the month


def close(*, month: Month, by: Actor, calculation_id: int) -> MonthIssue:
    """Closes the month for calls and orders its invoices, in one transaction; with a reason of `by`, despite rejected
    and doubled calls.

    `calculation_id`: the calculation that was reviewed. Raises CloseError (and VatMissingError) for every obstacle, if
    the month is closed already, and if the review is not of the newest calculation. Locks the month as `months.close`.
    """
    with transaction.atomic():
        closing.check(month=month, despite_rejects=bool(by.reason))
        _check_review(month, calculation_id)
        if not months.close(month):
            raise CloseError(_("%(month)s уже закрыт") % {"month": month.label_title}, code="close.closed")
        issue = _order(month, by)
        summary = _("Закрыт %(month)s: счета выставляются") % {"month": month.label}
        details = {"despite": by.reason} if by.reason else {}
        _record(by, "closed", summary, month, **details)
    return issue


def order(*, month: Month, by: Actor) -> MonthIssue:
    """Orders the missing invoices of a closed month whose issuing nobody has ordered or finished: `close_month` was
    interrupted. Raises CloseError for an open month and for a month whose issue is known."""
    with transaction.atomic():
        if not months.closed(month):
            raise CloseError(_("%(month)s ещё не закрыт") % {"month": month.label_title}, code="close.open")
        if MonthIssue.objects.filter(month=month.first_day).exists():
            raise _known(month)
        issue = _order(month, by)
        _record(by, "issue_ordered", _("Счета за %(month)s: выставляются недостающие") % {"month": month.label}, month)
    return issue


def stop(*, issue: MonthIssue, by: Actor) -> None:
    """«Остановить»: no further invoice is issued after the one in work. Raises CloseError if nothing is at work."""
    with transaction.atomic():
        row = _locked(issue)
        if row.state != JobState.WAITING or row.stopped_at:
            raise CloseError(_("Счета сейчас не выставляются: останавливать нечего"), code="issue.not_running")
        row.stopped_at, row.stopped_by = clock.now(), by.user
        row.save(update_fields=["stopped_at", "stopped_by"])
        _record(by, "issue_stopped", _("Остановлено выставление счетов за %(month)s"), row.period)


def go_on(*, issue: MonthIssue, by: Actor) -> None:
    """«Продолжить» after a stop or an error of the work: goes on after the last account. Raises CloseError if the work
    is going on, or is done."""
    with transaction.atomic():
        row = _locked(issue)
        if not row.stopped_at and row.state != JobState.PARKED:
            raise CloseError(_("Выставление счетов не остановлено"), code="issue.not_stopped")
        _again(row)
        _record(by, "issue_resumed", _("Продолжено выставление счетов за %(month)s"), row.period)


def retry(*, issue: MonthIssue, by: Actor) -> None:
    """Tries the failed accounts again. Raises CloseError while the work goes on, and without failures."""
    with transaction.atomic():
        row = _locked(issue)
        if row.state != JobState.DONE or row.stopped_at or not row.failures.exists():
            raise CloseError(_("Повторять нечего: невыставленных счетов нет"), code="issue.no_failures")
        _again(row, only_failed=True, after="", done=0, whole=row.failures.count())
        _record(by, "issue_retried", _("Невыставленные счета за %(month)s: ещё раз"), row.period)


def drain() -> int:
    """Works on every due issue; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(MonthIssue, lease=LEASE), work)


def work(issue: MonthIssue) -> None:
    """Issues the invoices of a claimed issue until all accounts are done or somebody stops it. Gives the work back
    while `close_month` issues the same month. Raises ClaimLost."""
    month = issue.period
    with durable.alone(closing.lock_name(month), silent_for=LEASE) as mine:
        if not mine:
            durable.postpone(issue, "close_month", delay=PAUSE, counts=False)
            return
        accounts = _begun(issue, month)
        for batch in closing.batches(accounts):
            left = batch if len(batch) == 1 else _issue_batch(issue, batch, month)
            if left is None:
                return
            for account in left:
                outcome, message = closing.issue(account, month, clock.today())
                if not _went(issue, account, outcome, message):
                    return
        _finish(issue)
    log.info("issue.finished", month=month.code, accounts=len(accounts))


def _begun(issue: MonthIssue, month: Month) -> Sequence[Account]:
    """The accounts that are left; none after a stop."""
    every = closing.accounts(month)
    if issue.only_failed:
        failed = set(issue.failures.values_list("account_id", flat=True))
        every = [one for one in every if one.pk in failed]
    left = [one for one in every if one.number > issue.after]
    with transaction.atomic():
        row = _locked(issue)
        durable.renew(issue, lease=LEASE)
        MonthIssue.objects.filter(pk=row.pk).update(whole=len(every), done=len(every) - len(left))
    return [] if row.stopped_at else left


def _issue_batch(issue: MonthIssue, batch: Sequence[Account], month: Month) -> Sequence[Account] | None:
    """Issues what can be issued at once and writes how far that is, in one transaction; returns the accounts that are
    left. None when somebody has stopped the work, which is then finished."""
    with transaction.atomic():
        row = _locked(issue)  # a stop waits for the batch: after it no invoice is issued
        if row.stopped_at:
            durable.finish(issue)
            return None
        durable.renew(issue, lease=LEASE)
        outcomes = closing.issue_batch(batch, month, clock.today())
        left = [account for account in batch if account.pk not in outcomes]
        whole: dict[str, str] = {} if left else {"after": batch[-1].number}
        MonthIssue.objects.filter(pk=row.pk).update(done=F("done") + len(outcomes), attempts=0, **whole)
        failed = {pk: message for pk, (outcome, message) in outcomes.items() if outcome is Outcome.FAILED}
        IssueFailure.objects.filter(issue=row, account__in=outcomes.keys() - failed.keys()).delete()
        for pk, message in failed.items():
            _keep_failure(row, pk, message)
    return left


def _keep_failure(row: MonthIssue, account_id: int, message: str) -> None:
    told = {"message": message[:300], "failed_at": clock.now()}
    IssueFailure.objects.update_or_create(issue=row, account_id=account_id, defaults=told)


def _went(issue: MonthIssue, account: Account, outcome: Outcome, message: str) -> bool:
    """Writes that the account is done; False when somebody has stopped the work, which is then finished."""
    with transaction.atomic():
        row = _locked(issue)
        durable.renew(issue, lease=LEASE)
        # An account is an outcome: only a worker that dies again and again in one account uses up the claims.
        MonthIssue.objects.filter(pk=row.pk).update(after=account.number, done=F("done") + 1, attempts=0)
        if outcome is Outcome.FAILED:
            _keep_failure(row, account.pk, message)
        else:
            IssueFailure.objects.filter(issue=row, account=account).delete()
        if row.stopped_at:
            durable.finish(issue)
        return not row.stopped_at


def _finish(issue: MonthIssue) -> None:
    with transaction.atomic():
        _locked(issue)
        durable.finish(issue)


def _check_review(month: Month, calculation_id: int) -> None:
    newest = month_review.newest(month)
    if newest is None or newest.started_at is None or newest.started_at < month.end:
        message = _("Сначала рассчитайте законченный месяц и посмотрите сверку")
        raise CloseError(message, code="close.not_calculated")
    if newest.pk != calculation_id:
        message = _("Месяц рассчитан заново, пока вы смотрели. Посмотрите новую сверку")
        raise CloseError(message, code="close.calculated_again")


def _order(month: Month, by: Actor) -> MonthIssue:
    """Waits for another process that is ordering the same month, and then refuses."""
    issue, created = MonthIssue.objects.get_or_create(
        month=month.first_day, defaults={"ordered_by": by.user, "reason": by.reason}
    )
    if not created:
        raise _known(month)
    durable.hint(DRAIN_TASK)
    return issue


def _known(month: Month) -> CloseError:
    return CloseError(_("Счета за %(month)s уже выставляются") % {"month": month.label}, code="close.closed")


def _again(row: MonthIssue, **fields: object) -> None:
    again = {"state": JobState.WAITING, "attempts": 0, "due_at": clock.now(), "finished_at": None, "last_error": ""}
    MonthIssue.objects.filter(pk=row.pk).update(stopped_at=None, stopped_by=None, **again, **fields)
    durable.hint(DRAIN_TASK)


def _locked(issue: MonthIssue) -> MonthIssue:
    return MonthIssue.objects.select_for_update().get(pk=issue.pk)


def _record(by: Actor, event: str, summary: str, month: Month, **details: str) -> None:
    told = summary % {"month": month.label} if "%(month)s" in summary else summary
    about = {"month": month.code, **details}
    audit.record(action=f"month.{event}", user=by.user, summary=told, details=about, address=by.address)
