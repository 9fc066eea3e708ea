"""What a bank statement says, whatever its format: movements of one account between two balances (4.6)."""

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
    """The file is refused as a whole: it cannot be read, or does not prove itself."""

    code = "statement.refused"


@dataclass(frozen=True, slots=True)
class Movement:
    """One credit or debit of our account, BYN. `identity` is the bank's own where it gives one (`is_given`), else made
    of what the document says: documents alike share it. `payer_*` are the other side's, also of a debit; `is_reversal`:
    the bank says that the movement takes back another."""

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
    """Movements of an account with the balances around them, BYN. `total_credit` and `total_debit` are the bank's own
    totals, None where it tells none; `currency` is empty where it tells none."""

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
    """Raises StatementError where the currency is another, or the sums do not add up: the difference is told."""
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
    """One statement of the movements of several that follow each other on one account, such as one a day."""
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
    """The identity of a document to which the bank gives none: all that it says. Two documents can say the same, so it
    names what they say; which of them is known, `identity` decides."""
    return "|".join([number, show_date(day), str(amount), payer_iban, purpose])


def short(identity: str) -> str:
    """The identity, or its hash where it is too long to be kept."""
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
    """One id given by the bank is one operation: two credits with one id refuse the file, or a payment would be lost. A
    debit may have the id of the credit that it takes back; equal debits with one id pay nobody."""
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
