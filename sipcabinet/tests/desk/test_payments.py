"""Received money at the desk: entered by hand, assigned to an account, imported from a file (4.2, 4.6)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import LedgerEntry, Payment, PaymentReturn, StatementImport, SuspensePayment
from billing.services import payments, statements
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text

pytestmark = pytest.mark.django_db
ADD = "/admin/billing/payment/add/"
UPLOAD = "/admin/billing/statementimport/add/"


@pytest.fixture
def customer(db: None) -> Account:
    account: Account = AccountFactory.create(number="700990001")
    return account


@pytest.fixture
def waiting(db: None) -> SuspensePayment:
    row = payments.suspend(
        reason="в назначении нет лицевого счёта", source_key="bank:1", amount=Decimal("125.00"),
        received_on=clock.today(), source="bank", payer_name="ООО «Ромашка»", purpose="за связь",
    )  # fmt: skip
    assert row is not None
    return row


def entry(desk: Client, **changed: str) -> dict[str, str]:
    form = desk.get(ADD).context["form"]
    told = {"account": "700 990 001", "amount": "1250,50", "received_on": "09.11.2020", "source": "cash"}
    return {**told, "reference": "ПКО-7", "purpose": "", "token": str(form["token"].value()), **changed}


def test_staff_enter_a_payment_once(desk: Client, customer: Account, staff: User) -> None:
    form = entry(desk)
    response = desk.post(ADD, form, follow=True)
    payment = Payment.objects.get()
    assert response.redirect_chain[-1][0] == reverse("admin:billing_payment_change", args=[payment.pk])
    assert (payment.account, str(payment.amount), payment.source, payment.entered_by) == (
        customer,
        "1250.50",
        "cash",
        staff,
    )
    assert AuditEvent.objects.filter(account=customer, action="payment.booked", user=staff, by_staff=True).count() == 1
    assert "форма отправлена второй раз" in text(desk.post(ADD, form))
    assert (Payment.objects.count(), LedgerEntry.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("account", "5", "Лицевого счёта 5 нет"),
        ("account", "", "Введите номер лицевого счёта"),
        ("amount", "0", "больше нуля"),
        ("amount", "сто", "Введите сумму числом"),
        ("received_on", "09.11.2120", "ещё не наступила"),
        ("received_on", "вчера", "Введите дату"),
        ("source", "x", "x"),
        ("reference", "", "Введите номер документа"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_field(
    desk: Client, customer: Account, field: str, value: str, message: str
) -> None:
    response = desk.post(ADD, entry(desk, **{field: value}))
    assert message in str(response.context["form"].errors[field])
    assert not Payment.objects.exists()


def test_a_payment_is_never_changed_at_the_desk(desk: Client, customer: Account) -> None:
    desk.post(ADD, entry(desk))
    page = desk.get(reverse("admin:billing_payment_change", args=[Payment.objects.get().pk]))
    assert 'name="amount"' not in page.content.decode()
    assert desk.post(page.request["PATH_INFO"], {"amount": "1"}).status_code == 403


def test_staff_say_whose_a_payment_is(desk: Client, customer: Account, waiting: SuspensePayment, staff: User) -> None:
    url = reverse("admin:billing_suspensepayment_resolve", args=[waiting.pk])
    listed = text(desk.get("/admin/billing/suspensepayment/"))
    assert url in listed
    assert "в назначении нет лицевого счёта" in listed
    assert "125,00 BYN" in text(desk.get(url))
    assert "Лицевого счёта 1 нет" in text(desk.post(url, {"account": "1"}))
    desk.post(url, {"account": "700990001"})
    waiting.refresh_from_db()
    assert (waiting.payment.account, waiting.resolved_by) == (customer, staff)
    assert "уже разобран" in text(desk.post(url, {"account": "700990001"}))
    assert "700990001" in text(desk.get("/admin/billing/suspensepayment/"))
    assert desk.get(reverse("admin:billing_suspensepayment_resolve", args=[0])).status_code == 404


@pytest.fixture
def resembling(customer: Account) -> SuspensePayment:
    """A suspense payment that resembles a payment entered by hand."""
    told: dict[str, Any] = {
        "amount": Decimal("125.00"),
        "received_on": date(2020, 11, 9),
        "reference": "362",
        "source": "bank",
    }
    payments.book(account=customer, source_key="staff:1", **told)
    statements.take_in(
        bank_files.one_c([Doc(credit="125.00", day="09.11.2020", purpose="л/с 700990001")]), file_name="1c.txt"
    )
    return SuspensePayment.objects.get()


def test_staff_say_that_a_credit_is_the_payment_it_looks_like(
    desk: Client, customer: Account, resembling: SuspensePayment, staff: User
) -> None:
    url = reverse("admin:billing_suspensepayment_resolve", args=[resembling.pk])
    page = desk.get(url)
    assert "Похоже на уже зачисленное" in text(page)
    assert reverse("admin:billing_payment_change", args=[Payment.objects.get().pk]) in text(page)
    assert "Это тот же платёж: 125,00 BYN от 09.11.2020 № 362, л/с 700990001" in text(page)
    assert f"Лицевой счёт {customer}" in text(page)
    assert "Введите номер лицевого счёта" in text(desk.post(url, {"whose": "other", "account": ""}))
    assert "второй раз он не зачислен" in text(desk.post(url, {"whose": "same"}, follow=True))
    resembling.refresh_from_db()
    assert (resembling.is_same, resembling.resolved_by, Payment.objects.count()) == (True, staff, 1)
    assert "тот же платёж" in text(desk.get("/admin/billing/suspensepayment/"))
    assert desk.get(reverse("admin:billing_suspensepayment_change", args=[resembling.pk])).status_code == 200
    assert "уже разобран" in text(desk.post(url, {"whose": "same"}))


def test_staff_book_it_after_all(desk: Client, customer: Account, resembling: SuspensePayment) -> None:
    url = reverse("admin:billing_suspensepayment_resolve", args=[resembling.pk])
    desk.post(url, {"whose": str(customer.pk), "account": ""})
    assert list(Payment.objects.values_list("account", flat=True)) == [customer.pk, customer.pk]


def test_both_accounts_are_offered(desk: Client, customer: Account) -> None:
    other = AccountFactory.create(number="700990002")
    row = payments.suspend(
        reason="чей платёж?", source_key="bank:1", amount=Decimal(5), received_on=clock.today(), source="bank",
        payer_unp=other.customer.unp, purpose="Оплата 700990001",
    )  # fmt: skip
    assert row is not None
    url = reverse("admin:billing_suspensepayment_resolve", args=[row.pk])
    assert [str(label) for _pk, label in desk.get(url).context["form"]["whose"].field.choices] == [
        f"Лицевой счёт {other}",
        f"Лицевой счёт {customer}",
        "Другой лицевой счёт",
    ]
    assert "Выберите" in text(desk.post(url, {"whose": "x", "account": ""}))
    desk.post(url, {"whose": str(other.pk), "account": ""})
    assert Payment.objects.get().account == other


def test_an_entry_that_looks_like_a_booked_payment_is_asked_about(desk: Client, customer: Account) -> None:
    """The opposite order: the statement was imported first."""
    docs = [Doc(credit="125.00", id="1", day="09.11.2020", purpose="л/с 700990001")]
    statements.take_in(bank_files.client_bank_4(docs), file_name="statement.txt")
    form = entry(desk, amount="125", received_on="10.11.2020", source="bank", reference="№ 362")
    page = desk.post(ADD, form)
    assert "Похоже на уже зачисленный платёж от 09.11.2020 № 362" in text(page)
    assert 'type="checkbox" name="confirmed"' in page.content.decode()
    assert Payment.objects.count() == 1
    desk.post(ADD, {**form, "confirmed": "on"})
    assert Payment.objects.count() == 2
    assert "форма отправлена второй раз" in text(desk.post(ADD, {**form, "confirmed": "on"}))


def test_a_debit_that_takes_a_payment_back_is_shown(desk: Client, customer: Account) -> None:
    paid = Doc(credit="125.00", id="1", day="09.11.2020", purpose="л/с 700990001", unp="")
    back = Doc(debit="125.00", id="2", day="09.11.2020", purpose="Отзыв платежа", unp="")
    seen = desk.post(UPLOAD, upload(bank_files.client_bank_4([paid])))
    desk.post(UPLOAD, {field.name: field.value() for field in seen.context["form"].hidden_fields()})
    seen = desk.post(UPLOAD, upload(bank_files.client_bank_4([paid, back])))
    assert "Похожи на возврат платежа и будут ждать решения" in text(seen)
    assert "возврат или отзыв по назначению, лицевой счёт 700990001" in text(seen)
    hidden = {field.name: field.value() for field in seen.context["form"].hidden_fields()}
    assert "возвратов: 1" in text(desk.post(UPLOAD, hidden, follow=True))
    listed = text(desk.get("/admin/billing/paymentreturn/"))
    assert "Ждут решения: 1" in listed
    assert reverse("admin:billing_payment_change", args=[Payment.objects.get().pk]) in listed
    row = PaymentReturn.objects.get()
    assert desk.get(reverse("admin:billing_paymentreturn_change", args=[row.pk])).status_code == 200
    assert (
        desk.post(reverse("admin:billing_paymentreturn_change", args=[row.pk]), {"state": "settled"}).status_code == 403
    )


def upload(content: bytes) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("выписка.txt", content)}


def test_a_statement_is_looked_at_and_then_applied(desk: Client, customer: Account, staff: User) -> None:
    docs = [Doc(credit="125.00", id="1", day="09.11.2020", purpose="л/с 700990001")]
    docs += [Doc(credit="5.00", id="2", day="09.11.2020", purpose="за связь", unp="")]
    seen = desk.post(UPLOAD, upload(bank_files.client_bank_4(docs)))
    assert "на лицевой счёт 700990001" in text(seen)
    assert "не распознан: в назначении нет лицевого счёта" in text(seen)
    assert not StatementImport.objects.exists()
    hidden = {field.name: field.value() for field in seen.context["form"].hidden_fields()}
    done = desk.post(UPLOAD, hidden, follow=True)
    assert "Зачислено: 1, повторов: 0, не распознано: 1, возвратов: 0" in text(done)
    row = StatementImport.objects.get()
    assert (row.file_name, row.imported_by, row.booked, row.suspended) == ("выписка.txt", staff, 1, 1)
    assert "Зачислено: 0, повторов: 2, не распознано: 0, возвратов: 0" in text(desk.post(UPLOAD, hidden, follow=True))
    assert (Payment.objects.count(), StatementImport.objects.count()) == (1, 1)


def test_a_refused_file_says_why(desk: Client) -> None:
    assert "формат файла не распознан" in text(desk.post(UPLOAD, upload(b"hello")))
    assert "Выберите файл" in text(desk.post(UPLOAD, {}))
    assert "import_payments" in text(desk.post(UPLOAD, upload(b"x" * (1024 * 1024 + 1))))
    assert desk.post(UPLOAD, {"content": "!", "file_name": "x"}).status_code == 302
    assert "Формат файла не распознан" in text(
        desk.post(UPLOAD, {"content": "aGVsbG8=", "file_name": "x"}, follow=True)
    )
    assert not StatementImport.objects.exists()


@pytest.mark.parametrize("address", [ADD, UPLOAD, "/admin/billing/suspensepayment/{}/resolve/"])
def test_staff_without_the_permission_are_refused(
    address: str, waiting: SuspensePayment, client_of: Callable[[User], Client]
) -> None:
    clerk = client_of(StaffFactory.create(is_superuser=False))
    url = address.format(waiting.pk)
    assert (clerk.get(url).status_code, clerk.post(url, {}).status_code) == (403, 403)
