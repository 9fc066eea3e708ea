"""Debits of the bank that take a payment back, settled by staff or by the refund that they are (4.6, 4.12)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from billing.models import Adjustment, AdjustmentKind, PaymentReturn, ReturnState, SuspenseRefund
from billing.models.payment_return import ReturnOutcome
from billing.selectors import refunds
from billing.services.adjustments import MoneyError
from sipcabinet.lib import clock, money
from sipcabinet.lib.constraints import refused

OUTCOMES = {AdjustmentKind.REVERSAL: ReturnOutcome.RECALLED, AdjustmentKind.REFUND: ReturnOutcome.REFUNDED}


def settle_by(*, adjustment: Adjustment, row: PaymentReturn | None, by: Actor) -> PaymentReturn | None:
    """Settles the debit that a cancelled payment or a refund is: `row`, or for a refund the waiting debit with its sum,
    number and day. None if there is none (yet).

    Call it in the transaction that writes the adjustment. Raises MoneyError: the debit is settled already, or its sum
    is another one.
    """
    kind = AdjustmentKind(adjustment.kind)
    if kind not in OUTCOMES:
        return None
    if row is None and kind == AdjustmentKind.REFUND:
        row = refunds.waiting_debit(adjustment)
    if row is None:
        return None
    row = waiting(row)
    if row.amount != adjustment.amount:
        told = {"amount": money.show_byn(row.amount)}
        raise MoneyError(_("Банк списал %(amount)s: сумма должна быть такой же.") % told, code="money.amount")
    return _settle(row, OUTCOMES[kind], adjustment, by)


def is_refund(*, row: PaymentReturn, adjustment: Adjustment, by: Actor) -> PaymentReturn:
    """Staff say that the debit is a refund that is booked already: nothing is booked again. Locks the row.

    Raises MoneyError: the row is settled, the sums differ, another debit is this refund.
    """
    with transaction.atomic():
        if adjustment.kind != AdjustmentKind.REFUND:
            raise MoneyError(_("Это не возврат переплаты."), code="money.refund")
        settled = settle_by(adjustment=adjustment, row=row, by=by)
        if settled is None:
            raise MoneyError(_("Это списание уже разобрано: обновите страницу."), code="money.settled")
    return settled


def is_payback(*, row: PaymentReturn, refund: SuspenseRefund, by: Actor) -> PaymentReturn:
    """The debit is the return of a credit in suspense to its payer (4.12). Locks the row. Audited.

    Raises MoneyError: the row is settled, or another debit is this return.
    """
    with transaction.atomic():
        found = waiting(row)
        found.suspense = refund.suspense
        return _settle(found, ReturnOutcome.PAYBACK, None, by)


def is_other(*, row: PaymentReturn, note: str, by: Actor) -> PaymentReturn:
    """Staff say that the debit concerns no customer's payment, and why. Locks the row. Audited.

    Raises MoneyError: no explanation, or the row is settled.
    """
    if not note.strip():
        raise MoneyError(_("Поясните, что это за списание."), code="money.note")
    with transaction.atomic():
        return _settle(waiting(row), ReturnOutcome.OTHER, None, by, note=note.strip()[:300])


def waiting(row: PaymentReturn) -> PaymentReturn:
    """Reads and locks the row; raises MoneyError if it is settled."""
    found = PaymentReturn.objects.select_for_update().get(pk=row.pk)
    if found.state != ReturnState.WAITING:
        raise MoneyError(_("Это списание уже разобрано: обновите страницу."), code="money.settled")
    return found


def _settle(
    row: PaymentReturn, outcome: ReturnOutcome, adjustment: Adjustment | None, by: Actor, note: str = ""
) -> PaymentReturn:
    row.state, row.outcome, row.adjustment, row.note = ReturnState.SETTLED, outcome, adjustment, note
    row.settled_at, row.settled_by = clock.now(), _person(by)
    with refused(_refund_known, "billing_paymentreturn_adjustment_id_key", "return_pays_back_once"):
        row.save(update_fields=["state", "outcome", "adjustment", "suspense", "note", "settled_at", "settled_by"])
    audit.record(
        account=adjustment.account if adjustment else None,
        user=by.user,
        action="paymentreturn.settled",
        summary=_("Списание банка %(amount)s от %(day)s: %(outcome)s")
        % {
            "amount": money.show_byn(row.amount),
            "day": clock.show_date(row.returned_on),
            "outcome": outcome.label,
        },
        details={"return_id": row.pk, "adjustment_id": adjustment.pk if adjustment else None, "note": note},
        address=by.address,
    )
    return row


def _person(by: Actor) -> User | None:
    return by.user


def _refund_known() -> MoneyError:
    return MoneyError(_("Этот возврат уже связан с другим списанием банка."), code="money.refund")
