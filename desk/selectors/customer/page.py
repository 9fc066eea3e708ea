"""Loads the whole page of a customer (4.1): ten queries, however many numbers, letters or calls he has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Customer
from billing.models import Invoice
from billing.selectors.balance import ZERO
from billing.selectors.debts import Owed
from desk.models import PlannedChange, StaffNote
from desk.selectors.customer import access, accounts, dispatches, history, numbers, planned, received
from desk.selectors.customer.access import Login
from desk.selectors.customer.accounts import AccountState, Promise
from desk.selectors.customer.dispatches import Dispatches
from desk.selectors.customer.history import Traces
from desk.selectors.customer.numbers import Number
from desk.selectors.customer.received import Received
from desk.selectors.customer.sight import Sight

DEBTS = 4


@dataclass(frozen=True, slots=True)
class Contact:
    """The last contact with the customer: when, and what it was."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """What the page shows; sections that the person may not see are empty."""

    customer: Customer
    sight: Sight
    accounts: Sequence[AccountState]
    received: Received
    dispatches: Dispatches
    traces: Traces
    numbers: Sequence[Number] = ()
    planned: Sequence[PlannedChange] = ()
    logins: Sequence[Login] = ()
    notes: Sequence[StaffNote] = ()

    @property
    def balance(self) -> Decimal:
        """The sum of all accounts, BYN; a debt is negative."""
        return sum((one.balance for one in self.accounts), ZERO)

    @property
    def overdue(self) -> list[Owed]:
        """Overdue documents of all accounts, the oldest due day first."""
        return sorted((owed for one in self.accounts for owed in one.overdue), key=lambda owed: owed.debt.order)

    @property
    def documents(self) -> list[Owed]:
        """Open documents, the oldest due day first; then the newest paid ones, up to DEBTS in all."""
        every = sorted((owed for one in self.accounts for owed in one.owed), key=lambda owed: owed.debt.order)
        unpaid, paid = [one for one in every if not one.is_paid], [one for one in every if one.is_paid]
        return [*unpaid, *reversed(paid)][:DEBTS]

    @property
    def newest_invoice(self) -> Invoice | None:
        """The newest issued invoice of any account."""
        invoices = [owed.debt.invoice for one in self.accounts for owed in one.owed if owed.debt.is_invoice]
        return max(invoices, key=lambda invoice: invoice.serial, default=None)  # type: ignore[union-attr]

    @property
    def promises(self) -> list[Promise]:
        """The newest guarantees of all accounts."""
        every = (promise for one in self.accounts for promise in one.promises)
        return sorted(every, key=lambda promise: promise.requested_at, reverse=True)[: accounts.GUARANTEES]

    @property
    def restricted(self) -> list[AccountState]:
        return [one for one in self.accounts if one.is_restricted]

    @property
    def connected(self) -> int:
        return sum(one.connected for one in self.accounts)

    @property
    def trunks(self) -> int:
        return sum(one.trunks for one in self.accounts)

    @property
    def channels(self) -> int:
        return sum(one.channels for one in self.accounts)

    @property
    def is_closed(self) -> bool:
        """Whether the customer has accounts and all of them are closed."""
        return bool(self.accounts) and all(one.is_closed for one in self.accounts)

    @property
    def last_contact(self) -> Contact | None:
        """The latest sign-in, sent letter or note among the rows of the page."""
        return max(self._contacts(), key=lambda contact: contact.at, default=None)

    def _contacts(self) -> Iterable[Contact]:
        for attempt in self.traces.attempts:
            if not attempt.is_refusal:
                yield Contact(attempt.at, _("вход в кабинет, %(who)s") % {"who": attempt.who})
        for sent in self.dispatches.letters:
            if sent.letter.sent_at is not None:
                yield Contact(sent.letter.sent_at, _("письмо «%(subject)s»") % {"subject": sent.letter.subject})
        for note in self.notes:
            yield Contact(note.written_at, _("заметка, %(who)s") % {"who": note.author.get_full_name()})


def of(customer: Customer, user: Any) -> CustomerPage:
    """The page as this person of the staff may see it."""
    sight = Sight.of(user)
    return CustomerPage(
        customer=customer,
        sight=sight,
        accounts=accounts.of(customer, sight),
        received=received.of(customer, sight),
        dispatches=dispatches.of(customer, sight),
        numbers=numbers.of(customer) if sight.numbers else (),
        planned=planned.of(customer) if sight.numbers else (),
        logins=access.logins(customer) if sight.logins else (),
        traces=history.traces(customer, sight),
        notes=history.latest_notes(customer) if sight.notes else (),
    )
