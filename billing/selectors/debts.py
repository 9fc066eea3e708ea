"""What an account owes, document by document: credits pay the oldest due day first (2.1, 4.8).

Only this module divides the balance among documents. Pages, letters, reminders, restrictions and guarantees use its
results. The sum of all accounts (`overdue.py`) is computed by SQL, and tested against this module.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from accounts.models import Account
from billing.models import Correction, Debt
from billing.selectors import balance
from billing.selectors.balance import ZERO
from billing.selectors.corrected import Corrected
from billing.selectors.debt_words import DebtWords
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.prepared import Prepared, Question, ask
from sipcabinet.lib.tenancy import HasId


@dataclass(frozen=True, slots=True)
class Owed:
    """A document and its unpaid part, BYN.

    `amount` is the issued sum (`debt.amount`) less the corrections in `mended_by` (their numbers, oldest first).
    """

    debt: Debt
    amount: Decimal
    unpaid: Decimal
    mended_by: Sequence[str] = ()

    @property
    def corrected(self) -> Corrected | None:
        """The document's sum after corrections downwards; None without any."""
        return Corrected(self.mended_by, self.amount) if self.mended_by else None

    @property
    def paid(self) -> Decimal:
        return self.amount - self.unpaid

    @property
    def is_paid(self) -> bool:
        return self.unpaid <= 0

    @property
    def due_on(self) -> date:
        return self.debt.due_on

    @property
    def is_overdue(self) -> bool:
        """Whether the due day has passed and a part of the document is unpaid."""
        return not self.is_paid and self.due_on < clock.today()

    @property
    def words(self) -> DebtWords:
        """Words that name the document in sentences."""
        return DebtWords(self.debt)


@dataclass(frozen=True, slots=True)
class Mend:
    """A correction downwards: `amount` (BYN, above zero) is subtracted from an invoice. `serial` orders corrections."""

    invoice_id: int
    serial: int
    number: str
    amount: Decimal


def asks(account: Account, until: date | None = None) -> list[Question]:
    """What `of` asks."""
    asked = (account.pk,) if until is None else (account.pk, until)
    return [_DEBTS[until is None].of(*asked), _SETTLED[until is None].of(*asked)]


def of(account: Account, until: date | None = None) -> list[Owed]:
    """Every debt of an account, the oldest due day first; with `until`, only what was booked up to that day.
    2 queries."""
    asked = asks(account, until)
    ask(*asked)
    debts, [(standing, mends)] = [question.rows() for question in asked]
    for debt in debts:
        debt.account = account
    return settle(debts, [mend_of(one) for one in mends], standing or ZERO)


def _debts(account: HasId, *until: Any) -> QuerySet[Debt]:
    rows = tenancy.of(account).rows(Debt).select_related("entry", "invoice", "correction__invoice")
    return rows.filter(entry__booked_on__lte=until[0]) if until else rows


def _settled(account: HasId, *until: Any) -> QuerySet[Account, Any]:
    """The balance and the corrections downwards."""
    rows = tenancy.of(account).rows(Correction).filter(total__lt=0)
    rows = rows.filter(issued_on__lte=until[0]) if until else rows
    told = ArraySubquery(rows.order_by("serial").values(json=mends_told()))
    return Account.objects.filter(pk=account.pk).values_list(Subquery(balance.sum_of(account, *until)), told)


def as_text(*fields: str, **named: str) -> JSONObject:
    """A JSON object with the fields as strings: as JSON numbers, sums would come back as floats. `named`: fields under
    another name."""
    columns = {name: name for name in fields} | named
    return JSONObject(**{key: Cast(F(name), TextField()) for key, name in columns.items()})


def mends_told() -> JSONObject:
    """The columns of a correction downwards that `mend_of` takes."""
    return as_text("invoice_id", "serial", "number", "total")


def mend_of(told: dict[str, str]) -> Mend:
    return Mend(int(told["invoice_id"]), int(told["serial"]), told["number"], -Decimal(told["total"]))


# By whether all is asked for, and not only what was booked up to a day.
_DEBTS = {True: Prepared(_debts, 1), False: Prepared(_debts, 2)}
_SETTLED = {True: Prepared(_settled, 1), False: Prepared(_settled, 2)}


def unpaid(account: Account) -> list[Owed]:
    """Debts with an unpaid part, the oldest due day first."""
    return [one for one in of(account) if not one.is_paid]


def settle(debts: Sequence[Debt], mends: Iterable[Mend], standing: Decimal) -> list[Owed]:
    """Divides a balance (BYN, a debt is negative) among documents: the unpaid sum falls on those with the latest due
    days."""
    (amounts, mended_by), left = _mended(debts, mends), max(ZERO, -standing)
    found = []
    for debt in sorted(debts, key=lambda debt: debt.order, reverse=True):
        part = min(left, amounts[debt.pk])
        left -= part
        found.append(Owed(debt, amounts[debt.pk], part, mended_by[debt.pk]))
    return found[::-1]


def _mended(debts: Sequence[Debt], mends: Iterable[Mend]) -> tuple[dict[int, Decimal], dict[int, list[str]]]:
    """By the debt's primary key: the amount after corrections downwards, and the numbers of those corrections. Each
    correction reduces the documents of its invoice that were issued before it, the latest first."""
    amounts = {debt.pk: debt.amount for debt in debts}
    numbers: dict[int, list[str]] = {debt.pk: [] for debt in debts}
    of_invoice: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for debt in debts:
        if debt.invoice_id is not None:
            of_invoice[debt.invoice_id].append((debt.correction.serial if debt.correction else 0, debt.pk))
    for mend in sorted(mends, key=lambda mend: mend.serial):
        left = mend.amount
        for serial, pk in sorted(of_invoice[mend.invoice_id], reverse=True):
            if serial < mend.serial:
                part = min(left, amounts[pk])
                amounts[pk], left = amounts[pk] - part, left - part
                if part:
                    numbers[pk].append(mend.number)
    return amounts, numbers
