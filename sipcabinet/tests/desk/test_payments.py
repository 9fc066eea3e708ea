"""Received money at the desk: entered by hand (4.2, 4.6)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import LedgerEntry, Payment, SuspensePayment
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


@pytest.mark.parametrize("address", [ADD, UPLOAD, "/admin/money/suspense/{}/"])
def test_staff_without_the_permission_are_refused(
    address: str, waiting: SuspensePayment, client_of: Callable[[User], Client]
) -> None:
    clerk = client_of(StaffFactory.create(is_superuser=False))
    url = address.format(waiting.pk)
    assert (clerk.get(url).status_code, clerk.post(url, {}).status_code) == (403, 403)
