"""Plans the outcome of each document of a bank statement; writes nothing (4.6).

`statements.identity` finds documents that are already imported; `selectors.payers` the account of a new credit;
`selectors.resemblance` payments entered by hand before; `selectors.returns` debits that take a payment back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Payment, StatementImport, StatementLine, SuspensePayment
from billing.selectors import suspense
from billing.selectors.bank_documents import BankDocuments, Row
from billing.selectors.payers import Match, Payer, Payers
from billing.selectors.resemblance import ByHand
from billing.selectors.returns import Return, Returns
from billing.statements import Movement, Statement, StatementError, StatementFormat
from billing.statements.documents import BankDocument, Piece, documents_of, given_key, kopecks, pieces
from billing.statements.identity import Decision, DocumentVerdict, decide
from sipcabinet.lib import clock, money


class Fate(StrEnum):
    """The outcome of a credit."""

    BOOKED = "booked"
    DUPLICATE = "duplicate"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A credit and its outcome; `reason` says why it waits, `resembles` is the key of the row that it looks like."""

    movement: Movement
    key: str
    fate: Fate
    account: Account | None
    reason: str
    resembles: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A document of the statement, credit or debit, with the row that represents it."""

    movement: Movement
    document: BankDocument
    decision: Decision

    @property
    def is_new(self) -> bool:
        return self.decision.verdict != DocumentVerdict.SAME


@dataclass(frozen=True, slots=True)
class Plan:
    """`lines` in the order of the file, `outcomes` of its credits, `returns`: new debits that look like returns."""

    lines: Sequence[Line]
    outcomes: Sequence[Outcome]
    returns: Sequence[tuple[Return, str]]

    @property
    def is_new(self) -> bool:
        """Whether the file has documents that are not imported yet."""
        return any(line.is_new for line in self.lines)

    @property
    def documents(self) -> list[BankDocument]:
        return [line.document for line in self.lines]


def prefix(statement: Statement) -> str:
    """The prefix of keys of this account's documents."""
    return f"bank:{statement.iban}:"


def plan(
    fmt: StatementFormat, statement: Statement, sha256: str, before: Sequence[tuple[Statement, Plan]] = ()
) -> Plan:
    """Plans a statement. `before` are statements that were rehearsed but not imported. Raises StatementError for a
    document dated in the future, and for an imported one with another sum or day. The number of queries does not grow
    with the file."""
    _check_days(statement.movements)
    lines = _lines(fmt, statement, sha256, [one for one in before if one[0].iban == statement.iban])
    return Plan(lines, _outcomes(lines), _returns(lines))


# --- Which documents are imported already ----------------------------------------------------------------------------
def _lines(
    fmt: StatementFormat, statement: Statement, sha256: str, before: Sequence[tuple[Statement, Plan]]
) -> list[Line]:
    documents = documents_of(statement, fmt, prefix(statement))
    keys = [given_key(movement, prefix(statement)) for movement in statement.movements]
    known = BankDocuments.of(statement, prefix(statement), documents, keys)
    for former, made in before:
        _remember(known, former, made)
    _check_changed(statement, documents, known)
    same = StatementImport.objects.filter(sha256=sha256).order_by("pk")
    again = next((one for one in same if one.undone_at is None), None)
    if again is not None and (told := _told_before(again, documents)):
        decisions = told
    else:
        decisions = _decide(statement, documents, known, is_again=again is not None)
    mark = f"{sha256[:8]}-{undone}" if (undone := sum(1 for one in same if one.undone_at)) else sha256[:8]
    named = _new_keys(keys, decisions, known.spent.union(known.rows), mark)
    return [_line(*told) for told in zip(statement.movements, documents, decisions, named, strict=True)]


def _decide(
    statement: Statement, documents: Sequence[BankDocument], known: BankDocuments, *, is_again: bool
) -> list[Decision]:
    found: dict[int, Decision] = {}
    parts = _pieces(statement, documents)
    for day, piece in parts.items():
        places = [place for place, one in enumerate(documents) if one.day == day]
        loose = known.loose(statement, piece, is_again=is_again)
        found |= dict(zip(places, decide(piece, known.pieces[day], known.ids, loose), strict=True))
    return [found[place] for place in range(len(documents))]


def _pieces(statement: Statement, documents: Sequence[BankDocument]) -> dict[date, Piece]:
    return pieces(
        documents,
        opening=kopecks(statement.opening),
        first_day=statement.first_day,
        last_day=statement.last_day,
    )


def _told_before(again: StatementImport, documents: Sequence[BankDocument]) -> list[Decision]:
    """Decisions for a file with the same bytes as an imported one: each document is its former row. Empty if the rows
    are missing (an earlier release imported the file)."""
    lines = list(StatementLine.objects.filter(statement=again).order_by("place"))
    if len(lines) != len(documents):
        return []
    return [Decision(DocumentVerdict.SAME, line.source_key, is_exact=line.is_exact) for line in lines]


def _remember(known: BankDocuments, statement: Statement, made: Plan) -> None:
    """Adds a rehearsed statement to the imported ones."""
    for day, piece in _pieces(statement, made.documents).items():
        known.pieces[day].append(piece)
    for document in made.documents:
        known.rows[document.key] = Row(Decimal(document.amount) / 100, document.day)
        if document.given and document.is_exact:
            known.ids.setdefault(document.given, document.key)


def _new_keys(keys: Sequence[str], decisions: Sequence[Decision], taken: set[str], mark: str) -> list[str]:
    """The key of each document. A new document gets its own key; if that key is taken, `mark` and the place are added:
    the file's hash, and how often the import of this file was undone."""
    found = []
    for place, (key, decision) in enumerate(zip(keys, decisions, strict=True)):
        if decision.verdict == DocumentVerdict.SAME:
            found.append(decision.key)
            continue
        found.append(f"{key}#{mark}-{place}" if key in taken else key)
        taken.add(key)
    return found


def _line(movement: Movement, document: BankDocument, decision: Decision, key: str) -> Line:
    like = decision.key if decision.verdict == DocumentVerdict.LIKE else ""
    return Line(movement, replace(document, key=key, like=like, is_exact=decision.is_exact), decision)


# --- Whose the credits are -------------------------------------------------------------------------------------------
def _outcomes(lines: Sequence[Line]) -> list[Outcome]:
    credits_ = [line for line in lines if line.movement.credit]
    payers = Payers.of(_payer(line.movement) for line in credits_)
    matches = [payers.match(_payer(line.movement)) for line in credits_]
    new = [(line, match) for line, match in zip(credits_, matches, strict=True) if line.is_new and match.account]
    by_hand = ByHand.of(
        [match.account for _line, match in new if match.account],
        {line.movement.credit for line, _match in new},
        {line.movement.day for line, _match in new},
    )
    shown = _shown(line.decision.key for line in credits_ if line.decision.verdict == DocumentVerdict.LIKE)
    return [_outcome(line, match, by_hand, shown) for line, match in zip(credits_, matches, strict=True)]


def _outcome(line: Line, match: Match, by_hand: ByHand, shown: dict[str, str]) -> Outcome:
    movement, key = line.movement, line.document.key
    if line.decision.verdict == DocumentVerdict.SAME:
        return Outcome(movement, key, Fate.DUPLICATE, match.account, match.reason)
    if line.decision.verdict == DocumentVerdict.LIKE:
        like = line.decision.key
        return Outcome(movement, key, Fate.SUSPENDED, None, _looks_like(shown.get(like, "")), like)
    if match.account is None:
        return Outcome(movement, key, Fate.SUSPENDED, None, match.reason)
    payment = by_hand.take(match.account, movement.credit, movement)
    if payment is not None:
        return Outcome(movement, key, Fate.SUSPENDED, None, _looks_like(suspense.describe(payment)), payment.source_key)
    return Outcome(movement, key, Fate.BOOKED, match.account, match.reason)


def _payer(movement: Movement) -> Payer:
    return Payer(movement.purpose, movement.payer_unp, movement.payer_iban)


def _shown(keys: Iterable[str]) -> dict[str, str]:
    """The row with each key, as a description for staff."""
    wanted = set(keys)
    if not wanted:
        return {}
    waiting = SuspensePayment.objects.filter(source_key__in=wanted)
    booked = Payment.objects.filter(source_key__in=wanted).select_related("account")
    shown = {row.source_key: suspense.describe(row) for row in waiting}
    return shown | {payment.source_key: suspense.describe(payment) for payment in booked}


def _looks_like(what: str) -> str:
    return ": ".join(filter(None, [_("похоже на уже зачисленное"), what]))


# --- Debits ----------------------------------------------------------------------------------------------------------
def _returns(lines: Sequence[Line]) -> list[tuple[Return, str]]:
    debits = [line for line in lines if line.movement.debit and line.is_new]
    known = Returns.of([line.movement for line in debits])
    found = [(known.take(line.movement), line.document.key) for line in debits]
    return [(one, key) for one, key in found if one is not None]


# --- What refuses a file ---------------------------------------------------------------------------------------------
def _check_days(movements: Iterable[Movement]) -> None:
    for movement in movements:
        if movement.day > clock.today():
            raise StatementError(
                _("документ %(number)s датирован будущим: %(day)s")
                % {"number": movement.reference, "day": clock.show_date(movement.day)},
                code="statement.future",
            )


def _check_changed(statement: Statement, documents: Sequence[BankDocument], known: BankDocuments) -> None:
    """Refuses an id of the bank that comes with another sum or day. Earlier releases stored the id only in the key."""
    for movement, document in zip(statement.movements, documents, strict=True):
        if not document.given:
            continue
        key = known.ids.get(document.given, document.given)
        row = known.rows.get(key)
        if row is None:
            continue
        if (kopecks(row.amount), row.day) != (document.amount, document.day):
            raise StatementError(
                _("операция %(id)s загружена раньше с другой суммой или датой: %(amount)s от %(day)s")
                % {"id": movement.identity, "amount": money.show_byn(abs(row.amount)), "day": clock.show_date(row.day)},
                code="statement.changed",
            )
        known.ids.setdefault(document.given, key)
