"""A credit in suspense goes back to its payer: by one person, or above a limit by two (4.12).

Nothing is booked: the credit never came to an account. The debit of the bank that pays it back is matched by sum,
number and day of the payment order, whichever comes first.
"""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from billing.models import Adjustment, AdjustmentKind, ProposalState, SuspensePayment, SuspenseRefund
from billing.selectors import refunds
from billing.selectors.balance import ZERO
from billing.services import payments, returns, two_people
from billing.services.adjustments import MoneyError
from billing.services.money_terms import REASON_LENGTH
from sipcabinet.lib import clock, locks, money
from sipcabinet.lib.constraints import refused

NUMBER_LENGTH = 60


def propose(
    *, suspense: SuspensePayment, document_number: str, document_date: date, reason: str, by: Actor
) -> SuspenseRefund:
    """Marks the credit as returned if the limit allows it, else writes a proposal that waits for another person.

    Locks the payer, so that two credits of one payer are counted one after another, then the credit. Audited. Raises
    DomainError: the credit is resolved or proposed already, no reason or number, an impossible day, a payment order of
    another return; then nothing is written.
    """
    person = _person(by)
    number, why = document_number.strip(), reason.strip()
    if not why or len(why) > REASON_LENGTH:
        raise MoneyError(_("Укажите основание, до 300 знаков."), code="money.reason")
    if not number or len(number) > NUMBER_LENGTH:
        raise MoneyError(_("Введите номер платёжного поручения."), code="money.document")
    if document_date > clock.today():
        raise MoneyError(_("Дата платёжного поручения ещё не наступила."), code="money.document_date")
    with transaction.atomic():
        locks.hold(f"refunds to payer {_payer_of(suspense)}")
        row = payments.waiting(suspense)
        if document_date < row.received_on:
            raise MoneyError(_("Вернуть деньги раньше, чем они пришли, нельзя."), code="money.document_date")
        _check_paper(number, document_date)
        counted = _done_alone(row, person) + row.amount
        with refused(_known, "suspense_refund_once"), refused(_paper_known, "suspense_refund_document_once"):
            made = SuspenseRefund.objects.create(
                suspense=row,
                amount=row.amount,
                document_number=number,
                document_date=document_date,
                reason=why,
                **two_people.opening(person, counted),
            )
        if made.is_waiting:
            _record(made, by, "return_proposed", _("Возврат плательщику ждёт второго сотрудника"))
        else:
            _settle(made, row, by)
            _record(made, by, "returned", _("Возвращён плательщику"))
    return made


def confirm(*, refund: SuspenseRefund, by: Actor) -> SuspenseRefund:
    """Another person confirms what waits. Locks the proposal, then the credit. Audited.

    Raises DomainError: decided already, one's own proposal, no right to confirm, or a credit that is resolved.
    """
    with transaction.atomic():
        made = _of_another(refund, by)
        row = payments.held(made.suspense)
        two_people.decide(made, ProposalState.DONE, _person(by))
        _settle(made, row, by)
        _record(made, by, "returned", _("Возвращён плательщику"))
    return made


def refuse(*, refund: SuspenseRefund, answer: str, by: Actor) -> SuspenseRefund:
    """Another person refuses, with a reason; the credit waits again. Locks the proposal. Audited."""
    told = two_people.answer(answer)
    with transaction.atomic():
        made = _of_another(refund, by)
        made.answer = told
        two_people.decide(made, ProposalState.REFUSED, _person(by))
        _record(made, by, "return_refused", _("Возврат плательщику отклонён"))
    return made


def withdraw(*, refund: SuspenseRefund, by: Actor) -> SuspenseRefund:
    """The person who proposed takes the proposal back; the credit waits again. Locks the proposal. Audited."""
    with transaction.atomic():
        made = two_people.of_oneself(refund, _person(by))
        two_people.decide(made, ProposalState.WITHDRAWN, _person(by))
        _record(made, by, "return_withdrawn", _("Возврат плательщику отозван"))
    return made


def _settle(made: SuspenseRefund, row: SuspensePayment, by: Actor) -> None:
    row.is_returned, row.resolved_at, row.resolved_by = True, clock.now(), by.user
    row.save(update_fields=["is_returned", "resolved_at", "resolved_by"])
    if (debit := refunds.waiting_debit(made)) is not None:
        returns.is_payback(row=debit, refund=made, by=by)


def _done_alone(row: SuspensePayment, person: User) -> Decimal:
    """What the person returned alone to this payer in the last SECOND_PERSON_DAYS, BYN."""
    rows = two_people.alone(SuspenseRefund.objects.all(), person)
    rows = rows.filter(suspense__payer_iban=row.payer_iban, suspense__payer_unp=row.payer_unp)
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _payer_of(row: SuspensePayment) -> str:
    return f"{row.payer_unp} {row.payer_iban}"


def _check_paper(number: str, day: date) -> None:
    """One payment order returns one thing: not also an overpayment of an account."""
    same = Adjustment.objects.filter(kind=AdjustmentKind.REFUND, document_number=number, document_date=day)
    if same.exists():
        raise _paper_known()


def _of_another(refund: SuspenseRefund, by: Actor) -> SuspenseRefund:
    """The waiting proposal, locked, for a person who may decide about it."""
    return two_people.of_another(
        refund,
        _person(by),
        own=_("Это ваше предложение: решить должен другой сотрудник."),
        right=_("У вас нет права подтверждать деньги."),
    )


def _record(made: SuspenseRefund, by: Actor, event: str, verb: str) -> None:
    told = {
        "verb": verb, "amount": money.show_byn(made.amount), "number": made.document_number,
        "day": clock.show_date(made.document_date),
    }  # fmt: skip
    audit.record(
        account=None,
        user=by.user,
        action=f"suspensepayment.{event}",
        summary=_("%(verb)s: %(amount)s, платёжное поручение № %(number)s от %(day)s") % told,
        details={"suspense_id": made.suspense_id, "refund_id": made.pk},
        address=by.address,
    )


def _person(by: Actor) -> User:
    return two_people.person(by, _("Деньги возвращает только сотрудник."))


def _known() -> MoneyError:
    return MoneyError(_("Возврат этого платежа уже предложен или проведён: обновите страницу."), code="money.waits")


def _paper_known() -> MoneyError:
    return MoneyError(_("По этому платёжному поручению деньги уже возвращены."), code="money.document")
