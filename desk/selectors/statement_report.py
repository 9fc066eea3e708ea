"""What an imported statement has done: each of its documents with the payment that it became (4.6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import Payment, PaymentReturn, StatementImport, StatementLine, SuspensePayment
from sipcabinet.lib.sheets import Cell

BOOKED, SUSPENDED, DUPLICATE, RETURN, OTHER = "booked", "suspended", "duplicate", "return", "other"


@dataclass(frozen=True, slots=True)
class Reported:
    """A document of a statement and what it became: a payment (also one assigned later), a credit that waits, a
    repeated one, a debit that looks like a return, or another debit. `amount` in BYN, a debit below zero."""

    line: StatementLine
    state: str
    payment: Payment | None = None
    suspense: SuspensePayment | None = None
    debit: PaymentReturn | None = None
    is_undone: bool = False

    @property
    def amount(self) -> Decimal:
        return self.line.amount

    @property
    def payer(self) -> str:
        row = self.payment or self.suspense or self.debit
        return row.payer_name if row else ""

    @property
    def words(self) -> str:
        """What became of the document."""
        if self.state == DUPLICATE:
            return _("повтор: загружен раньше")
        if self.payment is not None:
            undone = _("платёж лицевого счёта %(number)s отменён вместе с выпиской")
            told = undone if self.is_undone else _("зачислен на лицевой счёт %(number)s")
            return told % {"number": self.payment.account.number}
        if self.suspense is not None:
            if self.suspense.resolved_at is None:
                return _("не распознан: %(why)s") % {"why": self.suspense.reason}
            return self.suspense.settled_words
        if self.debit is not None:
            return self.debit.get_outcome_display() or _("похоже на возврат, ждёт решения")
        return _("на баланс клиентов не влияет")


def report(statement: StatementImport) -> Sequence[Reported]:
    """The documents in the order of the file; 4 queries. Empty for statements of releases that kept no lines."""
    lines = list(statement.lines.order_by("place"))
    keys = [line.source_key for line in lines]
    paid = {one.source_key: one for one in Payment.objects.filter(source_key__in=keys).select_related("account")}
    waited = {one.source_key: one for one in SuspensePayment.objects.filter(source_key__in=keys)}
    debits = {one.source_key: one for one in PaymentReturn.objects.filter(source_key__in=keys)}
    return [_of(line, statement, paid, waited, debits) for line in lines]


def _of(
    line: StatementLine,
    statement: StatementImport,
    paid: dict[str, Payment],
    waited: dict[str, SuspensePayment],
    debits: dict[str, PaymentReturn],
) -> Reported:
    key = line.source_key
    payment, suspense, debit = paid.get(key), waited.get(key), debits.get(key)
    first = payment or suspense or debit
    if first is not None and first.statement_id != statement.pk:
        return Reported(line, DUPLICATE, payment, suspense, debit)
    if suspense is not None:
        return Reported(line, SUSPENDED, payment, suspense)
    if payment is not None:
        return Reported(line, BOOKED, payment, is_undone=statement.undone_at is not None)
    return Reported(line, RETURN if debit else OTHER, debit=debit)


def rows(found: Sequence[Reported]) -> Iterator[list[Cell]]:
    """Rows of the report's file, in the columns of the check's."""
    for one in found:
        line, source = one.line, one.payment or one.suspense or one.debit
        paid, taken = (line.amount, None) if line.amount > 0 else (None, -line.amount)
        unp, number = source.payer_unp if source else "", one.payment.account.number if one.payment else ""
        yield [line.day, paid, taken, line.reference, one.payer, unp, line.purpose, number, one.words]
