"""Undoes the import of a bank statement that nothing has used (4.6, 4.12).

Nothing is deleted: each payment gets an adjustment that cancels it as a whole. A bank's document is then not known any
more, so the same file can be imported again, and books new payments with new keys.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from billing.models import Payment, PaymentReturn, ReturnState, StatementImport, SuspensePayment
from billing.models.payment_return import ReturnOutcome
from billing.selectors import statement_uses
from billing.selectors.balance import ZERO
from billing.services import adjustments, statement_coverage, statements
from billing.services.adjustments import MoneyError
from billing.services.money_terms import REASON_LENGTH
from sipcabinet.lib import clock, money

RIGHT = "billing.confirm_money"


def undo(*, statement: StatementImport, reason: str, by: Actor) -> StatementImport:
    """Cancels the statement's payments and settles its credits in suspense and its debits as undone. Audited.

    Takes the lock of imports, then the row, the money of the accounts, the waiting rows. Raises MoneyError: no reason,
    no right, the person's own import above the limit of one person, or whatever uses the statement; then nothing is
    written.
    """
    person, why = _person(by), reason.strip()
    if not why or len(why) > REASON_LENGTH:
        raise MoneyError(_("Укажите основание, до 300 знаков."), code="money.reason")
    with transaction.atomic():
        statements.one_at_a_time()
        row = StatementImport.objects.select_for_update(of=("self",), no_key=True).get(pk=statement.pk)
        paid = list(Payment.objects.filter(statement=row).select_related("account__customer").order_by("pk"))
        adjustments.lock(payment.account for payment in paid)
        held = list(SuspensePayment.objects.select_for_update().filter(statement=row).order_by("pk"))
        debits = list(PaymentReturn.objects.select_for_update().filter(statement=row).order_by("pk"))
        if found := statement_uses.uses(row):
            raise MoneyError(" ".join(found), code="statement.used")
        if refusal := statement_uses.may_not(row, person):
            raise MoneyError(refusal, code="statement.own")
        for payment in paid:
            adjustments.reverse(payment=payment, amount=payment.amount, booked_on=payment.received_on, by=by)
        _settle(held, debits, person)
        row.undone_at, row.undone_by, row.undo_reason = clock.now(), person, why
        row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        statement_coverage.renew()
        _record(row, paid, by)
    return row


def _settle(held: list[SuspensePayment], debits: list[PaymentReturn], person: User) -> None:
    now = clock.now()
    for one in held:
        one.is_undone, one.resolved_at, one.resolved_by = True, now, person
    SuspensePayment.objects.bulk_update(held, ["is_undone", "resolved_at", "resolved_by"], batch_size=500)
    for debit in debits:
        debit.state, debit.outcome = ReturnState.SETTLED, ReturnOutcome.UNDONE
        debit.settled_at, debit.settled_by = now, person
    PaymentReturn.objects.bulk_update(debits, ["state", "outcome", "settled_at", "settled_by"], batch_size=500)


def _record(row: StatementImport, paid: list[Payment], by: Actor) -> None:
    total = sum((payment.amount for payment in paid), start=ZERO)
    audit.record(
        user=by.user,
        action="payment.import_undone",
        summary=_("Отменена выписка %(file)s: платежей %(count)d на %(total)s")
        % {"file": row.file_name[-100:], "count": len(paid), "total": money.show_byn(total)},
        details={"statement_id": row.pk, "reason": row.undo_reason},
        address=by.address,
    )


def _person(by: Actor) -> User:
    if by.user is None or not by.user.has_perm(RIGHT):
        raise MoneyError(_("Отменить выписку может сотрудник с правом подтверждать деньги."), code="money.right")
    return by.user
