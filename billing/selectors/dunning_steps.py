"""Which dunning steps an account's debts have reached, and the days named in letters: settings.DUNNING in days (4.8).

If a debt has reached several steps, only the latest is taken, once per debt. A restriction never comes without a
warning: it follows an overdue reminder, or the letters about a guarantee, on the day they named, never earlier.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet, Value

from accounts.models import Account
from billing.models import DebtRestriction, DunningNotice, DunningStep, GuaranteeState, PaymentGuarantee
from billing.selectors import debts, exemptions, guarantees, workdays
from billing.selectors.debts import Owed
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId

ORDER = list(DunningStep)  # in time order, and so by urgency
OVERDUE = (DunningStep.FIRST, DunningStep.SECOND)


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be done about an account's debts today, the oldest due day first.

    `steps` are the steps not yet taken, each with its debt; `restrict_for` is the debt for which calls must be barred
    as soon as a restriction may begin; `unpaid` are the debts that a letter names.
    """

    steps: Sequence[tuple[Owed, DunningStep]] = field(default_factory=list)
    restrict_for: Owed | None = None
    unpaid: Sequence[Owed] = field(default_factory=list)

    @property
    def reminder(self) -> tuple[Owed, DunningStep] | None:
        """The most urgent reminder, with its debt."""
        found = [known for known in self.steps if known[1] != DunningStep.RESTRICTED]
        return max(found, key=lambda known: ORDER.index(known[1]), default=None)


def due_of(account: Account) -> Due:
    """Finds what has to be done today. Debts due no later than the debt of a guarantee in force are left out; with a
    guarantee or an exemption in force nothing is restricted."""
    today, guarantee = clock.today(), guarantees.in_force(account)
    unpaid = debts.unpaid(account)
    if guarantee is not None:
        unpaid = [one for one in unpaid if one.debt.order > guarantee.debt.order]
    named, skipped = warned(account), _broken_guarantees(account)
    found = ((one, step_of(one.due_on, today, named.get(one.debt.pk))) for one in unpaid)
    reached = [(one, step) for one, step in found if step is not None]
    if guarantee is not None or exemptions.in_force(account) is not None:
        reached = [(one, step) for one, step in reached if step != DunningStep.RESTRICTED]
    taken = set(tenancy.of(account).rows(DunningNotice).values_list("debt", "step"))
    ripe = [one for one, step in reached if step == DunningStep.RESTRICTED]
    return Due(
        steps=[(one, step) for one, step in reached if (one.debt.pk, step.value) not in taken | skipped],
        restrict_for=_first_not_forgiven(account, ripe, named),
        unpaid=[one for one, _step in reached],
    )


def step_of(due_on: date, today: date, named: date | None) -> DunningStep | None:
    """The latest step an unpaid debt has reached; `named` is the restriction day that an overdue reminder named."""
    days, late = settings.DUNNING, (today - due_on).days
    if late >= days["restrict"] and named is not None and named <= today:
        return DunningStep.RESTRICTED
    if late >= days["second"]:
        return DunningStep.SECOND
    if late >= days["first"]:
        return DunningStep.FIRST
    return DunningStep.BEFORE if -days["before"] <= late <= 0 else None


def day_to_name(account: Account, one: Owed, today: date) -> date:
    """The working day that a reminder names as the day of restriction.

    It is the day that an earlier reminder named, else the due day plus DUNNING["restrict"] days. If the customer was
    not `warned` about this debt before, it is at least DUNNING["restrict"] − DUNNING["second"] days (at least 1) after
    today. A day that an exemption covers is replaced by the first day after it, a day off by the next working day.
    """
    days = settings.DUNNING
    named = _named(account)
    day = named.ever.get(one.debt.pk) or one.due_on + timedelta(days=days["restrict"])
    if one.debt.pk not in named.warned:
        day = max(day, today + timedelta(days=max(1, days["restrict"] - days["second"])))
    return workdays.first_from(exemptions.first_after(account, day))


def warned(account: Account) -> dict[int, date]:
    """By the debt's primary key: the last restriction day named by overdue reminders or by a guarantee that ran out."""
    return _named(account).warned


def grounds(account: Account, day: date) -> list[Owed]:
    """Debts for which calls could be barred on a day; counts all money dated up to that day that is booked by now."""
    named = warned(account)
    owed = debts.of(account, until=day)
    return [one for one in owed if not one.is_paid and named.get(one.debt.pk, date.max) <= day]


def _broken(account: HasId) -> QuerySet[PaymentGuarantee]:
    return tenancy.of(account).rows(PaymentGuarantee).filter(state=GuaranteeState.EXPIRED)


def _broken_guarantees(account: Account) -> set[tuple[int, str]]:
    """Reminders that are skipped: the letter about a guarantee that ran out already named the debt."""
    debts_of = _broken(account).values_list("debt", flat=True)
    return {(pk, step.value) for pk in debts_of for step in OVERDUE}


class _Named(NamedTuple):
    """The last restriction days by the debt's primary key: `ever` named by a notice, and those of `warned`."""

    ever: dict[int, date]
    warned: dict[int, date]


def _named(account: Account) -> _Named:
    """One query."""
    named = _Named({}, {})
    for step, pk, day in _NAMED.rows(account.pk):
        if step != _BROKEN:
            named.ever[pk] = max(named.ever.get(pk, day), day)
        if step in {_BROKEN, *OVERDUE}:
            named.warned[pk] = max(named.warned.get(pk, day), day)
    return named


def _named_days(account: HasId) -> QuerySet[Any, Any]:
    tenant = tenancy.of(account)
    notices = tenant.rows(DunningNotice).filter(restrict_on__isnull=False).order_by()
    broken = _broken(account).filter(restrict_on__isnull=False).order_by()
    return notices.values_list("step", "debt", "restrict_on").union(
        broken.values_list(Value(_BROKEN), "debt", "restrict_on"), all=True
    )


_BROKEN = "a guarantee that ran out"  # beside the steps
_NAMED = Prepared(_named_days, 1)


def _first_not_forgiven(account: Account, ripe: Sequence[Owed], named: dict[int, date]) -> Owed | None:
    """The oldest debt for which to bar calls; skips debts that were ripe when staff lifted a restriction by hand."""
    by_hand = tenancy.of(account).rows(DebtRestriction).filter(lifted_by__isnull=False)
    forgiven_at = by_hand.order_by("-lifted_at").values_list("lifted_at", flat=True).first()
    if forgiven_at is None:
        return next(iter(ripe), None)
    forgiven_on = clock.minsk(forgiven_at).date()
    return next((one for one in ripe if named[one.debt.pk] > forgiven_on), None)
