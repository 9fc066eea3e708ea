"""Imports a bank statement: its credits are booked, found to be duplicates, or put in suspense (4.6).

Debits that seem to take a payment back become rows for staff.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import User
from accounts.services import audit
from billing import statements
from billing.models import (
    Payment,
    PaymentReturn,
    PaymentSource,
    StatementImport,
    StatementLine,
    SuspensePayment,
    SuspenseRefund,
)
from billing.selectors.returns import Return
from billing.services import ledger, payments, returns, statement_coverage
from billing.services.statement_plan import Fate, Outcome, Plan, plan
from billing.statements import Movement, Statement, StatementError, StatementFormat, text
from billing.statements.documents import LONGEST_IBAN, LONGEST_NUMBER
from operator_profile.selectors import requisites
from sipcabinet.lib import locks

__all__ = ["Fate", "Outcome", "Taken", "rehearse", "take_in"]
SOURCE = PaymentSource.BANK


@dataclass(frozen=True, slots=True)
class Taken:
    """A statement and the outcome of its documents; `row` is None if nothing was written."""

    format: StatementFormat
    statement: Statement
    plan: Plan
    row: StatementImport | None = None

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self.plan.outcomes

    @property
    def returns(self) -> list[Return]:
        """New debits that seem to take a payment back."""
        return [one for one, _key in self.plan.returns]

    @property
    def is_ours(self) -> bool:
        """Whether the statement is of the operator's account; True if no operator's account is configured."""
        return self.statement.iban in (own_ibans() or [self.statement.iban])

    def count(self, fate: Fate) -> int:
        return sum(1 for outcome in self.outcomes if outcome.fate == fate)

    def total(self, fate: Fate) -> Decimal:
        """The sum of credits with this outcome, BYN."""
        return sum((outcome.movement.credit for outcome in self.outcomes if outcome.fate == fate), Decimal("0.00"))


def rehearse(
    content: bytes, *, fmt: StatementFormat | None = None, before: Sequence[Taken] = (), any_account: bool = False
) -> Taken:
    """Plans the import of a file and writes nothing. `before` are files rehearsed earlier; they count as imported.

    Raises StatementError as `take_in` does. With `any_account`, a statement of another account than ours is planned
    as well (see `Taken.is_ours`).
    """
    try:
        found, statement = _read(content, fmt)
    except StatementError as refusal:
        if not (any_account and refusal.code == "statement.iban"):
            raise
        found, statement = statements.read(content, fmt)
    made = plan(found, statement, _sha256(content), [(taken.statement, taken.plan) for taken in before])
    return Taken(found, statement, made)


def take_in(
    content: bytes,
    *,
    file_name: str,
    fmt: StatementFormat | None = None,
    user: User | None = None,
    address: str | None = None,
    accept: Callable[[Taken], object] | None = None,
) -> Taken:
    """Imports a file in one transaction; an advisory lock makes imports run one after another.

    `accept` sees the plan under that lock, before anything is written; what it raises refuses the import. A file
    imported before that brings nothing new writes nothing. Raises StatementError for a refused file (see
    billing/statements), or for one that reports an imported payment with another sum or day.
    """
    found, statement = _read(content, fmt)
    sha256 = _sha256(content)
    with transaction.atomic():
        one_at_a_time()
        taken = Taken(found, statement, plan(found, statement, sha256))
        if accept is not None:
            accept(taken)
        if not taken.plan.is_new and _is_imported(sha256):
            return taken
        row = _write_row(taken, file_name, sha256, user)
        _apply(taken, row)
        _record(row, user, address)
        statement_coverage.renew()
    return Taken(found, statement, taken.plan, row)


def own_ibans() -> list[str]:
    """The operator's accounts of all times, today's last (4.16); empty if none is known."""
    return [text.account_number(iban) for iban in requisites.every_iban()]


def _read(content: bytes, fmt: StatementFormat | None) -> tuple[StatementFormat, Statement]:
    """The statement of one of the operator's accounts; of any account if none is known. Raises StatementError."""
    *others, last = own_ibans() or [""]
    for iban in others:
        with suppress(StatementError):
            return statements.read(content, fmt, iban)
    return statements.read(content, fmt, last)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def one_at_a_time() -> None:
    """Imports of statements, and undoing them, run one after another until the caller's transaction ends."""
    locks.hold("bank statements")


def _is_imported(sha256: str) -> bool:
    return StatementImport.objects.filter(sha256=sha256, undone_at__isnull=True).exists()


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
        returns=len(taken.returns),
        imported_by=user,
    )


def _apply(taken: Taken, row: StatementImport) -> None:
    """Writes the planned rows. Accounts are locked in a fixed order, so that transactions cannot deadlock."""
    StatementLine.objects.bulk_create(_lines(taken.plan, row))
    new = [outcome for outcome in taken.outcomes if outcome.fate != Fate.DUPLICATE]
    for account in sorted({outcome.account for outcome in new if outcome.account}, key=lambda account: account.pk):
        ledger.lock(account)
    for outcome in new:
        told = {**_told(outcome.movement), "source": SOURCE, "statement": row, "source_key": outcome.key}
        if outcome.account:
            payments.book(account=outcome.account, amount=outcome.movement.credit, entered_by=row.imported_by, **told)
        else:
            payments.suspend(reason=outcome.reason, resembles=outcome.resembles, amount=outcome.movement.credit, **told)
    for one, key in taken.plan.returns:
        _write_return(one, key, row)


def _lines(made: Plan, row: StatementImport) -> list[StatementLine]:
    return [
        StatementLine(
            statement=row,
            place=place,
            day=line.movement.day,
            amount=line.movement.credit - line.movement.debit,
            reference=line.movement.reference[:LONGEST_NUMBER],
            payer_iban=line.movement.payer_iban[:LONGEST_IBAN],
            purpose=line.movement.purpose,
            identity=line.document.given if line.document.is_exact else "",
            source_key=line.document.key,
            resembles=line.document.like,
            is_exact=line.document.is_exact,
        )
        for place, line in enumerate(made.lines)
    ]


def _write_return(one: Return, key: str, row: StatementImport) -> None:
    told = _told(one.movement)
    debit = PaymentReturn.objects.create(
        statement=row,
        kind=one.kind,
        amount=one.movement.debit,
        returned_on=told.pop("received_on"),
        payment=one.credit if isinstance(one.credit, Payment) else None,
        suspense=one.credit if isinstance(one.credit, SuspensePayment) else None,
        source_key=key,
        **told,
    )
    if one.refund is None:
        return
    by = Actor(row.imported_by)
    if isinstance(one.refund, SuspenseRefund):
        returns.is_payback(row=debit, refund=one.refund, by=by)
    else:
        returns.settle_by(adjustment=one.refund, row=debit, by=by)


def _told(movement: Movement) -> dict[str, Any]:
    return {
        "received_on": movement.day,
        "reference": movement.reference[:LONGEST_NUMBER],
        "purpose": movement.purpose,
        "payer_name": movement.payer_name[:300],
        "payer_unp": movement.payer_unp[:14],
        "payer_iban": movement.payer_iban[:LONGEST_IBAN],
    }


def _record(row: StatementImport, user: User | None, address: str | None) -> None:
    audit.record(
        user=user,
        action="payment.imported",
        summary=_(
            "Загружена выписка %(file)s: зачислено %(booked)d, не распознано %(suspended)d, возвратов %(returns)d"
        )
        % {
            "file": row.file_name[-100:],
            "booked": row.booked,
            "suspended": row.suspended,
            "returns": row.returns,
        },
        details={"statement_id": row.pk},
        address=address,
    )
