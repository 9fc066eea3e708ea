"""The import of a statement that nothing has used is undone; the same file then books anew (4.6, 4.12)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, AuditEvent
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import Adjustment, Payment, PaymentReturn, StatementImport, StatementsThrough, SuspensePayment
from billing.selectors import balance, ledger_check, statement_chain, statement_uses
from billing.services import payments, proposals, returns, statement_undo, statements
from billing.services.adjustments import MoneyError
from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from billing.tests.mended import clerk, done, move_of, refund_of
from billing.tests.money import invoice_of
from billing.tests.taken import NUMBER, counts, take
from sipcabinet.tests.at_once import at_once
from subscribers.tests.factories import TrunkFactory

BOOKED = Doc(credit="25.00", id="1", purpose=NUMBER)
UNCLEAR = Doc(credit="5.00", id="2", purpose="-")
RECALL = Doc(debit="25.00", id="3", purpose="Отзыв платежа")
DOCS = (BOOKED, UNCLEAR, RECALL)


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


def undone(row: StatementImport | None, by: Any = None) -> StatementImport:
    assert row is not None
    return statement_undo.undo(statement=row, reason="Не тот файл", by=by or clerk())


def is_refused(row: StatementImport, match: str, by: Any = None) -> None:
    """Refused, and nothing is written."""
    before = (Adjustment.objects.count(), AuditEvent.objects.count())
    with pytest.raises(MoneyError, match=match):
        undone(row, by)
    row.refresh_from_db()
    assert (row.undone_at, Adjustment.objects.count(), AuditEvent.objects.count()) == (None, *before)


@pytest.mark.django_db
def test_payments_are_cancelled_and_what_waits_is_settled(payer: Account) -> None:
    row = take(*DOCS).row
    assert row is not None
    assert StatementsThrough.objects.get().through is not None
    by = clerk()
    undone(row, by)
    made = Adjustment.objects.get()
    assert (made.kind, made.amount, made.booked_on) == ("reversal", Decimal("25.00"), date(2026, 11, 9))
    assert made.made_by == by.user
    assert balance.balance(payer) == 0
    waited, debit = SuspensePayment.objects.get(), PaymentReturn.objects.get()
    assert (waited.is_undone, waited.resolved_by, waited.settled_words) == (True, by.user, "отменён вместе с выпиской")
    assert (debit.state, debit.outcome, debit.adjustment) == ("settled", "undone", None)
    assert StatementsThrough.objects.get().through is None
    assert ledger_check.differences() == [] == statement_chain.breaks()
    event = AuditEvent.objects.get(action="payment.import_undone")
    assert (event.user, event.details) == (by.user, {"statement_id": row.pk, "reason": "Не тот файл"})


@pytest.mark.django_db
def test_the_same_file_books_anew_as_often_as_it_is_undone(payer: Account) -> None:
    for time in (1, 2, 3):
        again = take(*DOCS)
        assert counts(again) == (1, 0, 1)
        assert [one.kind.value for one in again.returns] == ["words"]
        assert again.returns[0].credit is None  # not the cancelled payment of the time before
        assert balance.balance(payer) == Decimal("25.00")
        assert counts(take(*DOCS)) == (0, 2, 0)
        assert Payment.objects.count() == time
        assert ledger_check.differences() == []
        undone(again.row)
    assert len(set(Payment.objects.values_list("source_key", flat=True))) == 3
    assert balance.balance(payer) == 0


@pytest.mark.django_db
def test_the_right_file_after_a_wrong_one_is_not_like_it(payer: Account) -> None:
    """The bank's ids come with other sums: before the undo that refuses the file."""
    wrong = take(Doc(credit="26.00", id="1", purpose=NUMBER)).row
    undone(wrong)
    assert counts(take(BOOKED, UNCLEAR)) == (1, 0, 1)
    assert balance.balance(payer) == Decimal("25.00")
    assert ledger_check.differences() == [] == statement_chain.breaks()


@pytest.mark.django_db
def test_repeated_documents_of_an_undone_file_stay_where_they_were_booked(payer: Account) -> None:
    take(BOOKED)
    second = take(BOOKED, UNCLEAR)
    assert counts(second) == (0, 1, 1)
    undone(second.row)
    assert balance.balance(payer) == Decimal("25.00")
    assert counts(take(BOOKED, UNCLEAR)) == (0, 1, 1)
    assert ledger_check.differences() == [] == statement_chain.breaks()


def moved(_row: StatementImport) -> None:
    done(move_of(Payment.objects.get(), AccountFactory.create()))


def move_proposed(_row: StatementImport) -> None:
    proposals.propose(terms=move_of(Payment.objects.get(), AccountFactory.create()), by=clerk())


def refunded(_row: StatementImport) -> None:
    done(refund_of(Payment.objects.get().account, "7.00"))


def assigned(_row: StatementImport) -> None:
    account = Payment.objects.get().account
    payments.resolve(suspense=SuspensePayment.objects.get(), account=account, staff=StaffFactory.create())


def debit_settled(_row: StatementImport) -> None:
    returns.is_other(row=PaymentReturn.objects.get(), note="Комиссия", by=clerk())


def invoiced(_row: StatementImport) -> None:
    account = Payment.objects.get().account
    invoice_of(account, "2026-10", subscriber=TrunkFactory.create(account=account))


def continued(_row: StatementImport) -> None:
    span = Span(Decimal("1005.00"), first="24.11.2026", last="24.11.2026")
    statements.take_in(bank_files.client_bank_4([], span=span), file_name="next.txt")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("use", "why"),
    [
        (moved, "уже перенесли, отменили или вернули: 1"),
        (refunded, "вернули переплату"),
        (assigned, "уже разобраны: 1"),
        (debit_settled, "уже разобранных: 1"),
        (invoiced, "показаны в счетах и актах: 1"),
        (continued, "продолжает другая выписка этого счёта: next.txt"),
    ],
)
def test_what_uses_a_statement_keeps_it(payer: Account, use: Callable[[StatementImport], None], why: str) -> None:
    row = take(*DOCS).row
    assert row is not None
    use(row)
    is_refused(row, why)


@pytest.mark.django_db
def test_a_proposal_about_its_payment_keeps_it(payer: Account) -> None:
    row = take(Doc(credit="2500.00", id="1", purpose=NUMBER)).row
    assert row is not None
    move_proposed(row)
    is_refused(row, "ждёт второго сотрудника: 1")


@pytest.mark.django_db
def test_statements_are_undone_from_the_last_one(payer: Account) -> None:
    first = take(BOOKED).row
    continued(first)  # type: ignore[arg-type]
    undone(StatementImport.objects.latest("pk"))
    undone(first)
    assert balance.balance(payer) == 0


@pytest.mark.django_db
def test_above_the_limit_whoever_imported_it_asks_a_colleague(payer: Account) -> None:
    by = clerk()
    content = bank_files.client_bank_4([Doc(credit="100.01", id="1", purpose=NUMBER)])
    row = statements.take_in(content, file_name="statement.txt", user=by.user).row
    assert row is not None
    is_refused(row, "отменить должен другой", by)
    undone(row)
    assert balance.balance(payer) == 0


@pytest.mark.django_db
def test_a_reason_and_the_right_are_needed(payer: Account) -> None:
    row = take(BOOKED).row
    assert row is not None
    is_refused(row, "с правом подтверждать", clerk(is_superuser=False))
    for reason in (" ", "а" * 301):
        with pytest.raises(MoneyError, match="основание"):
            statement_undo.undo(statement=row, reason=reason, by=clerk())


@pytest.mark.django_db
def test_the_effect_is_told_before(payer: Account) -> None:
    row = take(*DOCS).row
    assert row is not None
    found = statement_uses.effect(row)
    assert (found.payments, found.total, found.suspended, found.returns) == (1, Decimal("25.00"), 1, 1)
    assert [(one.account, one.before, one.after) for one in found.accounts] == [(payer, Decimal("25.00"), Decimal(0))]
    assert (found.through is None, found.through_then) == (False, None)
    assert statement_uses.uses(row) == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_undo_it_once() -> None:
    account = AccountFactory.create(number=NUMBER)
    row = take(BOOKED, UNCLEAR).row

    def tried() -> str:
        try:
            undone(row)
        except MoneyError as refusal:
            return refusal.message
        return ""

    told = sorted(at_once([tried, tried]))
    assert told[0] == ""
    assert told[1].startswith("Эта выписка уже отменена")
    assert (Adjustment.objects.count(), balance.balance(account)) == (1, Decimal(0))


@pytest.mark.django_db(transaction=True)
def test_undone_and_used_at_once_one_of_them_wins() -> None:
    AccountFactory.create(number=NUMBER)
    other, staff = AccountFactory.create(), StaffFactory.create()
    row = take(BOOKED, UNCLEAR).row
    waited = SuspensePayment.objects.get()

    def works(work: Callable[[], object]) -> bool:
        try:
            work()
        except MoneyError:
            return False
        except payments.PaymentError:
            return False
        return True

    told = at_once([
        lambda: works(lambda: undone(row)),
        lambda: works(lambda: payments.resolve(suspense=waited, account=other, staff=staff)),
    ])  # fmt: skip
    assert sorted(told) == [False, True]
    assert ledger_check.differences() == []
