"""A credit in suspense that goes back to its payer: booked never, by one person or two, matched to its debit (4.12)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from accounts.actor import Actor
from accounts.models import Account, AuditEvent
from accounts.tests.factories import AccountFactory
from billing.models import LedgerEntry, Payment, PaymentReturn, SuspensePayment, SuspenseRefund
from billing.selectors import ledger_check, statement_chain
from billing.services import payments, statements, suspense_refunds
from billing.tests import bank_files
from billing.tests.bank_files import PAYER, Doc, Span
from billing.tests.mended import clerk, done, refund_of
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 12)
CAME = Doc(credit="90.00", id="C1", number="362", day="09.11.2026", purpose="Ошибочно", unp="")
WENT = Doc(debit="90.00", id="R1", number="17", day="12.11.2026", purpose="Возврат ошибочного платежа", unp="")


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-13 10:00")


def take(*docs: Doc, opening: str = "1000.00") -> None:
    days = sorted(doc.day for doc in docs)
    span = Span(Decimal(opening), first=days[0], last=days[-1])
    statements.take_in(bank_files.MAKERS["camt053"](docs, span=span), file_name="statement.xml")


def came(amount: str = "90.00", **told: Any) -> SuspensePayment:
    row = payments.suspend(
        reason="чей?", source_key=f"bank:{uuid4().hex}", amount=Decimal(amount), received_on=date(2026, 11, 9),
        source="bank", payer_iban=PAYER, payer_unp="100000007", **told,
    )  # fmt: skip
    assert row is not None
    return row


def returned(row: SuspensePayment, by: Actor | None = None, number: str = "17", **told: Any) -> SuspenseRefund:
    told = {"document_date": DAY, "reason": "Перечислено ошибочно", **told}
    return suspense_refunds.propose(suspense=row, document_number=number, by=by or clerk(), **told)


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refusal:
        work()
    return refusal.value.code


def differences() -> list[Any]:
    return [*ledger_check.differences(), *statement_chain.breaks()]


def test_nothing_is_booked_and_the_debit_of_a_later_statement_is_known() -> None:
    take(CAME)
    row = SuspensePayment.objects.get()
    made = returned(row, by := clerk())
    row.refresh_from_db()
    assert (made.state, row.is_returned, row.resolved_by) == ("done", True, by.user)
    assert (Payment.objects.count(), LedgerEntry.objects.count(), differences()) == (0, 0, [])
    take(WENT, opening="1090.00")
    debit = PaymentReturn.objects.get()
    assert (debit.state, debit.outcome, debit.suspense, debit.kind) == ("settled", "payback", row, "refund")
    assert differences() == []
    assert AuditEvent.objects.filter(action="suspensepayment.returned").count() == 1


def test_the_debit_may_come_first() -> None:
    take(CAME)
    take(WENT, opening="1090.00")
    debit = PaymentReturn.objects.get()
    row = SuspensePayment.objects.get()
    assert (debit.state, debit.suspense) == ("waiting", row)
    returned(row)
    debit.refresh_from_db()
    assert (debit.state, debit.outcome) == ("settled", "payback")
    assert differences() == []


def test_another_number_is_another_debit() -> None:
    take(CAME)
    returned(SuspensePayment.objects.get(), number="18")
    take(WENT, opening="1090.00")
    assert PaymentReturn.objects.get().state == "waiting"


def test_above_the_limit_another_person_confirms() -> None:
    row, by, second = came("100.01"), clerk(), clerk()
    made = returned(row, by)
    assert (made.state, SuspensePayment.objects.get().resolved_at) == ("waiting", None)
    account = AccountFactory.create()
    settled = [
        lambda: payments.resolve(suspense=row, account=account, staff=by.user),  # type: ignore[arg-type]
        lambda: returned(row, second, number="20"),
    ]
    assert [code_of(work) for work in settled] == ["payment.returning"] * 2
    assert code_of(lambda: suspense_refunds.confirm(refund=made, by=by)) == "money.own"
    assert code_of(lambda: suspense_refunds.withdraw(refund=made, by=second)) == "money.own"
    assert code_of(lambda: suspense_refunds.confirm(refund=made, by=clerk(is_superuser=False))) == "money.right"
    suspense_refunds.confirm(refund=made, by=second)
    assert SuspensePayment.objects.get().is_returned
    assert code_of(lambda: suspense_refunds.refuse(refund=made, answer="нет", by=second)) == "money.decided"
    assert differences() == []


def test_a_payer_s_credits_are_counted_together() -> None:
    by = clerk()
    assert [returned(came("60.00"), by, number=number).state for number in ("1", "2")] == ["done", "waiting"]
    other = came("60.00")
    SuspensePayment.objects.filter(pk=other.pk).update(payer_iban="", payer_unp="1")
    assert returned(SuspensePayment.objects.get(pk=other.pk), by, number="3").state == "done"


@pytest.mark.parametrize("decide", ["refuse", "withdraw"])
def test_what_is_not_confirmed_waits_again(decide: str) -> None:
    row, by = came("500.00"), clerk()
    made = returned(row, by)
    if decide == "refuse":
        suspense_refunds.refuse(refund=made, answer="Это платёж клиента", by=clerk())
    else:
        suspense_refunds.withdraw(refund=made, by=by)
    assert (SuspenseRefund.objects.get().decided_at is None, SuspensePayment.objects.get().resolved_at) == (False, None)
    assert returned(row, by).state == "waiting"
    assert differences() == []


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"number": " "}, "money.document"),
        ({"reason": " "}, "money.reason"),
        ({"document_date": date(2026, 11, 14)}, "money.document_date"),
        ({"document_date": date(2026, 11, 8)}, "money.document_date"),
    ],
)
def test_a_wrong_paper_is_refused(told: dict[str, Any], code: str) -> None:
    row = came()
    assert code_of(lambda: returned(row, **told)) == code
    assert not SuspenseRefund.objects.exists()


def test_a_payment_order_returns_one_thing(account: Account) -> None:
    returned(came("10.00"))
    assert code_of(lambda: returned(came("11.00"))) == "money.document"
    payments.book(account=account, amount=Decimal(50), received_on=DAY, source="bank", source_key="bank:x")
    done(refund_of(account, "50.00", "21", DAY))
    assert code_of(lambda: returned(came("50.00"), number="21")) == "money.document"


def test_a_return_never_changes() -> None:
    made = returned(came())
    for change in ({"amount": Decimal(1)}, {"state": "withdrawn"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            SuspenseRefund.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.delete()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_returns_and_the_other_is_told() -> None:
    row, account = came(), AccountFactory.create()
    one, other = clerk(), clerk()

    def told(work: Callable[[], object]) -> str:
        try:
            work()
        except DomainError as refusal:
            return refusal.code
        return "done"

    answers = at_once(
        [
            lambda: told(lambda: returned(row, one)),
            lambda: told(lambda: payments.resolve(suspense=row, account=account, staff=other.user)),  # type: ignore[arg-type]
        ]
    )
    assert sorted(answers) == ["done", "payment.resolved"]
    assert differences() == []
