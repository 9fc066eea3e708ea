"""Taking in a bank statement: its credits are booked, known already, or wait in suspense; debits are ignored (4.6)."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account, User
from accounts.services import audit
from billing import statements
from billing.models import Payment, PaymentSource, StatementImport, SuspensePayment
from billing.selectors.payers import Match, Payers
from billing.services import ledger, payments
from billing.statements import Format, Movement, Statement, StatementError
from sipcabinet.lib import clock, money

SOURCE = PaymentSource.BANK
Sign = tuple[Decimal, date, str, str]  # sum, day, number of the document, the payer's account


class Fate(StrEnum):
    """What becomes of a credit."""

    BOOKED = "booked"
    DUPLICATE = "duplicate"
    SUSPENDED = "suspended"


class _Row(NamedTuple):
    """A payment of the bank's that is there; `format` is that of the file it came with."""

    key: str
    amount: Decimal
    day: date
    format: str
    sign: Sign | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A credit and what becomes of it; `reason` says why no account was found."""

    movement: Movement
    key: str
    fate: Fate
    account: Account | None
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A statement with the outcome of each credit; `row` is None where nothing was written."""

    format: Format
    statement: Statement
    outcomes: Sequence[Outcome]
    row: StatementImport | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is of the operator's account, or no such account is set."""
        return _own_iban() in {"", self.statement.iban}

    def count(self, fate: Fate) -> int:
        return sum(1 for outcome in self.outcomes if outcome.fate == fate)

    def total(self, fate: Fate) -> Decimal:
        """BYN."""
        return sum((outcome.movement.credit for outcome in self.outcomes if outcome.fate == fate), Decimal("0.00"))


def rehearse(
    content: bytes, *, fmt: Format | None = None, known: set[str] | None = None, any_account: bool = False
) -> Taken:
    """What would come of a file; writes nothing. `known` are keys of files before it, and takes in this one's.

    Raises StatementError as `take_in` does; with `any_account` not for a statement of another account than ours, which
    is looked at all the same (`Taken.is_ours`).
    """
    try:
        found, statement = statements.read(content, fmt, _own_iban())
    except StatementError as refusal:
        if not (any_account and refusal.code == "statement.iban"):
            raise
        found, statement = statements.read(content, fmt)
    outcomes = _plan(found, statement, known or set())
    if known is not None:
        known |= {outcome.key for outcome in outcomes}
    return Taken(found, statement, outcomes)


def take_in(
    content: bytes,
    *,
    file_name: str,
    fmt: Format | None = None,
    user: User | None = None,
    address: str | None = None,
) -> Taken:
    """Takes in a file, all of it in one transaction, one file after another: an advisory lock keeps two apart.

    A file that was taken in before and brings nothing new writes nothing. Raises StatementError for a file that is
    refused: see billing/statements; or one that tells of a known payment with another sum or day.
    """
    found, statement = statements.read(content, fmt, _own_iban())
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        _one_at_a_time()
        taken = Taken(found, statement, _plan(found, statement, set()))
        again = StatementImport.objects.filter(sha256=sha256).exists()
        if again and taken.count(Fate.DUPLICATE) == len(taken.outcomes):
            return taken
        row = _write_row(taken, file_name, sha256, user)
        _apply(taken, row)
        _record(row, user, address)
    return Taken(found, statement, taken.outcomes, row)


def _own_iban() -> str:
    return str(settings.OPERATOR_REQUISITES["iban"])


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('bank statements', 0))")


def _plan(fmt: Format, statement: Statement, known: set[str]) -> list[Outcome]:
    """The outcome of each credit, as things stand now."""
    found = statement.credits
    keys = [f"{_prefix(statement)}{movement.identity}" for movement in found]
    there = _there(_prefix(statement), keys, found)
    payers, seen = Payers.of(found), known | _known(keys, found, there)
    elsewhere = Counter(row.sign for row in there if row.format != fmt and row.sign)
    outcomes = []
    for key, movement in zip(keys, found, strict=True):
        _check_day(movement)
        match = payers.match(movement)
        is_known = key in seen or _is_elsewhere(elsewhere, movement)
        outcomes.append(Outcome(movement, key, _fate(is_known, match), match.account, match.reason))
        seen.add(key)
    return outcomes


def _prefix(statement: Statement) -> str:
    return f"bank:{statement.iban}:"


def _fate(is_known: bool, match: Match) -> Fate:
    if is_known:
        return Fate.DUPLICATE
    return Fate.BOOKED if match.account else Fate.SUSPENDED


def _sign(amount: Decimal, day: date, reference: str, payer_iban: str) -> Sign | None:
    """What every format tells of a document; None where it lacks the number or the payer's account."""
    return (amount, day, reference[:60], payer_iban[:34]) if reference and payer_iban else None


def _is_elsewhere(elsewhere: Counter[Sign], movement: Movement) -> bool:
    """Whether a file of another format, which names operations in its own way, has told of this document. Each of its
    rows stands for one document."""
    sign = _sign(movement.credit, movement.day, movement.reference, movement.payer_iban)
    if sign is None or not elsewhere[sign]:
        return False
    elsewhere[sign] -= 1
    return True


def _there(prefix: str, keys: Sequence[str], movements: Sequence[Movement]) -> list[_Row]:
    """Rows of these keys, and those of our account with their days and sums; one that was in suspense counts once."""
    days, sums = {one.day for one in movements}, {one.credit for one in movements}
    alike = Q(source_key__startswith=prefix, received_on__in=days, amount__in=sums)
    fields = ("source_key", "amount", "received_on", "reference", "payer_iban", "statement__format")
    rows: dict[str, _Row] = {}
    for model in (Payment, SuspensePayment):
        for key, *told, fmt in model.objects.filter(alike | Q(source_key__in=keys)).values_list(*fields):
            rows[key] = _Row(key, told[0], told[1], fmt or "", _sign(*told))
    return list(rows.values())


def _known(keys: Sequence[str], movements: Sequence[Movement], there: Sequence[_Row]) -> set[str]:
    """Keys that are in already, with the same sum and day."""
    told = dict(zip(keys, movements, strict=True))
    rows = [row for row in there if row.key in told]
    for row in rows:
        if (told[row.key].credit, told[row.key].day) != (row.amount, row.day):
            raise StatementError(
                _("операция %(id)s загружена раньше с другой суммой или датой: %(amount)s от %(day)s")
                % {"id": told[row.key].identity, "amount": money.show_byn(row.amount), "day": clock.show_date(row.day)},
                code="statement.changed",
            )
    return {row.key for row in rows}


def _check_day(movement: Movement) -> None:
    if movement.day > clock.today():
        raise StatementError(
            _("документ %(number)s датирован будущим: %(day)s")
            % {"number": movement.reference, "day": clock.show_date(movement.day)},
            code="statement.future",
        )


def _write_row(taken: Taken, file_name: str, sha256: str, user: User | None) -> StatementImport:
    statement = taken.statement
    return StatementImport.objects.create(
        file_name=file_name[-255:],
        format=taken.format,
        sha256=sha256,
        iban=statement.iban,
        first_day=statement.first_day,
        last_day=statement.last_day,
        opening=statement.opening,
        closing=statement.closing,
        credits=len(taken.outcomes),
        debits=len(statement.debits),
        booked=taken.count(Fate.BOOKED),
        duplicate=taken.count(Fate.DUPLICATE),
        suspended=taken.count(Fate.SUSPENDED),
        imported_by=user,
    )


def _apply(taken: Taken, row: StatementImport) -> None:
    """Writes what was planned. The accounts are locked in one order, so that nobody waits in a circle."""
    new = [outcome for outcome in taken.outcomes if outcome.fate != Fate.DUPLICATE]
    for account in sorted({outcome.account for outcome in new if outcome.account}, key=lambda account: account.pk):
        ledger.lock(account)
    for outcome in new:
        told = {**_told(outcome.movement), "statement": row, "source_key": outcome.key}
        if outcome.account:
            payments.book(account=outcome.account, entered_by=row.imported_by, **told)
        else:
            payments.suspend(reason=outcome.reason, **told)


def _told(movement: Movement) -> dict[str, Any]:
    return {
        "amount": movement.credit,
        "received_on": movement.day,
        "source": SOURCE,
        "reference": movement.reference[:60],
        "purpose": movement.purpose,
        "payer_name": movement.payer_name[:300],
        "payer_unp": movement.payer_unp[:14],
        "payer_iban": movement.payer_iban[:34],
    }


def _record(row: StatementImport, user: User | None, address: str | None) -> None:
    audit.record(
        user=user,
        action="payment.imported",
        summary=_("Загружена выписка %(file)s: зачислено %(booked)d, не распознано %(suspended)d")
        % {"file": row.file_name[-100:], "booked": row.booked, "suspended": row.suspended},
        details={"statement_id": row.pk},
        address=address,
    )
