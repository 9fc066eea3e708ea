"""Guarantee payments: requested by the customer, decided by staff, expired by date (2.2.3, 4.2).

на рассмотрении → принято | отклонено; принято → исполнено (services/fulfilment.py) | просрочено. Each step is
possible from one state only, is taken once under the lock of the account's ledger, and is reported by a letter.
"""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, User
from accounts.services import audit
from billing.models import GuaranteeState, PaymentGuarantee
from billing.selectors import exemptions, guarantees, restriction_days, statement_coverage, workdays
from billing.selectors.guarantees import OF_DEBT, Eligibility
from billing.services import debts, fulfilment, guarantee_letters, ledger
from sipcabinet.lib import clock, money, tenancy
from sipcabinet.lib.errors import DomainError
from subscribers.selectors import staff_restriction

log = structlog.get_logger(__name__)
ANSWER_LENGTH = 500
DAY = timedelta(days=1)


class GuaranteeError(DomainError):
    """The step is refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=f"guarantee.{code}")


class AmountError(GuaranteeError):
    """The amount is refused."""


def register(*, account: Account, amount: Decimal, by: Actor) -> PaymentGuarantee:
    """Registers a guarantee of `amount` (BYN) on the debt that `guarantees.promisable` selects, to be decided by staff.
    Locks the ledger.

    The same form (`by.token`) sent twice returns the first guarantee. Only reads and inserts, so a customer's page may
    call it. Raises GuaranteeError with the reason if no guarantee is possible, AmountError for a wrong amount.
    """
    with transaction.atomic():
        ledger.lock(account)
        rows = tenancy.of(account).rows(PaymentGuarantee)
        key = _dedupe_key(account, by.token, amount)
        if (known := rows.filter(dedupe_key=key).first()) is not None:
            return known
        answer = guarantees.eligibility(account)
        _require_may_ask(answer, amount)
        guarantee = PaymentGuarantee.objects.create(
            account=account,
            debt=answer.owed.debt,  # type: ignore[union-attr]
            number=_next_number(),
            amount=amount,
            requested_by=by.user,
            dedupe_key=key,
        )
        _record(guarantee, "requested", _("подано"), by.user, by.address)
        guarantee_letters.requested(guarantee)
    return guarantee


def require_amount(*, amount: Decimal, unpaid: Decimal) -> None:
    """Checks that 0 < amount ≤ unpaid, BYN. Raises AmountError."""
    if amount <= 0:
        raise AmountError("amount", _("Сумма должна быть больше нуля"))
    if amount > unpaid:
        message = _("Сумма не может быть больше неоплаченной части: %(unpaid)s")
        raise AmountError("amount", message % {"unpaid": money.show_byn(unpaid)})


def accept(
    *, guarantee: PaymentGuarantee, staff: User, answer: str = "", address: str | None = None
) -> PaymentGuarantee:
    """Accepts a guarantee: until the end of `valid_until` calls are not restricted for debt.

    Locks the ledger. Raises GuaranteeError if the guarantee is already decided, or its debt is already paid.
    """
    with transaction.atomic():
        ledger.lock(guarantee.account)
        if guarantees.unpaid_of(guarantee) <= 0:
            raise GuaranteeError("paid", _("Долг уже оплачен полностью: обязательство можно только отклонить"))
        now = clock.now()
        until = guarantees.valid_until(clock.minsk(now).date(), guarantee.debt.due_on)
        days = {
            "valid_until": until,
            "restrict_on": workdays.first_from(exemptions.first_after(guarantee.account, until + DAY)),
        }
        decided = _decide(guarantee, staff, answer, state=GuaranteeState.ACCEPTED, at=now, **days)
        _record(decided, "accepted", _("принято"), staff, address)
        lifted = debts.lift(
            account=decided.account, why=_("принято обязательство %(number)s") % {"number": decided.number}
        )
        may_call = lifted is not None and staff_restriction.in_force(decided.account) is None
        guarantee_letters.accepted(decided, lifted=may_call)
    return decided


def reject(*, guarantee: PaymentGuarantee, staff: User, reason: str, address: str | None = None) -> PaymentGuarantee:
    """Rejects a guarantee; the customer reads the reason. Locks the ledger. Raises GuaranteeError."""
    if not reason.strip():
        raise GuaranteeError("reason", _("Укажите причину отказа: её увидит клиент"))
    with transaction.atomic():
        ledger.lock(guarantee.account)
        decided = _decide(guarantee, staff, reason, state=GuaranteeState.REJECTED, at=clock.now())
        _record(decided, "rejected", _("отклонено"), staff, address)
        guarantee_letters.rejected(decided)
    return decided


def expire_due() -> int:
    """Ends as «просрочено» every accepted guarantee whose last day (Minsk) has passed unpaid; returns their number.

    A guarantee waits until statements are complete up to its last day: they may contain the payment. Dunning bars the
    calls, from the day that the letter names. Each guarantee has a separate transaction under its ledger's lock; an
    error of one is logged and does not stop the others.
    """
    due, _waiting = run_out(statement_coverage.complete_through())
    return expire(due)


def expire(due: list[PaymentGuarantee]) -> int:
    """Ends these guarantees of `run_out`, as `expire_due` does; returns how many ended."""
    return sum(_expire_safely(guarantee) for guarantee in due)


def run_out(through: date | None) -> tuple[list[PaymentGuarantee], list[PaymentGuarantee]]:
    """Accepted guarantees whose last day has passed, oldest first: those whose last day is covered by statements, which
    are complete up to `through`, and those that wait for a statement. One query."""
    rows = PaymentGuarantee.objects.filter(state=GuaranteeState.ACCEPTED, valid_until__lt=clock.today())
    due, waiting = list[PaymentGuarantee](), list[PaymentGuarantee]()
    for one in rows.select_related(*OF_DEBT).order_by("valid_until", "pk"):
        covered = through is not None and one.valid_until <= through  # type: ignore[operator]
        (due if covered else waiting).append(one)
    return due, waiting


def _require_may_ask(answer: Eligibility, amount: Decimal) -> None:
    if not answer.may_ask:
        raise GuaranteeError(answer.standing.value, answer.reason)
    require_amount(amount=amount, unpaid=answer.unpaid)


def _dedupe_key(account: Account, token: str, amount: Decimal) -> str:
    form = hashlib.sha256(f"{token}:{amount}".encode()).hexdigest()
    return f"guarantee:{account.pk}:{form}"


def _next_number() -> str:
    """The number that the customer quotes: `Г-2026-000123`. A refused request may leave a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_guarantee_number_seq')")
        (serial,) = cursor.fetchone()
    return f"Г-{clock.today().year}-{serial:06d}"


def _decide(
    guarantee: PaymentGuarantee, staff: User, answer: str, *, state: GuaranteeState, at: datetime, **more: Any
) -> PaymentGuarantee:
    pending = PaymentGuarantee.objects.filter(pk=guarantee.pk, state=GuaranteeState.PENDING)
    text = " ".join(answer.split())
    if len(text) > ANSWER_LENGTH:
        raise GuaranteeError("answer", _("Ответ не длиннее %(most)d знаков") % {"most": ANSWER_LENGTH})
    fields = {"state": state, "decided_at": at, "decided_by": staff, "answer": text, **more}
    if not pending.update(**fields):
        raise GuaranteeError("decided", _("Решение по этому обязательству уже принято"))
    return PaymentGuarantee.objects.select_related(*OF_DEBT).get(pk=guarantee.pk)


def _record(
    guarantee: PaymentGuarantee, event: str, what: str, user: User | None = None, address: str | None = None
) -> None:
    audit.record(
        account=guarantee.account,
        user=user,
        action=f"guarantee.{event}",
        summary=_("Обязательство %(number)s на %(amount)s %(what)s")
        % {"number": guarantee.number, "amount": money.show_byn(guarantee.amount), "what": what},
        details={"guarantee_id": guarantee.pk, "debt_id": guarantee.debt_id, "answer": guarantee.answer},
        address=address,
    )


def _expire_safely(guarantee: PaymentGuarantee) -> bool:
    try:
        return _expire(guarantee)
    except Exception:
        log.exception("guarantee.not_expired", guarantee_id=guarantee.pk)
        return False


def _expire(guarantee: PaymentGuarantee) -> bool:
    account = guarantee.account
    with transaction.atomic():
        ledger.lock(account)
        if fulfilment.fulfil(account=account) is not None:
            return False
        accepted = PaymentGuarantee.objects.filter(pk=guarantee.pk, state=GuaranteeState.ACCEPTED)
        named = exemptions.first_after(account, guarantee.restrict_on or clock.today())
        fields = {"ended_at": clock.now(), "restrict_on": restriction_days.first_from(named)}
        if not accepted.update(state=GuaranteeState.EXPIRED, **fields):
            return False
        guarantee.refresh_from_db()
        _record(guarantee, "expired", _("просрочено"))
        guarantee_letters.expired(guarantee)
    return True
