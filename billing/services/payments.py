"""Received money: booked on an account, or in suspense until staff decide whose it is (2.2.1, 4.6).

`source_key` identifies a payment: a payment reported twice is counted once, on an account or in suspense.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from accounts.services import audit
from billing.models import EntryKind, Payment, PaymentSource, StatementImport, SuspensePayment, SuspenseRefundState
from billing.models.adjustment import MOVED_KEY
from billing.services import debts, ledger
from sipcabinet.lib import clock, money
from sipcabinet.lib.errors import DomainError

TOLD = (
    *("amount", "received_on", "source", "source_key", "purpose", "reference"),
    *("payer_name", "payer_unp", "payer_iban", "statement"),
)


class PaymentError(DomainError):
    """The payment is refused."""

    code = "payment.refused"


def book(
    *,
    account: Account,
    amount: Decimal,
    received_on: date,
    source: PaymentSource | str,
    source_key: str,
    purpose: str = "",
    reference: str = "",
    payer_name: str = "",
    payer_unp: str = "",
    payer_iban: str = "",
    statement: StatementImport | None = None,
    suspense: SuspensePayment | None = None,
    entered_by: User | None = None,
    address: str | None = None,
) -> Payment | None:
    """Books a payment, BYN, and its ledger entry; None if `source_key` exists already.

    Locks the account's money until the caller's transaction ends. A key of a row in suspense exists already, too,
    unless that row is passed as `suspense`. Raises PaymentError for an impossible amount or day.
    """
    _check(amount, received_on)
    with transaction.atomic():
        ledger.lock(account)
        if suspense is None and SuspensePayment.objects.filter(source_key=source_key).exists():
            return None
        payment, is_new = Payment.objects.get_or_create(
            source_key=source_key,
            defaults={
                "account": account,
                "amount": amount,
                "received_on": received_on,
                "source": source,
                "purpose": purpose,
                "reference": reference,
                "payer_name": payer_name,
                "payer_unp": payer_unp,
                "payer_iban": payer_iban,
                "statement": statement,
                "suspense": suspense,
                "entered_by": entered_by,
            },
        )
        if not is_new:
            return None
        _enter(payment)
        _record(payment, entered_by, address)
        debts.after_payment(account)
    return payment


def suspend(*, reason: str, source_key: str, **told: Any) -> SuspensePayment | None:
    """Stores a credit that cannot be booked, with the reason for staff; None if `source_key` exists already.

    `told` are the fields of Received, as in `book`, and `resembles`: the key of the payment that the credit looks like.
    """
    _check(told["amount"], told["received_on"])
    with transaction.atomic():
        if Payment.objects.filter(source_key=source_key).exists():
            return None
        row, is_new = SuspensePayment.objects.get_or_create(
            source_key=source_key, defaults={**told, "reason": reason[:300]}
        )
    return row if is_new else None


def resolve(*, suspense: SuspensePayment, account: Account, staff: User, address: str | None = None) -> Payment:
    """«Разобрать»: staff choose the account; the credit is booked with its original day and key.

    Locks the account's money, then the row. Raises PaymentError if the credit is already resolved.
    """
    with transaction.atomic():
        ledger.lock(account)
        row = waiting(suspense)
        told = {name: getattr(row, name) for name in TOLD}
        payment = book(account=account, suspense=row, entered_by=staff, address=address, **told)
        if payment is None:
            raise PaymentError(_("Этот платёж уже зачислен: обновите страницу."), code="payment.known")
        row.resolved_at, row.resolved_by = clock.now(), staff
        row.save(update_fields=["resolved_at", "resolved_by"])
    return payment


def settle_as_same(*, suspense: SuspensePayment, staff: User, address: str | None = None) -> SuspensePayment:
    """«Это тот же платёж»: staff declare that the credit is the payment it looks like, so nothing is booked (4.6).

    Locks the row. Raises PaymentError if the credit is already resolved, or looks like no payment.
    """
    with transaction.atomic():
        row = waiting(suspense)
        if not row.resembles:
            raise PaymentError(_("Этот платёж ни на какой не похож: выберите лицевой счёт."), code="payment.unlike")
        row.is_same, row.resolved_at, row.resolved_by = True, clock.now(), staff
        row.save(update_fields=["is_same", "resolved_at", "resolved_by"])
        like = Payment.objects.filter(source_key=row.resembles).select_related("account").first()
        audit.record(
            account=like.account if like else None,
            user=staff,
            action="payment.same",
            summary=_("Платёж %(amount)s признан повтором: второй раз не зачисляется")
            % {"amount": money.show_byn(row.amount)},
            details={"suspense_id": row.pk, "payment_id": like.pk if like else None},
            address=address,
        )
    return row


def waiting(suspense: SuspensePayment) -> SuspensePayment:
    """Reads and locks the row; raises PaymentError if it is resolved, or if its return waits for a second person."""
    row = held(suspense)
    if row.refunds.filter(state=SuspenseRefundState.WAITING).exists():
        raise PaymentError(_("Возврат этого платежа ждёт второго сотрудника."), code="payment.returning")
    return row


def held(suspense: SuspensePayment) -> SuspensePayment:
    """Reads and locks the row; raises PaymentError if it is already resolved."""
    row = SuspensePayment.objects.select_for_update().get(pk=suspense.pk)
    if row.resolved_at is not None:
        raise PaymentError(_("Этот платёж уже разобран: обновите страницу."), code="payment.resolved")
    return row


def _check(amount: Decimal, received_on: date) -> None:
    if amount <= 0 or amount != money.kopecks(amount):
        raise PaymentError(_("Сумма платежа должна быть больше нуля, до копейки."), code="payment.amount")
    if received_on > clock.today():
        raise PaymentError(_("Дата платежа ещё не наступила."), code="payment.day")


def _enter(payment: Payment) -> None:
    number = _(" № %(number)s") % {"number": payment.reference} if payment.reference else ""
    title = _("Платёж%(number)s, %(source)s") % {"number": number, "source": PaymentSource(payment.source).label}
    if payment.source_key.startswith(MOVED_KEY):
        title = _("%(title)s, перенесён %(day)s") % {"title": title, "day": clock.show_date(clock.now())}
    ledger.book(
        account=payment.account,
        kind=EntryKind.PAYMENT,
        amount=payment.amount,
        booked_on=payment.received_on,
        title=title,
        source_key=f"payment:{payment.pk}",
    )


def _record(payment: Payment, user: User | None, address: str | None) -> None:
    is_moved = payment.source_key.startswith(MOVED_KEY)
    source = _("перенесён с другого лицевого счёта") if is_moved else PaymentSource(payment.source).label
    audit.record(
        account=payment.account,
        user=user,
        action="payment.booked",
        summary=_("Зачислен платёж %(amount)s (%(source)s)")
        % {"amount": money.show_byn(payment.amount), "source": source},
        details={"payment_id": payment.pk, "statement_id": payment.statement_id},
        address=address,
    )
