"""Actions of the customer's page: what they do, what they refuse, who may do them (4.1)."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AccountStatus, AuditEvent, Session, TemporaryPassword, User
from accounts.tests.factories import AccountFactory, UserFactory
from billing.models import DeliveryChoice, Invoice, InvoiceMailing
from billing.services import mailings
from billing.tests.debtors import owes
from billing.tests.money import paid
from desk.tests.customers import clerk, signed_in_before
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import source, text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
SEE = "accounts.view_customer"
TOLD = {"token": "t"}


@pytest.fixture(autouse=True)
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


@pytest.fixture
def browser(staff: User) -> Client:
    return signed_in(staff)


@pytest.fixture
def invoice(account: Account) -> Invoice:
    """An invoice that was sent by e-mail."""
    DeliveryChoice.objects.create(account=account, method="email", addresses=["buh@customer.example"])
    invoice = owes(account)
    mailings.order(invoice=invoice)
    mailings.drain()
    Letter.objects.update(state="done", sent_at=clock.now())
    return invoice


def of_login(page: str, user: User) -> str:
    assert user.account is not None
    return reverse(f"admin:desk_customer_{page}", args=[user.account.customer_id, user.pk])


def of_invoice(invoice: Invoice) -> str:
    return reverse("admin:desk_customer_invoice", args=[invoice.account.customer_id, invoice.pk])


def of_account(account: Account) -> str:
    return reverse("admin:desk_customer_reconciliation", args=[account.customer_id, account.pk])


# --- A temporary password --------------------------------------------------------------------------------------------
def test_a_temporary_password_goes_to_the_registered_address_and_is_never_shown(owner: User, browser: Client) -> None:
    assert owner.account is not None
    address = of_login("password", owner)
    assert owner.account.cabinet_email in text(browser.get(address))
    assert not TemporaryPassword.objects.exists()
    answers = [browser.post(address, TOLD, follow=True) for _twice in range(2)]
    letter = Letter.objects.get(kind="temporary_password")
    assert (letter.recipient, letter.sealed) == (owner.account.cabinet_email, True)
    assert TemporaryPassword.objects.count() == 1
    event = AuditEvent.objects.get(action="password.temporary")
    assert (event.account, event.by_staff) == (owner.account, True)
    for answer in answers:
        assert "Временный пароль для" in source(answer)
        assert letter.body_text not in source(answer)


def test_a_closed_login_and_a_closed_account_get_no_password(browser: Client) -> None:
    closed = AccountFactory.create(status=AccountStatus.CLOSED, closed_on=clock.today())
    for user in (UserFactory.create(is_active=False), UserFactory.create(account=closed)):
        assert "Сделать это сейчас нельзя" in text(browser.get(of_login("password", user)))
        assert "Сделать это сейчас нельзя" in text(browser.post(of_login("password", user), TOLD))
    assert not Letter.objects.exists()


# --- Sessions --------------------------------------------------------------------------------------------------------
def test_all_sessions_of_a_login_end(owner: User, browser: Client) -> None:
    signed_in_before(owner)
    assert "Все, кто вошёл с этим номером" in text(browser.get(of_login("sessions", owner)))
    assert browser.post(of_login("sessions", owner), TOLD).status_code == 302
    assert not Session.objects.filter(user=owner).exists()
    assert AuditEvent.objects.filter(action="session.others_ended", account=owner.account).count() == 1
    assert "Открытых сеансов нет" in text(browser.post(of_login("sessions", owner), TOLD))


def test_a_login_of_staff_is_no_login_of_a_customer(owner: User, staff: User, browser: Client) -> None:
    assert owner.account is not None
    for page in ("password", "sessions"):
        address = reverse(f"admin:desk_customer_{page}", args=[owner.account.customer_id, staff.pk])
        assert browser.post(address, TOLD).status_code == 404
    assert Session.objects.filter(user=staff).exists()


# --- An invoice ------------------------------------------------------------------------------------------------------
def test_an_invoice_is_sent_again_to_its_addresses(invoice: Invoice, browser: Client) -> None:
    assert "buh@customer.example" in text(browser.get(of_invoice(invoice)))
    before = Letter.objects.count()
    assert browser.post(of_invoice(invoice), TOLD).status_code == 302
    assert Letter.objects.count() == before + 1
    assert AuditEvent.objects.filter(action="invoice.resent", account=invoice.account).count() == 1
    page = text(browser.post(of_invoice(invoice), TOLD))
    assert "Счёт уже в очереди на отправку" in page
    assert Letter.objects.count() == before + 1


def test_an_invoice_that_is_not_sent_by_e_mail_has_no_button(account: Account, browser: Client) -> None:
    address = of_invoice(owes(account))
    assert "Клиент получает счета сам" in text(browser.get(address))
    assert "Клиент получает счета сам" in text(browser.post(address, TOLD))
    DeliveryChoice.objects.create(account=account, method="email", addresses=["buh@customer.example"])
    assert "Этот счёт не рассылался" in text(browser.get(address))
    assert not InvoiceMailing.objects.exists()
    assert not Letter.objects.exists()


# --- Акт сверки ------------------------------------------------------------------------------------------------------
def test_the_act_is_shown_and_downloaded_with_a_line_in_the_journal(account: Account, browser: Client) -> None:
    owes(account)
    paid(account, "25.00")
    assert 'name="start"' in source(browser.get(of_account(account)))
    query = {"start": "2026-11-01", "end": "2026-11-22"}
    page = words(browser.get(of_account(account), query))
    assert "Счёт № 000001" in page
    assert "25,00" in page
    assert not AuditEvent.objects.filter(action="document.read").exists()
    answer = browser.get(of_account(account), {**query, "format": "xlsx"})
    assert answer.status_code == 200
    assert b"".join(answer).startswith(b"PK")
    event = AuditEvent.objects.get(action="document.read")
    assert (event.account, event.by_staff) == (account, True)


def test_a_wrong_period_is_an_error_beside_its_field(account: Account, browser: Client) -> None:
    page = text(browser.get(of_account(account), {"start": "2026-12-31", "end": "x", "format": "pdf"}))
    assert "Эта дата ещё не наступила" in page
    assert not AuditEvent.objects.exists()


# --- Who may ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "permission"),
    [
        ("password", "accounts.change_user"),
        ("sessions", "accounts.change_user"),
        ("invoice", "billing.change_invoicemailing"),
        ("reconciliation", "billing.view_ledgerentry"),
    ],
)
def test_each_action_needs_its_right_and_the_right_to_see_customers(
    page: str, permission: str, owner: User, invoice: Invoice
) -> None:
    assert owner.account is not None
    signed_in_before(owner)
    pages = {"invoice": of_invoice(invoice), "reconciliation": of_account(owner.account)}
    address = pages.get(page) or of_login(page, owner)
    letters = Letter.objects.count()
    for person in (clerk(SEE), clerk(permission), clerk(SEE, "accounts.view_user", "billing.view_invoice")):
        assert signed_in(person).get(address).status_code == 403
        assert signed_in(person).post(address, TOLD).status_code in {403, 405}
    for stranger in (Client(), signed_in(owner)):
        assert stranger.post(address, TOLD).status_code == 302
    assert Letter.objects.count() == letters
    assert signed_in(clerk(SEE, permission)).get(address).status_code == 200


@pytest.mark.parametrize("page", ["password", "sessions", "invoice", "reconciliation"])
def test_another_customer_s_rows_are_not_found(page: str, owner: User, invoice: Invoice, browser: Client) -> None:
    other = AccountFactory.create()
    rows = {"invoice": invoice.pk, "reconciliation": invoice.account_id}
    address = reverse(f"admin:desk_customer_{page}", args=[other.customer_id, rows.get(page, owner.pk)])
    assert browser.get(address).status_code == 404


# --- Links -----------------------------------------------------------------------------------------------------------
def test_the_list_of_customers_leads_to_their_pages_and_shows_the_balance(account: Account, browser: Client) -> None:
    paid(account, "25.00")
    address = reverse("admin:desk_customer", args=[account.customer_id])
    page = text(browser.get(reverse("admin:accounts_customer_changelist")))
    assert f'<a href="{address}">{account.customer.name}</a>' in page
    assert "25,00" in page
    for change in (
        reverse("admin:accounts_customer_change", args=[account.customer_id]),
        reverse("admin:accounts_account_change", args=[account.pk]),
    ):
        assert f'<a href="{address}">' in text(browser.get(change))
    clerks_page = text(signed_in(clerk(SEE)).get(reverse("admin:accounts_customer_changelist")))
    assert "25,00" not in clerks_page


def test_the_full_lists_show_this_customer_s_rows_alone(account: Account, browser: Client) -> None:
    other = owes(AccountFactory.create())
    mine = owes(account)
    address = reverse("admin:billing_invoice_changelist")
    page = browser.get(address, {"of_customer": account.customer_id})
    assert [row.pk for row in page.context["cl"].result_list] == [mine.pk]
    assert account.customer.name in text(page)
    for nobody in ("x", "999999", "1" * 30, "-1"):
        assert not browser.get(address, {"of_customer": nobody}).context["cl"].result_count
    assert {row.pk for row in browser.get(address).context["cl"].result_list} == {mine.pk, other.pk}
