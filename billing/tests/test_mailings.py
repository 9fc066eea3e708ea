"""The mailing of a regular invoice: its recipients, sent once, and again on request (2.3.3, 2.5)."""

import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory
from billing.models import DeliveryChoice, Invoice, InvoiceMailing, IssuedFile
from billing.selectors import delivery
from billing.services import invoice_links, mailings
from billing.services.mailings import MailingError
from billing.tasks import drain_mailings
from billing.tests.money import invoice_of
from notifications.models import Letter
from sipcabinet.lib import files, links, tenancy
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended
from sipcabinet.tests.stored import sha256_of
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db
BOTH = ["buh@customer.example", "office@customer.example"]


@pytest.fixture
def invoice(account: Account) -> Invoice:
    return invoice_of(account, "2026-10", "100.40", subscriber=TrunkFactory.create(account=account))


@pytest.fixture
def by_email(account: Account) -> DeliveryChoice:
    return by_email_to(account, *BOTH)


@pytest.fixture
def browser(owner: User, client_of: Callable[[User], Client]) -> Any:
    return client_of(owner)


def by_email_to(account: Account, *addresses: str) -> DeliveryChoice:
    choice: DeliveryChoice = DeliveryChoice.objects.create(account=account, method="email", addresses=list(addresses))
    return choice


def sent(invoice: Invoice) -> InvoiceMailing:
    """The invoice's mailing, carried out, with its letters sent."""
    mailing = mailings.order(invoice=invoice)
    mailings.drain()
    Letter.objects.update(state="done", sent_at=timezone.now())
    mailing.refresh_from_db()
    return mailing


def recipients() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("recipient", flat=True))


# --- Who gets it -----------------------------------------------------------------------------------------------------
def test_each_address_gets_its_own_letter_with_the_invoice(invoice: Invoice, by_email: DeliveryChoice) -> None:
    mailing = mailings.order(invoice=invoice)
    drain_mailings()
    mailing.refresh_from_db()
    assert mailing.state == "done"
    assert recipients() == BOTH
    issued = IssuedFile.objects.get()
    for letter in Letter.objects.all():
        assert letter.subject == f"Счёт № {invoice.number} за октябрь 2026, лицевой счёт {invoice.account.number}"
        attachment = letter.attachments.get()
        assert attachment.file_name == f"Счёт № {invoice.number} за октябрь 2026.pdf"
        assert (attachment.path, attachment.sha256) == (issued.path, issued.sha256)
        assert files.location(attachment.path).read_bytes().startswith(b"%PDF-")
        assert "Файл PDF во вложении." in letter.body_text
        assert "125,50" in letter.body_text
        assert "оплатить до 25.11.2026" in letter.body_text
        assert invoice.purpose in letter.body_text
        link = next(line for line in letter.body_text.splitlines() if "/d/invoice/" in line)
        token = link.rstrip("/").rpartition("/")[2]
        assert links.read(invoice_links.LINK_PURPOSE, token) == str(invoice.pk)
        assert link in letter.body_html


def test_who_collects_invoices_himself_gets_no_letter(invoice: Invoice) -> None:
    assert sent(invoice).state == "done"
    assert not Letter.objects.exists()
    assert not IssuedFile.objects.exists()


def test_the_choice_that_holds_when_it_is_sent_decides(invoice: Invoice, by_email: DeliveryChoice) -> None:
    mailings.order(invoice=invoice)
    by_email_to(invoice.account, "new@customer.example")
    mailings.drain()
    assert recipients() == ["new@customer.example"]


def test_nobody_elses_choice_counts(invoice: Invoice) -> None:
    by_email_to(AccountFactory.create(), "other@b.example")
    sent(invoice)
    assert not Letter.objects.exists()


def test_a_large_invoice_goes_as_a_link_alone(
    invoice: Invoice, by_email: DeliveryChoice, settings: LazySettings
) -> None:
    settings.ATTACHMENT_LIMIT_BYTES = 100
    sent(invoice)
    letter = Letter.objects.first()
    assert letter is not None
    assert not letter.attachments.exists()
    assert "Файл слишком велик для письма" in letter.body_text


def test_ordered_twice_it_goes_once(invoice: Invoice, by_email: DeliveryChoice) -> None:
    assert mailings.order(invoice=invoice) == mailings.order(invoice=invoice)
    assert (mailings.drain(), mailings.drain()) == (1, 0)
    assert recipients() == BOTH


# --- A killed worker -------------------------------------------------------------------------------------------------
WORKER = worker("from billing.services import mailings", "mailings.drain()")
FAULTS = {
    "before the file": "mailings.invoice_files.file_of = die",
    "between file and letters": "mailings._hand_over = die",
    "after the first letter, not committed": "mailings.MailingLetter.objects.get_or_create = die",
    "right after the commit": "mailings.log.info = die",
}
OFTEN = "between file and letters"  # the others run with bin/test --full
KILLED = [pytest.param(fault, id=at, marks=[] if at == OFTEN else pytest.mark.full) for at, fault in FAULTS.items()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", KILLED)
def test_a_killed_worker_sends_each_letter_once(account: Account, stored_files: Path, fault: str) -> None:
    invoice = invoice_of(account, "2026-10", subscriber=TrunkFactory.create(account=account))
    by_email_to(account, *BOTH)
    mailings.order(invoice=invoice)
    assert ended("-c", WORKER.format(fault=fault), FILES_DIR=str(stored_files)) == -signal.SIGKILL
    assert Letter.objects.count() in {0, 2}  # all or none
    InvoiceMailing.objects.filter(claimed_until__isnull=False).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )
    mailings.drain()
    assert recipients() == BOTH
    assert InvoiceMailing.objects.get().state == "done"
    assert sha256_of(IssuedFile.objects.get().path) == IssuedFile.objects.get().sha256


# --- Again -----------------------------------------------------------------------------------------------------------
def test_again_goes_to_the_addresses_of_today(invoice: Invoice, by_email: DeliveryChoice, owner: User) -> None:
    mailing = sent(invoice)
    by_email_to(invoice.account, "buh@customer.example", "new@customer.example")
    letters = mailings.resend(mailing=mailing, user=owner)
    assert [letter.recipient for letter in letters] == ["buh@customer.example", "new@customer.example"]
    assert letters[0].resend_of == Letter.objects.filter(recipient="buh@customer.example").earliest("pk")
    assert letters[1].resend_of is None
    assert AuditEvent.objects.get(action="invoice.resent").user == owner


def test_again_is_refused_while_a_letter_waits(invoice: Invoice, by_email: DeliveryChoice, owner: User) -> None:
    mailing = mailings.order(invoice=invoice)
    for _ in range(2):  # first the mailing waits, then its letters
        with pytest.raises(MailingError) as refusal:
            mailings.resend(mailing=mailing, user=owner)
        assert refusal.value.code == "mailing.sending"
        mailings.drain()
        mailing.refresh_from_db()
    assert Letter.objects.count() == 2


def test_again_is_refused_to_who_collects_himself(invoice: Invoice, owner: User) -> None:
    with pytest.raises(MailingError) as refusal:
        mailings.resend(mailing=sent(invoice), user=owner)
    assert refusal.value.code == "mailing.self_pickup"


def test_again_is_refused_after_five_times_a_day(invoice: Invoice, by_email: DeliveryChoice, owner: User) -> None:
    mailing = sent(invoice)
    for _ in range(mailings.RESENDS_A_DAY):
        mailings.resend(mailing=mailing, user=owner)
        Letter.objects.update(state="done")
    with pytest.raises(MailingError) as refusal:
        mailings.resend(mailing=mailing, user=owner)
    assert refusal.value.code == "mailing.too_often"
    Letter.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert mailings.resend(mailing=mailing, user=owner)


def test_the_customer_sends_it_again_from_his_page(browser: Any, invoice: Invoice, by_email: DeliveryChoice) -> None:
    sent(invoice)
    answer = browser.post(reverse("billing:invoice_resend", args=[invoice.number]))
    assert answer.url == reverse("billing:invoice", args=[invoice.number])
    assert recipients() == BOTH * 2
    assert InvoiceMailing.objects.get().letters.count() == 4


def test_a_refusal_is_told_on_the_page(browser: Any, invoice: Invoice) -> None:
    browser.post(reverse("billing:invoice_resend", args=[invoice.number]))
    assert "Этот счёт не рассылался" in browser.get("/orders/").content.decode()
    assert not Letter.objects.exists()


def test_nobody_else_sends_it_again(
    invoice: Invoice, by_email: DeliveryChoice, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    sent(invoice)
    answer = client_of(other_owner).post(reverse("billing:invoice_resend", args=[invoice.number]))
    assert answer.status_code == 404
    assert recipients() == BOTH


# --- What pages and staff see ----------------------------------------------------------------------------------------
def test_how_it_fared(invoice: Invoice, by_email: DeliveryChoice) -> None:
    account = invoice.account
    assert delivery.of_invoice(account, invoice).mailing is None
    mailings.order(invoice=invoice)
    with tenancy.portal(account.pk):
        assert delivery.of_invoice(account, invoice).is_waiting
    mailings.drain()
    assert not delivery.of_invoice(account, invoice).may_resend
    Letter.objects.filter(recipient=BOTH[0]).update(state="done", sent_at=timezone.now())
    Letter.objects.filter(recipient=BOTH[1]).update(state="refused", smtp_code=550, smtp_answer="5.1.1 no such user")
    with tenancy.portal(account.pk):
        found = delivery.of_invoice(account, invoice)
    assert found.may_resend
    assert [(letter.recipient, state.tone) for letter, state in found.letters] == [(BOTH[1], "err"), (BOTH[0], "ok")]
    InvoiceMailing.objects.update(state="parked")
    assert delivery.of_invoice(account, invoice).has_failed


def test_staff_see_it_and_send_it_again(
    invoice: Invoice, by_email: DeliveryChoice, staff: User, client_of: Callable[[User], Client]
) -> None:
    mailing, desk = sent(invoice), client_of(staff)
    page = desk.get(reverse("admin:billing_invoicemailing_change", args=[mailing.pk])).content.decode()
    assert all(address in page for address in BOTH)
    act(desk, "send_again", mailing)
    assert recipients() == BOTH * 2
    InvoiceMailing.objects.update(state="parked")
    act(desk, "again", mailing)
    mailing.refresh_from_db()
    assert mailing.state == "waiting"
    assert AuditEvent.objects.filter(action="invoice.retried", by_staff=True).exists()


def test_a_letter_that_staff_repeat_stays_the_invoices(
    invoice: Invoice, by_email: DeliveryChoice, staff: User, client_of: Callable[[User], Client]
) -> None:
    mailing = sent(invoice)
    letter = Letter.objects.get(recipient=BOTH[0])
    sent_data: dict[str, Any] = {"action": "send_again", "_selected_action": [letter.pk]}
    client_of(staff).post(reverse("admin:notifications_letter_changelist"), sent_data)
    assert recipients() == [*BOTH, BOTH[0]]
    assert mailing.letters.count() == 3


def act(desk: Any, action: str, mailing: InvoiceMailing) -> None:
    desk.post(reverse("admin:billing_invoicemailing_changelist"), {"action": action, "_selected_action": [mailing.pk]})
