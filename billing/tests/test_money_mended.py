"""Money that came or went wrong is mended by documents: each once, whole, and never more than there is (4.12)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, AuditEvent
from accounts.tests.factories import AccountFactory
from billing.models import Adjustment, Debt, LedgerEntry, MoneyProposal, Payment
from billing.selectors import adjustments, balance, debts, ledger_check, reconciliation
from billing.services import debts as debt_services
from billing.services import payments, statements
from billing.services.adjustments import MoneyError
from billing.services.money_effects import rehearse
from billing.services.money_terms import Terms
from billing.services.statements import Fate
from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from billing.tests.debtors import debt_of, owes, pays, promised
from billing.tests.mended import clerk, done, move_of, refund_of, reversal_of, write_off_of
from billing.tests.money import paid
from notifications.models import Letter
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db
ZERO = Decimal("0.00")


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-12-07 10:00")


@pytest.fixture
def other(db: None) -> Account:
    return AccountFactory.create()


def refused(terms: Terms) -> str:
    """The code of the refusal; nothing may be written."""
    before = (
        Adjustment.objects.count(),
        LedgerEntry.objects.count(),
        Payment.objects.count(),
        MoneyProposal.objects.count(),
    )
    with pytest.raises(MoneyError) as refusal:
        done(terms)
    assert before == (
        Adjustment.objects.count(), LedgerEntry.objects.count(), Payment.objects.count(), MoneyProposal.objects.count(),
    )  # fmt: skip
    return refusal.value.code


def sums(*accounts: Account) -> list[str]:
    assert [one for one in ledger_check.differences() if one.check != "charges"] == []  # `owes` writes no charges
    return [str(balance.balance(account)) for account in accounts]


# --- A payment of another customer -----------------------------------------------------------------------------------
def test_a_moved_payment_leaves_one_account_and_comes_to_the_other(account: Account, other: Account) -> None:
    owes(account, "125.00")
    payment = pays(account, "125.00", date(2026, 11, 20))
    made = done(move_of(payment, other)).adjustment
    assert made is not None
    assert sums(account, other) == ["-125.00", "125.00"]
    (moved,) = Payment.objects.filter(account=other)
    assert (moved.amount, moved.received_on, moved.source_key) == (payment.amount, payment.received_on, made.moved_key)
    assert adjustments.left(payment) == ZERO
    assert {event.account_id for event in AuditEvent.objects.filter(action="payment.moved")} == {account.pk}
    assert {event.account_id for event in AuditEvent.objects.filter(action="payment.booked")} == {account.pk, other.pk}


def test_the_day_of_the_payment_stays_its_day_on_both_accounts(account: Account, other: Account) -> None:
    payment = pays(account, "10.00", date(2026, 11, 20))
    done(move_of(payment, other))
    for one, credit, debit in ((account, "10.00", "10.00"), (other, "10.00", "0.00")):
        shown = reconciliation.of(one, date(2026, 11, 1), date(2026, 11, 30))
        assert (str(shown.credit), str(shown.debit)) == (credit, debit)
        assert {line.day for line in shown.entries} == {date(2026, 11, 20)}
    titles = [line.title for line in reconciliation.of(account, date(2026, 11, 1), date(2026, 11, 30)).entries]
    assert titles[1] == "Перенос платежа от 20.11.2026 на другой лицевой счёт"


def test_a_paid_invoice_stays_paid_and_the_new_debt_has_its_own_time(account: Account, other: Account) -> None:
    TrunkFactory.create(account=account)
    invoice = owes(account, "125.00")  # due on 25 November: overdue by now without the payment
    payment = pays(account, "125.00", date(2026, 11, 20))
    done(move_of(payment, other))
    own, new = debts.of(account)
    assert (own.debt, own.is_paid) == (debt_of(invoice), True)
    assert (new.unpaid, new.due_on, new.is_overdue) == (Decimal("125.00"), date(2026, 12, 22), False)
    letter = Letter.objects.get(kind="debt_told")
    assert letter.subject == "К оплате до 22.12.2026: задолженность после переноса платежа от 20.11.2026"
    assert "зачислен на ваш лицевой счёт по ошибке" in letter.body_text
    assert debt_services.in_force(account) is None


def test_no_document_that_was_paid_is_unpaid_again(account: Account, other: Account) -> None:
    owes(account, "50.00", due_on=date(2027, 1, 25))  # later than DEBT_NOTICE from today
    payment = pays(account, "50.00")
    done(move_of(payment, other))
    own, new = debts.of(account)
    assert (own.is_paid, new.unpaid, new.due_on) == (True, Decimal("50.00"), date(2027, 1, 25))


def test_the_money_lifts_the_restriction_and_keeps_the_promise_of_the_other(account: Account, other: Account) -> None:
    trunk = TrunkFactory.create(account=other)
    invoice = owes(other, "125.00")
    debt_services.restrict(account=other, debt=debt_of(invoice))
    payment = pays(account, "125.00", date(2026, 11, 20))
    found = rehearse(move_of(payment, other), clerk())
    gives, gets = found.effects
    assert (gives.change, gets.change) == (Decimal("-125.00"), Decimal("125.00"))
    assert (gets.before.restricted, gets.after.restricted) == (True, False)
    assert gets.documents[0][1:] == (Decimal("125.00"), ZERO)
    assert debt_services.in_force(other) is not None  # nothing has happened yet
    assert Subscriber.objects.get(pk=trunk.pk).status == SubscriberStatus.RESTRICTED
    done(move_of(payment, other))
    assert debt_services.in_force(other) is None
    assert Subscriber.objects.get(pk=trunk.pk).status == SubscriberStatus.ACTIVE


def test_a_promise_is_kept_by_moved_money_and_not_by_what_was_taken_away(account: Account, other: Account) -> None:
    for one in (account, other):
        one.contract_date = date(2025, 1, 1)
        one.save()
        owes(one, "125.00")
    mine, theirs = promised(account, "100.00"), promised(other, "100.00")
    done(move_of(pays(account, "60.00"), other))
    pays(account, "50.00")
    mine.refresh_from_db()
    assert mine.state == "accepted"  # of 110.00 only 50.00 stayed
    pays(other, "40.00")
    theirs.refresh_from_db()
    assert theirs.state == "fulfilled"


def test_a_part_is_moved_and_moved_on_again_but_never_more_than_is_left(account: Account, other: Account) -> None:
    payment, third = pays(account, "90.00"), AccountFactory.create()
    done(move_of(payment, other, "60.00"))
    assert refused(move_of(payment, third, "30.01")) == "money.left"
    moved = Payment.objects.get(account=other)
    done(move_of(moved, third, "20.00"))
    assert refused(move_of(moved, account, "40.01")) == "money.left"
    done(move_of(moved, account, "40.00"))  # and back
    assert sums(account, other, third) == ["70.00", "0.00", "20.00"]
    assert [(one.account, one.left) for one in adjustments.holders(payment)] == [
        (account, Decimal("30.00")), (third, Decimal("20.00")), (account, Decimal("40.00")),
    ]  # fmt: skip


def test_what_cannot_be_moved_is_refused(account: Account, other: Account) -> None:
    payment = pays(account, "50.00")
    assert refused(move_of(payment, account)) == "money.account"
    for amount in ("0", "-1", "1.001", "NaN"):
        assert refused(move_of(payment, other, amount)) == "money.amount"
    assert refused(move_of(payment, other, "50.01")) == "money.left"


# --- A payment that never came, or was taken back --------------------------------------------------------------------
def test_a_cancelled_payment_counts_as_if_it_never_came(account: Account) -> None:
    owes(account, "50.00")
    payment = pays(account, "50.00", date(2026, 11, 20))
    done(reversal_of(payment, "20.00"))
    assert refused(reversal_of(payment, "30.01")) == "money.left"
    done(reversal_of(payment, "30.00"))
    assert sums(account) == ["-50.00"]
    assert balance.balance(account, until=date(2026, 11, 20)) == Decimal("-50.00")
    assert [one.entry.title for one in Debt.objects.order_by("pk")][1:] == ["Отмена платежа от 20.11.2026"] * 2
    assert refused(reversal_of(payment, "0.01")) == "money.left"


def test_the_bank_s_credit_is_no_repetition_of_a_payment_that_was_cancelled(account: Account) -> None:
    told: dict[str, Any] = {
        "amount": Decimal("5.00"),
        "received_on": date(2026, 12, 6),
        "source": "bank",
        "reference": "77",
    }
    payment = payments.book(account=account, source_key="staff:1", **told)  # entered by hand
    assert payment is not None
    doc = Doc(credit="5.00", id="1", number="77", day="06.12.2026", purpose=f"л/с {account.number}", unp="")
    span = Span(Decimal("1000.00"), first="06.12.2026", last="06.12.2026")
    content = bank_files.client_bank_4([doc], span=span)
    assert statements.rehearse(content).count(Fate.SUSPENDED) == 1  # «похоже на уже зачисленное»
    done(reversal_of(payment))
    assert statements.rehearse(content).count(Fate.BOOKED) == 1


# --- An overpayment --------------------------------------------------------------------------------------------------
def test_no_more_is_refunded_than_the_credit_balance_and_a_payment_order_counts_once(account: Account) -> None:
    owes(account, "40.00")
    payment = pays(account, "100.00")
    assert refused(refund_of(account, "60.01")) == "money.balance"
    done(refund_of(account, "20.00", "17", payment=payment))
    assert refused(refund_of(account, "20.00", "17")) == "money.document"
    assert refused(refund_of(account, "20.00", " ")) == "money.document"
    assert refused(refund_of(account, "20.00", "18", date(2026, 12, 8))) == "money.document_date"
    done(refund_of(account, "40.00", "18"))
    assert sums(account) == ["0.00"]
    assert debts.unpaid(account) == []
    assert adjustments.left(payment) == Decimal("80.00")
    assert not Letter.objects.filter(kind="debt_told").exists()


def test_a_refund_counts_for_the_day_of_its_payment_order(account: Account) -> None:
    pays(account, "30.00", date(2026, 11, 20))
    done(refund_of(account, "30.00", "17", date(2026, 12, 1)))
    assert balance.balance(account, until=date(2026, 11, 30)) == Decimal("30.00")
    assert balance.balance(account, until=date(2026, 12, 1)) == ZERO


# --- A bad debt ------------------------------------------------------------------------------------------------------
def test_a_bad_debt_is_written_off_once_by_its_order(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    debt_services.restrict(account=account, debt=debt_of(owes(account, "70.00")))
    assert refused(write_off_of(account, "70.01")) == "money.debt"
    done(write_off_of(account, "30.00", "12-ф"))
    assert refused(write_off_of(account, "30.00", "12-ф")) == "money.document"
    assert Subscriber.objects.get(pk=trunk.pk).status == SubscriberStatus.RESTRICTED
    done(write_off_of(account, "40.00", "13-ф"))
    assert sums(account) == ["0.00"]
    assert Subscriber.objects.get(pk=trunk.pk).status == SubscriberStatus.ACTIVE
    assert refused(write_off_of(account, "0.01", "14-ф")) == "money.debt"


# --- The rehearsal ---------------------------------------------------------------------------------------------------
def test_a_rehearsal_writes_nothing_at_all(account: Account, other: Account) -> None:
    payment = paid(account, "125.00")
    owes(account)

    def everything() -> list[int]:
        models = (Adjustment, Payment, LedgerEntry, Debt, Letter, AuditEvent, MoneyProposal)
        return [model.objects.count() for model in models]

    before = everything()
    for terms in (move_of(payment, other), reversal_of(payment)):
        found = rehearse(terms, clerk())
        assert found.needs_second
        assert found.effects[0].new_debt is not None
    assert everything() == before
