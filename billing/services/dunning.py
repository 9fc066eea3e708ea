"""The daily dunning run: takes the steps found by selectors/dunning_steps.py, each once (4.8).

After missed days, one letter catches up; an account with several debts gets one reminder per run, which names them
all. A restriction begins only on the morning of a working day, with statements complete through the day before;
otherwise it waits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import structlog
from django.db import transaction
from django.db.models import Q, Sum

from accounts.models import Account
from billing.models import DebtRestriction, DunningNotice, DunningStep, LedgerEntry
from billing.selectors import dunning_steps, restriction_days
from billing.selectors.debts import Owed
from billing.selectors.dunning_steps import ORDER, Due
from billing.selectors.restriction_days import Gate
from billing.services import debt_letters, debts, guarantees, ledger, new_debt_letters, statement_coverage
from notifications.models import Letter
from sipcabinet.lib import clock

log = structlog.get_logger(__name__)
Progress = Callable[[int], None]


@dataclass(slots=True)
class DunningCounts:
    """The result of a run or a dry run: expired guarantees; accounts notified of new debts, reminded, restricted,
    allowed to call again. `waiting`: accounts whose restriction or guarantee's end waits for statements, which are
    complete up to `statements_through`. `failed`: accounts with an error in the log; the next run tries them again."""

    accounts: int = 0
    expired: int = 0
    told: int = 0
    reminded: int = 0
    restricted: int = 0
    lifted: int = 0
    waiting: int = 0
    failed: int = 0
    statements_through: date | None = None


def run_due(*, dry_run: bool = False, progress: Progress = lambda _done: None) -> DunningCounts:
    """Handles guarantees that ran out, then every account that owes or is restricted, each in a separate transaction.

    Safe to repeat at any time and to run beside another run; a dry run writes nothing.
    """
    gate = restriction_days.gate()
    if not dry_run:
        statement_coverage.keep(gate.through)
    counts = DunningCounts(statements_through=gate.through)
    due, waiting = guarantees.run_out(gate.through)
    counts.expired = len(due) if dry_run else guarantees.expire(due)
    unread = {guarantee.account_id for guarantee in waiting}
    for account in to_look_at():
        counts.accounts += 1
        try:
            waits = _look_at(account, gate, counts, dry_run=dry_run)
            counts.waiting += waits or account.pk in unread
        except Exception:
            counts.failed += 1
            log.exception("dunning.failed", account_id=account.pk)
        progress(1)
    if counts.waiting:
        log.warning("dunning.waits_for_statements", accounts=counts.waiting, through=str(gate.through))
    return counts


def to_look_at() -> list[Account]:
    """Accounts that owe money, or whose calls are barred for debt."""
    owing = LedgerEntry.objects.values("account").annotate(sum=Sum("amount")).filter(sum__lt=0).values("account")
    barred = DebtRestriction.objects.filter(lifted_at__isnull=True).values("account")
    found = Account.objects.filter(Q(pk__in=owing) | Q(pk__in=barred))
    return list(found.select_related("customer").order_by("pk"))


def _look_at(account: Account, gate: Gate, counts: DunningCounts, *, dry_run: bool) -> bool:
    """Does what is due for an account; returns whether its restriction waits for statements."""
    if dry_run:
        return _foresee(account, gate, counts)
    with transaction.atomic():
        ledger.lock(account)
        counts.lifted += debts.review(account=account) is not None
        counts.told += new_debt_letters.tell(account=account) > 0
        due, barred = dunning_steps.due_of(account), debts.in_force(account) is not None
        letter = None
        if due.restrict_for is not None and not barred and gate.is_open:
            letter = _restrict(account, due.restrict_for, counts)
            barred = True
        if letter is None and due.reminder is not None:
            letter = _remind(account, due, *due.reminder, counts)
        _note(account, due, letter, barred=barred)
    return due.restrict_for is not None and not barred and not gate.complete


def _foresee(account: Account, gate: Gate, counts: DunningCounts) -> bool:
    barred, due = debts.in_force(account) is not None, dunning_steps.due_of(account)
    counts.lifted += barred and bool(debts.why_lift(account))
    counts.told += bool(new_debt_letters.untold(account))
    if due.restrict_for and not barred and gate.is_open:
        counts.restricted += 1
    elif due.reminder is not None:
        counts.reminded += 1
    return due.restrict_for is not None and not barred and not gate.complete


def _restrict(account: Account, about: Owed, counts: DunningCounts) -> Letter | None:
    counts.restricted += 1
    return debt_letters.restricted(debts.restrict(account=account, debt=about.debt), about)


def _remind(account: Account, due: Due, about: Owed, step: DunningStep, counts: DunningCounts) -> Letter | None:
    counts.reminded += 1
    return debt_letters.remind(
        account=account,
        about=about,
        step=step,
        unpaid=due.unpaid,
        barred=debts.in_force(account) is not None,
        restrict_on=dunning_steps.day_to_name(account, about, clock.today()),
    )


def _note(account: Account, due: Due, letter: Letter | None, *, barred: bool) -> None:
    """Records the steps taken. The letter covers all of them, so it is linked to the most urgent step. A restriction is
    recorded only if it is in force."""
    for one, step in sorted(due.steps, key=lambda known: ORDER.index(known[1]), reverse=True):
        if step == DunningStep.RESTRICTED and not barred:
            continue
        named = None if step == DunningStep.RESTRICTED else dunning_steps.day_to_name(account, one, clock.today())
        DunningNotice.objects.create(account=account, debt=one.debt, step=step, letter=letter, restrict_on=named)
        letter = None
