"""What is done about unpaid invoices, day by day: settings.DUNNING in days from the due day (4.8).

Of the steps that a day asks for only the latest is taken, once for each invoice: a run that comes late catches up with
one letter. An account that owes several invoices gets one letter a run, which names them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum

from accounts.models import Account
from billing.models import DebtRestriction, DunningNotice, DunningStep, LedgerEntry
from billing.selectors import balance, guarantees
from billing.selectors.balance import Settled
from billing.services import debt_letters, debts, ledger
from billing.services import guarantees as promises
from notifications.models import Letter
from sipcabinet.lib import clock, tenancy

log = structlog.get_logger(__name__)

ORDER = list(DunningStep)  # of time, and so of urgency
Progress = Callable[[int], None]


@dataclass(slots=True)
class Counts:
    """What a run did, or a dry run would do: promises run out, accounts reminded, restricted, allowed to call again;
    `failed` accounts are in the log and tried again by the next run."""

    accounts: int = 0
    expired: int = 0
    reminded: int = 0
    restricted: int = 0
    lifted: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What is due of an account today, oldest invoice first.

    `steps` are new ones, each with its invoice; `restrict_for` is the invoice that calls are barred for, if they are to
    be; `unpaid` are the invoices that a letter names.
    """

    steps: Sequence[tuple[Settled, DunningStep]] = field(default_factory=list)
    restrict_for: Settled | None = None
    unpaid: Sequence[Settled] = field(default_factory=list)

    @property
    def reminder(self) -> tuple[Settled, DunningStep] | None:
        """The most urgent of the reminders, with its invoice."""
        found = [known for known in self.steps if known[1] != DunningStep.RESTRICTED]
        return max(found, key=lambda known: ORDER.index(known[1]), default=None)


def run_due(*, dry_run: bool = False, progress: Progress = lambda _done: None) -> Counts:
    """Promises that ran out first, then every account that owes or is restricted, each in a transaction of its own.

    Safe to run again at any time, and beside another run; a dry run writes nothing.
    """
    counts = Counts()
    counts.expired = len(promises.due_to_expire()) if dry_run else promises.expire_due()
    for account in to_look_at():
        counts.accounts += 1
        try:
            _look_at(account, counts, dry_run=dry_run)
        except Exception:
            counts.failed += 1
            log.exception("dunning.failed", account_id=account.pk)
        progress(1)
    return counts


def to_look_at() -> list[Account]:
    """Accounts that owe something, or whose calls are barred for debt."""
    owing = LedgerEntry.objects.values("account").annotate(sum=Sum("amount")).filter(sum__lt=0).values("account")
    barred = DebtRestriction.objects.filter(lifted_at__isnull=True).values("account")
    found = Account.objects.filter(Q(pk__in=owing) | Q(pk__in=barred))
    return list(found.select_related("customer").order_by("pk"))


def step_of(due_on: date, today: date) -> DunningStep | None:
    """The latest step that an unpaid invoice has come to."""
    days = settings.DUNNING
    if today >= due_on + timedelta(days=days["restrict"]):
        return DunningStep.RESTRICTED
    if today >= due_on + timedelta(days=days["second"]):
        return DunningStep.SECOND
    if today >= due_on + timedelta(days=days["first"]):
        return DunningStep.FIRST
    return DunningStep.BEFORE if due_on - timedelta(days=days["before"]) <= today <= due_on else None


def due_of(account: Account) -> Due:
    """What is due of an account today: nothing for invoices that an accepted promise covers, up to its own."""
    today, promise = clock.today(), guarantees.in_force(account)
    unpaid = [one for one in reversed(balance.settled(account)) if not one.is_paid]
    if promise is not None:
        unpaid = [one for one in unpaid if one.invoice.month > promise.invoice.month]
    reached = [(one, step) for one in unpaid if (step := step_of(one.invoice.due_on, today)) is not None]
    if promise is not None:
        reached = [(one, step) for one, step in reached if step != DunningStep.RESTRICTED]
    taken = set(tenancy.of(account).rows(DunningNotice).values_list("invoice", "step"))
    return Due(
        steps=[(one, step) for one, step in reached if (one.invoice.pk, step.value) not in taken],
        restrict_for=_restrict_for(account, reached),
        unpaid=[one for one, _step in reached],
    )


def _restrict_for(account: Account, reached: Sequence[tuple[Settled, DunningStep]]) -> Settled | None:
    """The oldest invoice that calls are barred for; not one whose restriction staff have lifted by hand already."""
    forgiven_at = debts.forgiven_at(account)
    forgiven_on = clock.minsk(forgiven_at).date() if forgiven_at else None
    for one, step in reached:
        forgiven = forgiven_on and step_of(one.invoice.due_on, forgiven_on) == DunningStep.RESTRICTED
        if step == DunningStep.RESTRICTED and not forgiven:
            return one
    return None


def _look_at(account: Account, counts: Counts, *, dry_run: bool) -> None:
    if dry_run:
        _foresee(account, counts)
        return
    with transaction.atomic():
        ledger.lock(account)
        counts.lifted += debts.review(account=account) is not None
        due = due_of(account)
        letter = _restrict(account, due, counts) if due.restrict_for else None
        if letter is None and due.reminder is not None:
            letter = _remind(account, due, *due.reminder, counts)
        _note(account, due, letter)


def _foresee(account: Account, counts: Counts) -> None:
    restricted, due = debts.in_force(account) is not None, due_of(account)
    counts.lifted += restricted and bool(debts.why_lift(account))
    if due.restrict_for and not restricted:
        counts.restricted += 1
    elif due.reminder is not None:
        counts.reminded += 1


def _restrict(account: Account, due: Due, counts: Counts) -> Letter | None:
    if debts.in_force(account) is not None or due.restrict_for is None:
        return None
    counts.restricted += 1
    return debt_letters.restricted(debts.restrict(account=account, invoice=due.restrict_for.invoice))


def _remind(account: Account, due: Due, about: Settled, step: DunningStep, counts: Counts) -> Letter | None:
    counts.reminded += 1
    barred = debts.in_force(account) is not None
    return debt_letters.remind(account=account, invoice=about.invoice, step=step, unpaid=due.unpaid, barred=barred)


def _note(account: Account, due: Due, letter: Letter | None) -> None:
    """Writes down the steps; the letter, which tells of all of them, goes with the first of the step it was for."""
    for one, step in sorted(due.steps, key=lambda known: ORDER.index(known[1]), reverse=True):
        DunningNotice.objects.create(account=account, invoice=one.invoice, step=step, letter=letter)
        letter = None
