"""Changes of money by one person, or above a limit by two: proposed, confirmed, refused, withdrawn (4.12).

The only way to move, cancel, refund or write off money, and the desk's way to correct an invoice. Everything that a
proposal does is one transaction under the ledger's locks, so that it happens once and whole.
"""

from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from billing.models import MoneyProposal, ProposalState
from billing.selectors.balance import ZERO
from billing.services import adjustments, two_people
from billing.services.adjustments import MoneyError
from billing.services.money_terms import REASON_LENGTH, Made, Terms, carry_out
from sipcabinet.lib import money
from sipcabinet.lib.constraints import refused


def propose(*, terms: Terms, by: Actor) -> MoneyProposal:
    """Carries the terms out at once if the limit allows it, else writes a proposal that waits for another person.

    The same form sent twice (`by.token`) returns the first proposal. Raises DomainError: no reason, facts that do not
    allow it, the same thing waits already; then nothing is written. Locks the accounts' money. Audited.
    """
    person = _person(by)
    reason = terms.reason.strip()
    if not reason:
        raise MoneyError(_("Укажите основание."), code="money.reason")
    if len(reason) > REASON_LENGTH:
        raise MoneyError(_("Основание длиннее 300 знаков."), code="money.reason")
    if not by.token:
        raise MoneyError(_("Откройте страницу заново и повторите."), code="money.token")
    with transaction.atomic():
        adjustments.lock(terms.accounts)
        if (known := of_form(by)) is not None:
            return known
        key = _key(person, by)
        before = done_alone(terms, person)
        with transaction.atomic():
            made = carry_out(terms, by)
            counted = made.weight + before
            # Another person has to confirm it: what was carried out is taken back.
            transaction.set_rollback(not two_people.is_enough(counted))
        return _write(terms, by, made, counted, key)


def confirm(*, proposal: MoneyProposal, by: Actor) -> MoneyProposal:
    """Another person carries out what waits, on the facts of now. Locks the row, then the accounts' money. Audited.

    Raises DomainError: decided already, one's own proposal, no right to confirm, or facts that do not allow it any
    more; then nothing is written.
    """
    person = _person(by)
    with transaction.atomic():
        row = two_people.of_another(
            proposal,
            person,
            own=_("Это ваше предложение: провести его должен другой сотрудник."),
            right=_("У вас нет права подтверждать деньги."),
        )
        made = carry_out(Terms.of(row), by)
        if made.amount != row.amount:
            told = {"was": money.show_byn(row.amount), "now": money.show_byn(made.amount)}
            message = _("Сумма изменилась: предложено %(was)s, сейчас получается %(now)s. Отклоните предложение.")
            raise MoneyError(message % told, code="money.amount")
        row.adjustment, row.correction = made.adjustment, made.correction
        return _decide(row, ProposalState.DONE, by, "confirmed", _("Подтверждено"))


def refuse(*, proposal: MoneyProposal, answer: str, by: Actor) -> MoneyProposal:
    """Another person refuses, with a reason. Locks the row. Audited. Raises MoneyError as `confirm` does."""
    person, told = _person(by), two_people.answer(answer)
    with transaction.atomic():
        row = two_people.of_another(
            proposal,
            person,
            own=_("Это ваше предложение: его можно отозвать."),
            right=_("У вас нет права решать по предложениям о деньгах."),
        )
        row.answer = told
        return _decide(row, ProposalState.REFUSED, by, "refused", _("Отклонено"))


def withdraw(*, proposal: MoneyProposal, by: Actor) -> MoneyProposal:
    """The person who proposed takes the proposal back. Locks the row. Audited."""
    person = _person(by)
    with transaction.atomic():
        row = two_people.of_oneself(proposal, person)
        return _decide(row, ProposalState.WITHDRAWN, by, "withdrawn", _("Отозвано"))


def of_form(by: Actor) -> MoneyProposal | None:
    """The proposal that the person's form (`by.token`) has made; None before it is sent."""
    return MoneyProposal.objects.filter(dedupe_key=_key(_person(by), by)).first()


def done_alone(terms: Terms, person: User) -> Decimal:
    """What the person did alone with one of these accounts in the last SECOND_PERSON_DAYS: the greater sum, BYN."""
    rows = two_people.alone(MoneyProposal.objects.all(), person)
    sums = [
        rows.filter(Q(account=one) | Q(to_account=one)).aggregate(sum=Sum("weight"))["sum"] for one in terms.accounts
    ]
    return max((one for one in sums if one is not None), default=ZERO)


def _write(terms: Terms, by: Actor, made: Made, counted: Decimal, key: str) -> MoneyProposal:
    """Writes the row of what was carried out, or of what waits."""
    is_done = two_people.is_enough(counted)
    names = ("proposal_waits_of_payment", "proposal_waits_of_invoice", "proposal_waits_of_return")
    with refused(_waits_already, *names):
        row = MoneyProposal.objects.create(
            kind=terms.kind,
            account=terms.account,
            to_account=terms.to_account,
            payment=terms.payment,
            invoice=terms.invoice,
            payment_return=terms.payment_return,
            amount=made.amount,
            weight=made.weight,
            terms=terms.stored,
            reason=terms.reason.strip(),
            document_number=terms.document_number.strip(),
            document_date=terms.document_date,
            adjustment=made.adjustment if is_done else None,
            correction=made.correction if is_done else None,
            dedupe_key=key,
            **two_people.opening(_person(by), counted),
        )
    _record(row, by, *(("done", _("Проведено")) if is_done else ("proposed", _("Ждёт второго сотрудника"))))
    return row


def _decide(row: MoneyProposal, state: ProposalState, by: Actor, event: str, verb: str) -> MoneyProposal:
    two_people.decide(row, state, _person(by), "adjustment", "correction")
    _record(row, by, event, verb)
    return row


def _record(row: MoneyProposal, by: Actor, event: str, verb: str) -> None:
    """Writes the decision into the journal of each account. Customers do not see these events; the reason, which may
    name another customer, stays in the proposal."""
    for account in filter(None, [row.account, row.to_account]):
        audit.record(
            account=account,
            user=by.user,
            action=f"money.{event}",
            summary=f"{verb}: {row}",
            details={"proposal_id": row.pk},
            address=by.address,
        )


def _person(by: Actor) -> User:
    return two_people.person(by, _("Деньги меняет только сотрудник."))


def _key(person: User, by: Actor) -> str:
    return f"money:{person.pk}:{by.token}"


def _waits_already() -> MoneyError:
    return MoneyError(_("Предложение об этом уже ждёт второго сотрудника."), code="money.waits")
