"""A credit in suspense at the desk: likely accounts, the effect before the click (4.6, 4.12)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory
from billing.models import Payment, PaymentReturn, SuspensePayment, SuspenseRefund
from billing.selectors import balance
from billing.services import payments
from billing.tests.debtors import owes, pays
from desk.selectors import likely_accounts
from desk.tests.cast import clerk, unclear
from desk.tests.forms_sent import booked
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-12 10:00")


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def url(row: SuspensePayment, page: str = "suspense") -> str:
    return reverse(f"admin:desk_{page}", args=[row.pk])


def reasons(row: SuspensePayment) -> dict[str, list[str]]:
    return {one.account.number: [reason.words for reason in one.reasons] for one in likely_accounts.of(row)}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"purpose": "л/с 700990001"}, "номер лицевого счёта в назначении"),
        ({"payer_unp": "{unp}"}, "УНП плательщика"),
        ({"payer_iban": "BY04BLBB30120000000000001234"}, "счёт плательщика из реквизитов"),
        ({"payer_name": "ООО «Стройдвор Плюс»"}, "имя похоже"),
        ({"payer_name": "СТРОЙДВОР"}, "имя похоже"),
        ({"amount": "125.00"}, "сумма = не оплачено по документу: {document}"),
        ({"purpose": "по сч. № {invoice}"}, "счёт № {invoice} в назначении"),
    ],
)
def test_likely_accounts_are_offered_with_the_reason(told: dict[str, Any], why: str) -> None:
    account = AccountFactory.create(number="700990001", customer__name="ООО «Стройдвор Плюс»")
    AccountFactory.create(customer__name="ОАО «Другие»")
    customer = account.customer
    customer.iban = "BY04 BLBB 3012 0000 0000 0000 1234"
    customer.save(update_fields=["iban"])
    invoice = owes(account, "125.00")
    known = {"unp": customer.unp, "invoice": invoice.number, "document": invoice.debts.get().title}
    fields = {name: value.format(**known) if isinstance(value, str) else value for name, value in told.items()}
    row = unclear(**{"amount": "48.31", **fields})
    assert reasons(row) == {"700990001": [why.format(**known)]}


def test_who_paid_from_this_account_before_is_offered() -> None:
    account = AccountFactory.create()
    paid = pays(account, "10.00")
    row = unclear(payer_iban="BY04BLBB30120000000000009999")
    assert reasons(row) == {}
    payments.book(
        account=account, amount=Decimal(7), received_on=paid.received_on, source="bank", source_key="x",
        payer_iban=row.payer_iban,
    )  # fmt: skip
    assert reasons(row) == {account.number: ["с этого счёта платили раньше"]}


def test_the_strongest_reason_comes_first() -> None:
    weak, strong = AccountFactory.create(number="700990001"), AccountFactory.create(number="700990002")
    owes(weak, "125.00")
    row = unclear("125.00", payer_unp=strong.customer.unp)
    assert list(reasons(row)) == [strong.number, weak.number]


def test_the_effect_is_shown_before_the_click_and_then_happens(desk: Client, account: Account) -> None:
    owes(account, "125.00")
    row = unclear("125.00", purpose=f"л/с {account.number}")
    page = words(desk.get(url(row))).replace("\u00a0", " ")
    for part in ("-125,00", "Неоплаченные документы", "номер лицевого счёта в назначении"):
        assert part in page.replace("−", "-")
    assert (balance.balance(account), Payment.objects.count()) == (Decimal("-125.00"), 0)
    done = booked(desk, url(row), account)
    assert f"Платёж зачислен на лицевой счёт {account.number}" in text(done)
    assert balance.balance(account) == 0
    settled = text(desk.get(url(row)))
    assert "Этот платёж уже разобран" in settled
    assert 'name="book"' not in settled


def test_an_effect_that_is_not_true_any_more_is_shown_anew(desk: Client, account: Account) -> None:
    row = unclear()
    page = desk.get(url(row), {"account": account.number}).content.decode()
    mark = page.split('name="book" value="')[1].split('"')[0]
    owes(account, "10.00")
    assert "данные изменились" in text(desk.post(url(row), {"book": mark}))
    assert not Payment.objects.exists()


@pytest.mark.parametrize("button", ["", "x", "0:", "9" * 30, "1:2", "\u0661:2"])
def test_a_wrong_button_books_nothing(desk: Client, button: str) -> None:
    row = unclear()
    assert desk.post(url(row), {"book": button}).status_code == 200
    assert not Payment.objects.exists()


def test_another_account_is_looked_for(desk: Client) -> None:
    row = unclear()
    assert "Похожих лицевых счетов нет" in text(desk.get(url(row)))
    assert "Лицевого счёта 77 нет" in text(desk.get(url(row), {"account": "77"}))


def test_it_is_the_same_payment(desk: Client, account: Account) -> None:
    paid = pays(account, "48.30")
    row = unclear(resembles=paid.source_key)
    assert reverse("admin:billing_payment_change", args=[paid.pk]) in text(desk.get(url(row)))
    assert "второй раз он не зачислен" in text(desk.post(url(row), {"same": "1"}, follow=True))
    row.refresh_from_db()
    assert (row.is_same, Payment.objects.count()) == (True, 1)
    assert "уже разобран" in text(desk.post(url(row), {"same": "1"}, follow=True))
    assert "ни на какой не похож" in text(desk.post(url(unclear()), {"same": "1"}, follow=True))


def test_it_is_returned_to_its_payer(desk: Client) -> None:
    row = unclear()
    form = {"document_number": "17", "document_date": "12.11.2026", "reason": "Ошибочно"}
    wrong = desk.post(url(row, "payer_refund"), {**form, "document_date": "13.11.2026"})
    assert "ещё не наступила" in str(wrong.context["form"].errors["document_date"])
    assert 'value="17"' in wrong.content.decode()
    assert "Введите номер платёжного поручения" in text(desk.post(url(row, "payer_refund"), {}))
    assert not SuspenseRefund.objects.exists()
    assert "деньги возвращены плательщику" in text(desk.post(url(row, "payer_refund"), form, follow=True))
    assert "возвращён плательщику" in text(desk.get(url(row)))
    assert "возвращён плательщику" in text(desk.get("/admin/billing/suspensepayment/"))
    assert "уже разобран" in text(desk.post(url(row, "payer_refund"), form))


def test_a_large_one_waits_for_another_person(desk: Client) -> None:
    row, other = unclear("500.00"), unclear("1.00")
    form = {"document_number": "17", "document_date": "12.11.2026", "reason": "Ошибочно"}
    page = desk.post(url(row, "payer_refund"), form, follow=True)
    made = SuspenseRefund.objects.get()
    own = page.redirect_chain[-1][0]
    assert own == reverse("admin:desk_payer_refund_one", args=[made.pk])
    assert 'value="confirm"' not in page.content.decode()
    assert desk.post(own, {"do": "nonsense"}).status_code == 403
    assert "Это ваше предложение" in text(desk.post(own, {"do": "confirm"}, follow=True))
    assert "ждёт второго сотрудника" in text(desk.get(url(row)))
    assert desk.get(reverse("admin:desk_queue_next", args=["suspense"])).headers["Location"] == url(other)
    viewer = signed_in(clerk("billing.view_suspenserefund"))
    assert viewer.get(own).status_code == 200
    assert viewer.post(own, {"do": "confirm"}).status_code == 403
    second = signed_in(clerk("billing.view_suspenserefund", "billing.confirm_money"))
    assert second.get(reverse("admin:desk_queue_next", args=["paybacks"])).headers["Location"] == own
    assert "Укажите, почему" in text(second.post(own, {"do": "refuse", "answer": ""}))
    assert "больше ничего не ждёт" in text(second.post(own, {"do": "confirm"}, follow=True))
    row.refresh_from_db()
    assert row.is_returned


def test_who_proposed_it_takes_it_back(desk: Client) -> None:
    row = unclear("500.00")
    form = {"document_number": "17", "document_date": "12.11.2026", "reason": "Ошибочно"}
    own = desk.post(url(row, "payer_refund"), form, follow=True).redirect_chain[-1][0]
    desk.post(own, {"do": "withdraw"})
    assert SuspenseRefund.objects.get().state == "withdrawn"
    assert "Кому зачислить" in text(desk.get(url(row)))


def test_a_debit_that_waits_fills_the_form_in(desk: Client) -> None:
    row = unclear(statement=None)
    assert not PaymentReturn.objects.exists()
    page = desk.get(url(row, "payer_refund")).content.decode()
    assert 'value="12.11.2026"' in page


@pytest.mark.parametrize("page", ["suspense", "payer_refund"])
def test_others_may_not(page: str) -> None:
    row = unclear()
    person = signed_in(clerk("billing.view_suspensepayment"))
    address = url(row, page)
    assert (person.get(address).status_code, person.post(address, {"same": "1"}).status_code) == (403, 403)
    assert signed_in(clerk("billing.change_suspensepayment")).get(address.replace(str(row.pk), "0")).status_code == 404
