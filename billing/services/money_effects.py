"""The effect of a change of money, before it happens: it is carried out and taken back in one transaction (4.12).

The review therefore shows what will happen by the same code that does it, and refuses what it would refuse. Letters,
journal entries, numbers of documents and jobs for the switch are taken back too.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from accounts.actor import Actor
from accounts.models import Account
from billing.models import PaymentGuarantee
from billing.selectors import balance, guarantees
from billing.selectors import debts as debt_selectors
from billing.selectors.debts import Owed
from billing.services import adjustments, debts, proposals, two_people
from billing.services.money_terms import Made, Terms, carry_out

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Position:
    """The money of an account at one moment: balance (BYN, a debt is negative), unpaid documents, whether outgoing
    calls are restricted for debt, the guarantee in force, and the primary key of the newest debt."""

    balance: Decimal
    unpaid: Sequence[Owed]
    restricted: bool
    guarantee: PaymentGuarantee | None
    newest_debt: int

    @classmethod
    def of(cls, account: Account) -> "Position":
        owed = debt_selectors.of(account)
        return cls(
            balance.balance(account),
            [one for one in owed if not one.is_paid],
            debts.in_force(account) is not None,
            guarantees.in_force(account),
            max((one.debt.pk for one in owed), default=0),
        )

    @property
    def overdue(self) -> bool:
        return any(one.is_overdue for one in self.unpaid)


@dataclass(frozen=True, slots=True)
class Effect:
    """An account before and after the change."""

    account: Account
    before: Position
    after: Position

    @property
    def change(self) -> Decimal:
        return self.after.balance - self.before.balance

    @property
    def documents(self) -> list[tuple[Owed, Decimal, Decimal]]:
        """Each document that is unpaid before or after, with its unpaid parts, the oldest due day first."""
        was = {one.debt.pk: one for one in self.before.unpaid}
        now = {one.debt.pk: one for one in self.after.unpaid}
        every = sorted({**now, **was}.values(), key=lambda one: one.debt.order)
        return [(one, _unpaid(was, one), _unpaid(now, one)) for one in every]

    @property
    def new_debt(self) -> Owed | None:
        """The document that the change itself adds and that is not paid at once."""
        return next((one for one in self.after.unpaid if one.debt.pk > self.before.newest_debt), None)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would be made, and the effect on each account. `needs_second`: whether another person has to confirm."""

    made: Made
    effects: Sequence[Effect]
    needs_second: bool
    seen: Any = None

    @property
    def mark(self) -> str:
        """A short mark of the facts that the review shows: it changes when they do."""
        return mark_of(self.effects, self.made.amount, self.needs_second)


def mark_of(effects: Sequence[Effect], *more: object) -> str:
    """A short mark of the effects that a page shows, and of `more`: it changes when they do."""
    told = [
        (
            one.account.pk,
            one.before.balance,
            one.after.balance,
            one.before.restricted,
            one.after.restricted,
            [(owed.debt.pk, was) for owed, was, _now in one.documents if owed.debt.pk in _known(one)],
        )
        for one in effects
    ]
    return hashlib.sha256(repr((told, *more)).encode()).hexdigest()[:16]


def effect_of(account: Account, work: Callable[[], object]) -> Effect:
    """The effect of `work` on an account: it is carried out and taken back. Raises the DomainError that it raises.

    Locks the account's money for the moment of the rehearsal.
    """

    def after() -> Position:
        work()
        return Position.of(account)

    with transaction.atomic():
        adjustments.lock([account])
        return Effect(account, Position.of(account), _taken_back(after))


def rehearse(terms: Terms, by: Actor, look: Callable[[Made], Any] | None = None) -> Rehearsal:
    """Carries the terms out, reads the effect and takes everything back. `look` reads what was made meanwhile.

    Raises the DomainError that carrying out would raise. Locks the accounts' money for the moment of the rehearsal.
    """

    def work() -> Rehearsal:
        made = carry_out(terms, by)
        after = [Position.of(account) for account in terms.accounts]
        effects = [Effect(*one) for one in zip(terms.accounts, before, after, strict=True)]
        second = not two_people.is_enough(made.weight + alone)
        return Rehearsal(made, effects, second, look(made) if look else None)

    with transaction.atomic():
        adjustments.lock(terms.accounts)
        before = [Position.of(account) for account in terms.accounts]
        alone = proposals.done_alone(terms, by.user) if by.user else balance.ZERO
        return _taken_back(work)


def _taken_back(work: Callable[[], T]) -> T:
    """What `work` returns; everything that it wrote is taken back."""
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    return found


def _known(effect: Effect) -> set[int]:
    return {one.debt.pk for one in effect.before.unpaid}


def _unpaid(found: dict[int, Owed], one: Owed) -> Decimal:
    owed = found.get(one.debt.pk)
    return owed.unpaid if owed else balance.ZERO
