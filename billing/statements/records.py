"""The content of a bank statement in any format: movements of one account between two balances (4.6)."""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from sipcabinet.lib import money
from sipcabinet.lib.clock import show_date
from sipcabinet.lib.errors import DomainError

CURRENCIES = {"BYN", "933"}
_LONGEST_IDENTITY = 120


class StatementError(DomainError):
    """The whole file is refused: it cannot be read, or its sums do not prove it."""

    code = "statement.refused"


@dataclass(frozen=True, slots=True)
class Movement:
    """One credit or debit of our account, BYN. `identity` is the bank's id if it gives one (`is_given`), else built
    from the document's content, so that equal documents share it. `payer_*` describe the other side, also for a debit;
    `is_reversal`: the bank says that the movement reverses another."""

    identity: str
    is_given: bool
    day: date
    credit: Decimal
    debit: Decimal
    reference: str = ""
    purpose: str = ""
    payer_name: str = ""
    payer_unp: str = ""
    payer_iban: str = ""
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """Movements of an account between two balances, BYN. `total_credit` and `total_debit` are the bank's totals, None
    if the file gives none; `currency` is empty if the file gives none."""

    iban: str
    currency: str
    first_day: date | None
    last_day: date | None
    opening: Decimal
    closing: Decimal
    movements: Sequence[Movement]
    total_credit: Decimal | None = None
    total_debit: Decimal | None = None

    @property
    def credits(self) -> list[Movement]:
        return [movement for movement in self.movements if movement.credit]

    @property
    def debits(self) -> list[Movement]:
        return [movement for movement in self.movements if movement.debit]


def prove(statement: Statement) -> None:
    """Raises StatementError for a wrong currency, or if the sums do not add up; the error names the difference."""
    if statement.currency and statement.currency not in CURRENCIES:
        raise StatementError(
            _("валюта выписки %(currency)s, а счёт ведётся в BYN") % {"currency": statement.currency},
            code="statement.currency",
        )
    credit = sum((movement.credit for movement in statement.movements), Decimal(0))
    debit = sum((movement.debit for movement in statement.movements), Decimal(0))
    _equal(_("сумма поступлений"), credit, statement.total_credit)
    _equal(_("сумма списаний"), debit, statement.total_debit)
    _equal(_("исходящий остаток"), statement.opening + credit - debit, statement.closing)
    _check_identities(statement)


def chain(parts: Sequence[Statement], movements: Sequence[Movement]) -> Statement:
    """Joins statements of one account that follow each other, such as one per day, into one with these movements."""
    parts = sorted(parts, key=lambda part: part.first_day or date.min)
    for before, after in itertools.pairwise(parts):
        _equal(_("остаток на начало следующей части"), before.closing, after.opening)
    return Statement(
        iban=parts[0].iban,
        currency=parts[0].currency,
        first_day=parts[0].first_day,
        last_day=parts[-1].last_day,
        opening=parts[0].opening,
        closing=parts[-1].closing,
        movements=movements,
        total_credit=_sum([part.total_credit for part in parts]),
        total_debit=_sum([part.total_debit for part in parts]),
    )


def made_identity(*, number: str, day: date, amount: Decimal, payer_iban: str, purpose: str) -> str:
    """The identity of a document without an id of the bank: its whole content. Two documents can have the same content;
    `identity` decides which of them is already imported."""
    return "|".join([number, show_date(day), str(amount), payer_iban, purpose])


def short(identity: str) -> str:
    """The identity, or its hash if it is too long to be stored."""
    if len(identity) <= _LONGEST_IDENTITY:
        return identity
    return f"sha256:{hashlib.sha256(identity.encode()).hexdigest()}"


def _equal(what: str, counted: Decimal, told: Decimal | None) -> None:
    if told is None or counted == told:
        return
    raise StatementError(
        _("не сходится: %(what)s по документам %(counted)s, в выписке %(told)s, разница %(difference)s")
        % {
            "what": what,
            "counted": money.show(counted),
            "told": money.show(told),
            "difference": money.show(told - counted),
        },
        code="statement.unbalanced",
    )


def _check_identities(statement: Statement) -> None:
    """Checks that each id of the bank is one operation. Two credits with one id refuse the file: a payment would be
    lost. A debit may have the id of the credit it takes back; equal debits with one id are harmless."""
    seen: dict[tuple[str, bool], Movement] = {}
    for movement in statement.movements:
        if not movement.is_given:
            continue
        known = seen.setdefault((movement.identity, movement.credit > 0), movement)
        is_twin = (known.day, known.debit) == (movement.day, movement.debit)
        if known is not movement and (movement.credit or not is_twin):
            raise StatementError(
                _("номер операции %(id)s стоит у двух разных документов") % {"id": movement.identity},
                code="statement.identity",
            )


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    told = [amount for amount in amounts if amount is not None]
    return sum(told, Decimal(0)) if len(told) == len(amounts) else None
