"""Outgoing calls of an account that owes: barred for debt, allowed again when it is paid or promised (4.8).

Whoever calls has the letters written: debt_letters. The switch keeps emergency and toll-free numbers open.
"""

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from accounts.services import audit
from billing.models import Debt, DebtRestriction, Payment, RestrictedSubscriber
from billing.selectors import debts, dunning_steps, guarantees
from billing.selectors.debt_words import DebtWords
from billing.services import debt_letters, fulfilment, ledger
from sipcabinet.lib import clock, tenancy
from subscribers.errors import NumberError
from subscribers.models import Operation, OperationKind, Subscriber, SubscriberStatus
from subscribers.services import restrictions

log = structlog.get_logger(__name__)
WHY_LENGTH = 200
_OF_DEBT = ("account__customer", "debt__entry", "debt__invoice", "debt__correction")


def after_payment(account: Account) -> None:
    """Looks at the account again once it owes less: promises are fulfilled, calls allowed again. Holds its ledger.

    Called inside the transaction of whatever lessens a debt, after it is booked.
    """
    with transaction.atomic():
        ledger.lock(account)
        fulfilment.fulfil(account=account)
        review(account=account)


def review(*, account: Account) -> DebtRestriction | None:
    """Brings a restriction in force up to date: lifted, with a letter, where nothing is overdue, a promise covers it,
    or payments dated up to its first day left no reason for it; else numbers opened meanwhile are barred too. Returns
    the lifted one. Holds the ledger."""
    with transaction.atomic():
        ledger.lock(account)
        restriction = in_force(account)
        if restriction is None:
            return None
        sorry = paid_in_time(restriction)
        if why := _("оплата поступила вовремя") if sorry else why_lift(account):
            lift(account=account, why=why)
            debt_letters.allowed(restriction, sorry=sorry)
            return restriction
        _bar_numbers(restriction)
    return None


def in_force(account: Account) -> DebtRestriction | None:
    rows = tenancy.of(account).rows(DebtRestriction).select_related(*_OF_DEBT)
    return rows.filter(lifted_at__isnull=True).first()


def restrict(*, account: Account, debt: Debt) -> DebtRestriction:
    """Bars outgoing calls of every active number for an unpaid debt; one in force already is returned.

    Whether it may begin now is the caller's to ask (restriction_days.gate). Numbers that staff have restricted by hand
    are left to them. Audited; holds the ledger, locks the numbers.
    """
    with transaction.atomic():
        ledger.lock(account)
        if (known := in_force(account)) is not None:
            return known
        restriction = DebtRestriction.objects.create(account=account, debt=debt)
        barred = _bar_numbers(restriction)
        summary = _("Исходящие звонки ограничены: %(why)s") % {"why": DebtWords(debt).not_paid}
        details = {"restriction_id": restriction.pk, "debt_id": debt.pk, "numbers": barred}
        audit.record(account=account, action="debt.restricted", summary=summary, details=details)
    return restriction


def lift(*, account: Account, why: str, user: User | None = None, address: str | None = None) -> DebtRestriction | None:
    """Allows calls again on the numbers that the restriction barred; None where none is in force.

    What staff restricted by hand stays, closed numbers are passed over. `user` is the person of staff who lifts it by
    hand. Audited; holds the ledger, locks the numbers.
    """
    with transaction.atomic():
        ledger.lock(account)
        restriction = in_force(account)
        if restriction is None:
            return None
        restriction.lifted_at, restriction.lifted_why, restriction.lifted_by = clock.now(), why[:WHY_LENGTH], user
        restriction.save(update_fields=["lifted_at", "lifted_why", "lifted_by"])
        allowed = _allow_numbers(restriction, why, user, address)
        audit.record(
            account=account,
            user=user,
            action="debt.lifted",
            summary=_("Ограничение исходящих звонков снято: %(why)s") % {"why": why},
            details={"restriction_id": restriction.pk, "numbers": allowed},
            address=address,
        )
    return restriction


def why_lift(account: Account) -> str:
    """Why a restriction has to go now: nothing is overdue, or a promise covers it; empty where it stays."""
    if not any(one.is_overdue for one in debts.of(account)):
        return _("просроченной задолженности нет")
    if (guarantee := guarantees.in_force(account)) is not None:
        return _("принято обязательство %(number)s") % {"number": guarantee.number}
    return ""


def paid_in_time(restriction: DebtRestriction) -> bool:
    """Whether payments dated up to the restriction's first day, which came in later, leave it without a reason."""
    day = clock.minsk(restriction.started_at).date()
    entries = tenancy.of(restriction.account).rows(Payment)
    came_later = entries.filter(received_on__lte=day, created_at__gt=restriction.started_at)
    return came_later.exists() and not dunning_steps.grounds(restriction.account, day)


def _bar_numbers(restriction: DebtRestriction) -> int:
    """Numbers that this restriction has not met yet; one that staff allowed again meanwhile is not barred twice."""
    reason = _("задолженность %(what)s") % {"what": DebtWords(restriction.debt).by_what} if restriction.debt else ""
    met = RestrictedSubscriber.objects.filter(restriction=restriction).values("subscriber")
    fresh = tenancy.of(restriction.account).rows(Subscriber).filter(status=SubscriberStatus.ACTIVE)
    return sum(_bar(restriction, subscriber, reason) for subscriber in fresh.exclude(pk__in=met).order_by("pk"))


def _bar(restriction: DebtRestriction, subscriber: Subscriber, reason: str) -> bool:
    try:
        restrictions.restrict(subscriber=subscriber, reason=reason)
    except NumberError:
        return False  # restricted or closed by somebody this very moment
    RestrictedSubscriber.objects.create(restriction=restriction, subscriber=subscriber, account=restriction.account)
    return True


def _allow_numbers(restriction: DebtRestriction, why: str, user: User | None, address: str | None) -> int:
    ours = Subscriber.objects.filter(restrictedsubscriber__restriction=restriction, status=SubscriberStatus.RESTRICTED)
    return sum(_allow(subscriber, why, user, address) for subscriber in ours.order_by("pk") if _is_ours(subscriber))


def _is_ours(subscriber: Subscriber) -> bool:
    """Whether the number is restricted still by what restricted it for debt, and not by staff after it."""
    changes = Operation.objects.filter(subscriber=subscriber, kind=OperationKind.RESTRICTION)
    last = changes.order_by("-pk").first()
    return last is not None and last.made_by_id is None


def _allow(subscriber: Subscriber, why: str, user: User | None, address: str | None) -> bool:
    try:
        restrictions.lift(subscriber=subscriber, reason=why, user=user, address=address)
    except NumberError:
        return False  # closed this very moment
    return True
