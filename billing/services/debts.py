"""Restriction of outgoing calls: barred for debt, allowed again when the debt is paid or promised (4.8).

`restrict` and `lift` write no letters; their callers do (debt_letters). The switch keeps emergency and toll-free
numbers open.
"""

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from accounts.services import audit
from billing.models import Debt, DebtRestriction, Payment, RestrictedSubscriber
from billing.selectors import debts, dunning_steps, exemptions, guarantees
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
    """Reviews the account after its debt has decreased: fulfils guarantees, allows calls again. Locks the ledger.

    Call it inside the transaction that decreases the debt, after the ledger entry is booked.
    """
    with transaction.atomic():
        ledger.lock(account)
        fulfilment.fulfil(account=account)
        review(account=account)


def review(*, account: Account) -> DebtRestriction | None:
    """Updates a restriction in force. Lifts it, with a letter, if nothing is overdue, a guarantee covers the debt, or
    payments dated up to its first day removed its reason; otherwise bars numbers opened since then. Returns the lifted
    restriction. Locks the ledger."""
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
    """Bars outgoing calls of every active number for an unpaid debt; returns a restriction already in force.

    The caller checks whether a restriction may begin now (restriction_days.gate). Numbers that staff restricted by hand
    stay as they are. Audited; locks the ledger, then the numbers.
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
    """Allows calls again on the numbers that the restriction barred; None if no restriction is in force.

    Numbers that staff restricted by hand stay restricted; closed numbers are skipped. `user` is the staff member who
    lifts it by hand. Audited; locks the ledger, then the numbers.
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
    """The reason to lift a restriction now: nothing is overdue, or a guarantee or an exemption is in force; empty if it
    stays."""
    if not any(one.is_overdue for one in debts.of(account)):
        return _("просроченной задолженности нет")
    if (guarantee := guarantees.in_force(account)) is not None:
        return _("принято обязательство %(number)s") % {"number": guarantee.number}
    if (exemption := exemptions.in_force(account)) is not None:
        return _("отсрочка по %(day)s") % {"day": clock.show_date(exemption.until)}
    return ""


def paid_in_time(restriction: DebtRestriction) -> bool:
    """Whether payments dated up to the restriction's first day, but booked after it began, remove its reason."""
    day = clock.minsk(restriction.started_at).date()
    entries = tenancy.of(restriction.account).rows(Payment)
    came_later = entries.filter(received_on__lte=day, created_at__gt=restriction.started_at)
    return came_later.exists() and not dunning_steps.grounds(restriction.account, day)


def _bar_numbers(restriction: DebtRestriction) -> int:
    """Bars active numbers not yet in this restriction; a number that staff allowed again meanwhile is not barred
    twice."""
    reason = _("задолженность %(what)s") % {"what": DebtWords(restriction.debt).by_what} if restriction.debt else ""
    met = RestrictedSubscriber.objects.filter(restriction=restriction).values("subscriber")
    fresh = tenancy.of(restriction.account).rows(Subscriber).filter(status=SubscriberStatus.ACTIVE)
    return sum(_bar(restriction, subscriber, reason) for subscriber in fresh.exclude(pk__in=met).order_by("pk"))


def _bar(restriction: DebtRestriction, subscriber: Subscriber, reason: str) -> bool:
    try:
        restrictions.restrict(subscriber=subscriber, reason=reason)
    except NumberError:
        return False  # somebody restricted or closed the number at this very moment
    RestrictedSubscriber.objects.create(restriction=restriction, subscriber=subscriber, account=restriction.account)
    return True


def _allow_numbers(restriction: DebtRestriction, why: str, user: User | None, address: str | None) -> int:
    ours = Subscriber.objects.filter(restrictedsubscriber__restriction=restriction, status=SubscriberStatus.RESTRICTED)
    return sum(_allow(subscriber, why, user, address) for subscriber in ours.order_by("pk") if _is_ours(subscriber))


def _is_ours(subscriber: Subscriber) -> bool:
    """Whether the number's last restriction or lifting was done for debt, not by staff."""
    changes = Operation.objects.filter(subscriber=subscriber, kind=OperationKind.RESTRICTION)
    last = changes.order_by("-pk").first()
    return last is not None and last.made_by_id is None


def _allow(subscriber: Subscriber, why: str, user: User | None, address: str | None) -> bool:
    try:
        restrictions.lift(subscriber=subscriber, reason=why, user=user, address=address)
    except NumberError:
        return False  # somebody closed the number at this very moment
    return True
