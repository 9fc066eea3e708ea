"""A debit of the bank is settled once: the payment that it took back is cancelled, or it is a refund (4.6, 4.12)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import Adjustment, MoneyProposal, Payment, PaymentReturn
from billing.selectors import adjustments, balance, debts, ledger_check
from billing.services import returns, statements
from billing.services.adjustments import MoneyError
from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from billing.tests.mended import clerk as person
from billing.tests.mended import done, move_of, refund_of
from desk.tests.cast import clerk
from desk.tests.forms_sent import hidden, sent
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
NUMBER, ZERO = "700990001", Decimal(0)
PAID = Doc(credit="90.00", id="C1", number="362", day="09.11.2026", purpose=f"л/с {NUMBER}", unp="")
RECALLED = Doc(debit="90.00", id="R1", number="362", day="10.11.2026", purpose="Отзыв платежа", unp="", reversal=True)
REFUND = Doc(debit="90.00", id="R2", number="17", day="12.11.2026", purpose="Возврат переплаты", unp="")


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-13 10:00")


@pytest.fixture
def account(db: None) -> Account:
    found: Account = AccountFactory.create(number=NUMBER)
    return found


@pytest.fixture
def desk() -> Client:
    rights = ("view_paymentreturn", "change_paymentreturn", "add_moneyproposal", "view_moneyproposal", "confirm_money")
    return signed_in(clerk(*(f"billing.{right}" for right in rights)))


def take(*docs: Doc, opening: str = "1000.00") -> statements.Taken:
    days = sorted(doc.day for doc in docs)
    span = Span(Decimal(opening), first=days[0], last=days[-1])
    return statements.take_in(bank_files.MAKERS["camt053"](docs, span=span), file_name="statement.xml")


def url(page: str, row: PaymentReturn) -> str:
    return reverse(f"admin:desk_{page}", args=[row.pk])


def test_a_recalled_payment_is_cancelled_on_the_day_of_the_debit(desk: Client, account: Account) -> None:
    take(PAID)
    take(RECALLED, opening="1090.00")
    row = PaymentReturn.objects.get()
    assert "Платёж отозван банком…" in text(desk.get(url("return", row)))
    payment = Payment.objects.get()
    answer = sent(desk, url("return_recalled", row), payment=str(payment.pk), reason="Отозван банком")
    assert "больше ничего не ждёт" in text(answer)
    row.refresh_from_db()
    made = Adjustment.objects.get()
    assert (row.state, row.outcome, row.adjustment) == ("settled", "recalled", made)
    assert (made.booked_on, adjustments.left(payment)) == (date(2026, 11, 10), Decimal(0))
    assert [balance.balance(account, until=date(2026, 11, day)) for day in (9, 10)] == [Decimal("90.00"), Decimal(0)]
    assert ledger_check.differences() == []
    assert "Это списание уже разобрано" in text(desk.get(url("return_recalled", row)))


def test_the_debt_of_a_recalled_payment_has_its_own_time(desk: Client, account: Account) -> None:
    take(PAID)
    done(refund_of(account, "40.00", "16"))
    take(RECALLED, opening="1090.00")
    row = PaymentReturn.objects.get(kind="reversal")
    sent(desk, url("return_recalled", row), payment=str(Payment.objects.get().pk), reason="Отозван банком")
    owed = debts.unpaid(account)
    assert {one.due_on for one in owed} == {date(2026, 11, 28)}
    assert sum(one.unpaid for one in owed) == Decimal("40.00")


def test_of_a_payment_that_is_taken_back_in_part_the_rest_stays(desk: Client, account: Account) -> None:
    other = AccountFactory.create()
    take(PAID, Doc(credit="95.00", id="C3", number="3", day="09.11.2026", purpose=f"л/с {other.number}", unp="",
                   iban="BY13POLS30120000000000000000"))  # fmt: skip
    take(Doc(debit="30.00", id="R3", number="8", day="10.11.2026", purpose="Частичный отзыв", unp=""),
         opening="1185.00")  # fmt: skip
    row = PaymentReturn.objects.get()
    page = text(desk.get(url("return_recalled", row)))
    assert "отменится только эта часть: 30,00" in page.replace("\xa0", " ")
    assert other.number not in page
    sent(desk, url("return_recalled", row), payment=str(Payment.objects.get(account=account).pk), reason="Отозван")
    row.refresh_from_db()
    assert (row.outcome, balance.balance(account)) == ("recalled", Decimal("60.00"))
    assert ledger_check.differences() == []


def test_moved_money_is_recalled_where_it_is_now(desk: Client, account: Account) -> None:
    take(PAID)
    other = AccountFactory.create()
    done(move_of(Payment.objects.get(), other))
    take(RECALLED, opening="1090.00")
    row = PaymentReturn.objects.get()
    page = text(desk.get(url("return_recalled", row)))
    assert other.number in page
    moved = Payment.objects.get(account=other)
    sent(desk, url("return_recalled", row), payment=str(moved.pk), reason="Отозван банком")
    assert [balance.balance(one) for one in (account, other)] == [0, 0]


def test_a_refund_finds_its_debit_whichever_comes_first(account: Account) -> None:
    take(PAID)
    done(refund_of(account, "90.00", "№ 17", date(2026, 11, 11)))
    taken = take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    assert (len(taken.returns), row.kind, row.state, row.outcome) == (1, "refund", "settled", "refunded")
    assert (row.adjustment, row.settled_by) == (Adjustment.objects.get(), None)
    assert ledger_check.differences() == []


def test_a_debit_that_waits_is_settled_by_the_refund_that_follows(account: Account) -> None:
    take(PAID)
    take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    assert row.state == "waiting"
    done(refund_of(account, "90.00", "17", date(2026, 11, 12)))
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("settled", "refunded")


@pytest.mark.parametrize(
    ("number", "day", "amount"),
    [("18", date(2026, 11, 12), "90.00"), ("17", date(2026, 11, 1), "90.00"), ("17", date(2026, 11, 12), "89.99")],
)
def test_another_number_day_or_sum_is_another_refund(account: Account, number: str, day: date, amount: str) -> None:
    take(PAID)
    done(refund_of(account, amount, number, day))
    take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    assert row.state == "waiting"
    assert MoneyProposal.objects.count() == 1


def test_staff_say_that_a_debit_is_a_refund_and_nothing_is_booked_twice(desk: Client, account: Account) -> None:
    take(PAID)
    refund = done(refund_of(account, "90.00", "18", date(2026, 11, 12))).adjustment
    assert refund is not None
    take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    page = desk.get(url("return", row))
    assert "платёжное поручение № 18 от 12.11.2026" in text(page)
    desk.post(url("return", row), {"do": "known", "refund": str(refund.pk)})
    row.refresh_from_db()
    assert (row.outcome, row.adjustment, balance.balance(account)) == ("refunded", refund, ZERO)
    assert Adjustment.objects.count() == 1
    with pytest.raises(MoneyError):
        returns.is_refund(row=row, adjustment=refund, by=person())


def test_a_refund_is_entered_from_its_debit(desk: Client, account: Account) -> None:
    take(PAID)
    take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    address = url("return_refunded", row)
    refused = desk.post(address, {**hidden(desk.get(address)), "account": "1", "document_number": "", "reason": "-"})
    assert "Лицевого счёта 1 нет" in text(refused)
    sent(desk, address, account=NUMBER, document_number="17", reason="Заявление клиента")
    made = Adjustment.objects.get()
    assert (made.document_number, made.document_date, made.payment) == ("17", date(2026, 11, 12), Payment.objects.get())
    row.refresh_from_db()
    assert (row.outcome, balance.balance(account)) == ("refunded", ZERO)


def test_a_debit_that_concerns_nobody_is_set_aside_with_an_explanation(desk: Client, account: Account) -> None:
    take(PAID)
    take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    assert "Поясните, что это за списание" in text(desk.post(url("return", row), {"do": "other", "note": " "}))
    desk.post(url("return", row), {"do": "other", "note": "Возврат поставщику"})
    row.refresh_from_db()
    assert (row.outcome, row.note, balance.balance(account)) == ("other", "Возврат поставщику", Decimal("90.00"))
    assert "Возврат поставщику" in text(desk.get(url("return", row)))


def test_who_may_only_look_decides_nothing(account: Account) -> None:
    take(PAID)
    take(REFUND, opening="1090.00")
    row = PaymentReturn.objects.get()
    reader = signed_in(clerk("billing.view_paymentreturn"))
    assert "Решение принимают другие сотрудники" in text(reader.get(url("return", row)))
    assert reader.post(url("return", row), {"do": "other", "note": "-"}).status_code == 403
    assert reader.get(url("return_recalled", row)).status_code == 403
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_large_recall_waits_for_the_second_person_and_settles_the_debit_then(desk: Client, account: Account) -> None:
    take(Doc(credit="900.00", id="C2", number="9", day="09.11.2026", purpose=f"л/с {NUMBER}", unp=""))
    take(Doc(debit="900.00", id="R9", number="9", day="10.11.2026", purpose="Отзыв", unp="", reversal=True),
         opening="1900.00")  # fmt: skip
    row = PaymentReturn.objects.get()
    sent(desk, url("return_recalled", row), payment=str(Payment.objects.get().pk), reason="Отозван банком")
    row.refresh_from_db()
    assert row.state == "waiting"
    assert "Решение ждёт второго сотрудника" in text(desk.get(url("return", row)))
    waits = MoneyProposal.objects.get()
    other = signed_in(clerk("billing.view_moneyproposal", "billing.confirm_money"))
    page = other.get(reverse("admin:desk_proposal", args=[waits.pk]))
    other.post(reverse("admin:desk_proposal", args=[waits.pk]), {**hidden(page), "do": "confirm"})
    row.refresh_from_db()
    assert (row.state, row.outcome, balance.balance(account)) == ("settled", "recalled", ZERO)
