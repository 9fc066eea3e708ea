"""The steps of a change of money that needs one person, or above a limit two (4.12).

`proposals` (the money of accounts) and `suspense_refunds` (credits of no account) say what is proposed, what the limit
counts and what is carried out; who may decide, once and about what, is decided here alone. Call it in a transaction.
"""

from decimal import Decimal
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from billing.models import ProposalState, SecondPerson
from billing.services.adjustments import MoneyError
from billing.services.money_terms import REASON_LENGTH
from sipcabinet.lib import clock

CONFIRM = "billing.confirm_money"
DECISION = ("state", "decided_by", "decided_at", "answer")
Row = TypeVar("Row", bound=SecondPerson)


def person(by: Actor, refusal: str) -> User:
    """The person of the staff; raises MoneyError with this text if nobody is signed in."""
    if by.user is None:
        raise MoneyError(refusal, code="money.person")
    return by.user


def answer(text: str) -> str:
    """Why a proposal is refused; raises MoneyError if nothing is said."""
    if not text.strip():
        raise MoneyError(_("Укажите, почему предложение отклонено."), code="money.answer")
    return text.strip()[:REASON_LENGTH]


def is_enough(counted: Decimal) -> bool:
    """Whether one person is enough for this sum, BYN: what is proposed, with what the same person did alone lately."""
    return counted <= Decimal(settings.SECOND_PERSON_LIMIT)


def alone(rows: QuerySet[Row], proposer: User) -> QuerySet[Row]:
    """What the person did alone in the last SECOND_PERSON_DAYS."""
    since = clock.now() - settings.SECOND_PERSON_DAYS
    done = rows.filter(state=ProposalState.DONE, proposed_at__gt=since)
    return done.filter(proposed_by=proposer, decided_by=proposer)


def opening(proposer: User, counted: Decimal) -> dict[str, Any]:
    """The fields of a new row: done at once by the person if one is enough, else it waits for another."""
    now, is_alone = clock.now(), is_enough(counted)
    return {
        "counted": counted,
        "most_alone": settings.SECOND_PERSON_LIMIT,
        "state": ProposalState.DONE if is_alone else ProposalState.WAITING,
        "proposed_by": proposer,
        "proposed_at": now,
        "decided_by": proposer if is_alone else None,
        "decided_at": now if is_alone else None,
    }


def of_another(proposal: Row, decider: User, *, own: str, right: str) -> Row:
    """The waiting row, read anew and locked, for a person who may decide about it.

    Raises MoneyError: decided already; the person's own proposal (with the text `own`); no right to confirm (`right`).
    """
    row = _waiting(proposal)
    if row.proposed_by_id == decider.pk:
        raise MoneyError(own, code="money.own")
    if not decider.has_perm(CONFIRM):
        raise MoneyError(right, code="money.right")
    return row


def of_oneself(proposal: Row, proposer: User) -> Row:
    """The waiting row, read anew and locked, for the person who proposed it. Raises MoneyError: decided already, or
    another's."""
    row = _waiting(proposal)
    if row.proposed_by_id != proposer.pk:
        raise MoneyError(_("Отозвать предложение может только тот, кто его сделал."), code="money.own")
    return row


def decide(row: SecondPerson, state: ProposalState, decider: User, *also: str) -> None:
    """Writes the decision, its answer and the fields `also`; a trigger of the table allows it once."""
    row.state, row.decided_by, row.decided_at = state, decider, clock.now()
    row.save(update_fields=[*DECISION, *also])


def _waiting(proposal: Row) -> Row:
    row = type(proposal)._default_manager.select_for_update().get(pk=proposal.pk)
    if not row.is_waiting:
        told = {"state": row.get_state_display()}
        raise MoneyError(_("Это предложение уже решено: %(state)s.") % told, code="money.decided")
    return row
