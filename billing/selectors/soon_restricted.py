"""Whose calls will be barred for debt on a coming day, if nothing is paid until then (4.8). For staff.

The answer is that of `dunning_steps.due_of` on that day, for all accounts in one query. A restriction also waits for
complete statements (`restriction_days`): they may contain the payment.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.functions import Cast, JSONObject

from accounts.models import Account
from billing.models import (
    Correction,
    Debt,
    DebtRestriction,
    DunningNotice,
    GuaranteeState,
    LedgerEntry,
    PaymentGuarantee,
)
from billing.selectors import debts, exemptions
from billing.selectors.balance import ZERO
from billing.selectors.debts import Owed, mend_of, mends_told
from billing.selectors.dunning_steps import OVERDUE
from billing.selectors.standing import debt_of, debts_told
from sipcabinet.lib import clock

NAMED_LATELY = timedelta(days=60)  # an older day has passed: the calls are barred, or staff forgave the debt
MOST = 500


@dataclass(frozen=True, slots=True)
class SoonRestricted:
    """`about` is the debt for which calls will be barred; `overdue` the sum of all debts due before the day, BYN."""

    account: Account
    about: Owed
    overdue: Decimal


def on(day: date) -> list[SoonRestricted]:
    """Accounts whose outgoing calls may be barred on the day, the largest sum first; looks at MOST of those warned."""
    found = [one for row in _warned(day)[:MOST] if (one := _of(row, day)) is not None]
    return sorted(found, key=lambda one: (-one.overdue, one.account.number))


def _warned(day: date) -> QuerySet[Account]:
    """Accounts that owe and were told of a day of restriction that has come by then, with what `_of` needs."""
    own = {"account": OuterRef("pk")}
    balance = LedgerEntry.objects.filter(**own).order_by().values("account").annotate(sum=Sum("amount")).values("sum")
    notices = DunningNotice.objects.filter(**own, step__in=OVERDUE, restrict_on__gte=day - NAMED_LATELY)
    ended = Q(state=GuaranteeState.EXPIRED) | Q(state=GuaranteeState.ACCEPTED, valid_until__lt=day)
    promises = PaymentGuarantee.objects.filter(ended, **own, restrict_on__gte=day - NAMED_LATELY)
    in_force = PaymentGuarantee.objects.filter(**own, state=GuaranteeState.ACCEPTED, valid_until__gte=day)
    barred = DebtRestriction.objects.filter(**own, lifted_at__isnull=True)
    by_hand = DebtRestriction.objects.filter(**own, lifted_by__isnull=False).order_by("-lifted_at")
    rows = Account.objects.filter(
        Exists(notices.filter(restrict_on__lte=day)) | Exists(promises.filter(restrict_on__lte=day))
    )
    rows = (
        rows.filter(~Exists(in_force), ~Exists(barred), ~exemptions.covers(day))
        .annotate(balance=Subquery(balance))
        .filter(balance__lt=0)
    )
    named = JSONObject(debt=F("debt_id"), day=Cast("restrict_on", TextField()))
    return rows.select_related("customer").annotate(
        owed=ArraySubquery(Debt.objects.filter(**own).order_by("due_on", "pk").values(json=debts_told())),
        mended=ArraySubquery(
            Correction.objects.filter(**own, total__lt=0).order_by("serial").values(json=mends_told())
        ),
        named=ArraySubquery(notices.order_by().values(json=named)),
        promised=ArraySubquery(promises.order_by().values(json=named)),
        forgiven_at=Subquery(by_hand.values("lifted_at")[:1]),
    )


def _of(row: Any, day: date) -> SoonRestricted | None:
    """The oldest debt that is ripe on the day; None if those that were named are paid or forgiven."""
    named: dict[int, date] = {}
    for told in [*row.named, *row.promised]:
        named[told["debt"]] = max(named.get(told["debt"], date.min), date.fromisoformat(told["day"]))
    owed = debts.settle([debt_of(row, told) for told in row.owed], [mend_of(told) for told in row.mended], row.balance)
    unpaid = [one for one in owed if not one.is_paid]
    forgiven = clock.minsk(row.forgiven_at).date() if row.forgiven_at else date.min
    ripe = (one for one in unpaid if _is_ripe(one, day, named.get(one.debt.pk), forgiven))
    about = next(ripe, None)
    if about is None:
        return None
    return SoonRestricted(row, about, sum((one.unpaid for one in unpaid if one.due_on < day), ZERO))


def _is_ripe(one: Owed, day: date, named: date | None, forgiven: date) -> bool:
    late = (day - one.due_on).days >= settings.DUNNING["restrict"]
    return late and named is not None and forgiven < named <= day
