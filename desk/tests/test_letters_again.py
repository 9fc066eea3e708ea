"""A letter that did not arrive is sent again from its queue and from the customer's page, to the present address."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory, UserFactory
from billing.models import DeliveryChoice, MailingLetter
from billing.services import mailings, repeats
from billing.tests.debtors import owes
from desk.tests.customers import clerk, undelivered
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.at_once import at_once, posted
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
NEW, BUH = "new@customer.example", "buh@customer.example"
RIGHTS = ("accounts.view_customer", "notifications.change_letter")


@pytest.fixture
def letter(account: Account) -> Letter:
    """Refused by the mail server just now."""
    lost = undelivered(account)
    Letter.objects.filter(pk=lost.pk).update(finished_at=clock.now())
    return Letter.objects.get(pk=lost.pk)


@pytest.fixture
def browser() -> Client:
    return signed_in(clerk(*RIGHTS))


def of_customer(letter: Letter) -> str:
    account = repeats.account_of(letter)
    assert account is not None
    return reverse("admin:desk_customer_letter", args=[account.customer_id, letter.pk])


def in_queue(letter: Letter) -> str:
    return reverse("admin:desk_letter_again", args=[letter.pk])


def told(recipient: str) -> dict[str, str]:
    return {"token": "t", "recipient": recipient}


def test_the_customers_page_leads_to_it_and_back(browser: Client, letter: Letter, account: Account) -> None:
    page = reverse("admin:desk_customer", args=[account.customer_id])
    assert of_customer(letter) in text(browser.get(page))
    asked = text(browser.get(of_customer(letter)))
    for words in (letter.subject, account.cabinet_email, "552 5.2.2 mailbox is full", "уйдёт ещё раз"):
        assert words in asked
    answer = browser.post(of_customer(letter), told(account.cabinet_email))
    assert answer["Location"] == f"{page}#letters"
    repeat = Letter.objects.get(resend_of=letter)
    assert (repeat.recipient, repeat.body_text, repeat.state) == (account.cabinet_email, "Тело письма", "waiting")
    event = AuditEvent.objects.get(action="letter.resent")
    assert (event.account, event.by_staff, event.details["letter_id"]) == (account, True, repeat.pk)
    assert "Письмо не доставлено" not in text(browser.get(page))
    assert "уже отправили ещё раз" in text(browser.get(of_customer(letter)))
    browser.post(of_customer(letter), told(account.cabinet_email))
    assert Letter.objects.count() == 2


def test_the_queue_leads_from_one_letter_to_the_next(browser: Client, letter: Letter, account: Account) -> None:
    second = undelivered(account, "Второе письмо")
    Letter.objects.filter(pk=second.pk).update(finished_at=clock.now())
    index = browser.get(reverse("admin:index"))
    assert reverse("admin:desk_queue_next", args=["letters"]) in text(index)
    first = browser.get(reverse("admin:desk_queue_next", args=["letters"]))
    assert first["Location"] == in_queue(letter)
    page = text(browser.get(in_queue(letter)))
    assert "1 из 2" in page
    assert "и открыть следующий" in page
    answer = browser.post(in_queue(letter), told(account.cabinet_email), follow=True)
    assert answer.redirect_chain[-1][0] == in_queue(second)
    assert "отправляется" in text(answer)


def test_a_mended_address_is_the_only_one_offered(browser: Client, letter: Letter, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(cabinet_email=NEW)
    page = text(browser.get(in_queue(letter)))
    assert f'value="{NEW}"' in page
    assert f'value="{letter.recipient}"' not in page
    refused = browser.post(in_queue(letter), told(letter.recipient))
    assert "выберите один из предложенных" in text(refused)
    assert Letter.objects.count() == 1
    browser.post(in_queue(letter), told(NEW))
    assert Letter.objects.get(resend_of=letter).recipient == NEW


def test_an_invoice_goes_to_the_mended_address_and_stays_one_of_its_mailing(
    browser: Client, account: Account, tmp_path: Any, settings: Any
) -> None:
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    DeliveryChoice.objects.create(account=account, method="email", addresses=["old@customer.example"])
    mailing = mailings.order(invoice=owes(account))
    mailings.drain()
    lost = Letter.objects.get(kind="invoice_issued")
    Letter.objects.filter(pk=lost.pk).update(state="refused", finished_at=clock.now())
    DeliveryChoice.objects.create(account=account, method="email", addresses=[BUH])
    assert repeats.addresses(lost) == [account.cabinet_email, BUH]
    browser.post(in_queue(lost), told(BUH))
    repeat = Letter.objects.get(resend_of=lost)  # so the refused letter waits no more
    assert repeat.recipient == BUH
    assert MailingLetter.objects.filter(mailing=mailing, letter=repeat).exists()


def test_a_letter_about_the_former_address_goes_nowhere_else(letter: Letter, account: Account) -> None:
    Letter.objects.filter(pk=letter.pk).update(kind="email_changed")
    Account.objects.filter(pk=account.pk).update(cabinet_email=NEW)
    assert repeats.addresses(Letter.objects.get(pk=letter.pk)) == [letter.recipient]


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"sealed": True}, "вышлите новый временный пароль"), ({"state": "waiting"}, "ещё в очереди")],
)
def test_what_cannot_be_repeated_says_why(
    browser: Client, letter: Letter, account: Account, changed: dict[str, Any], words: str
) -> None:
    Letter.objects.filter(pk=letter.pk).update(**changed)
    for page in (in_queue(letter), of_customer(letter)):
        assert words in text(browser.get(page))
        browser.post(page, told(account.cabinet_email))
    assert Letter.objects.count() == 1
    assert not AuditEvent.objects.filter(action__startswith="letter.").exists()


def test_a_customer_without_an_address_is_sent_to_an_application(browser: Client, letter: Letter) -> None:
    Account.objects.update(cabinet_email="")
    assert "сначала внесите его по заявлению" in text(browser.get(in_queue(letter)))


@pytest.mark.parametrize("rights", [("accounts.view_customer", "notifications.view_letter"), RIGHTS[:1], ()])
def test_who_may_not_send_is_refused(rights: tuple[str, ...], letter: Letter, account: Account) -> None:
    person = signed_in(clerk(*rights))
    for page in (in_queue(letter), of_customer(letter)):
        assert person.get(page).status_code == person.post(page, told(account.cabinet_email)).status_code == 403
    assert Letter.objects.count() == 1


def test_another_customers_letter_is_not_found(browser: Client, letter: Letter) -> None:
    other = AccountFactory.create()
    assert browser.get(reverse("admin:desk_customer_letter", args=[other.customer_id, letter.pk])).status_code == 404
    assert browser.get(reverse("admin:desk_letter_again", args=[999_999])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_one_is_told(at: Any) -> None:
    owner: User = UserFactory.create()
    assert owner.account is not None
    lost = undelivered(owner.account)
    Letter.objects.filter(pk=lost.pk).update(finished_at=clock.now())
    pair = [signed_in(clerk(*RIGHTS)).cookies for _one in range(2)]
    form, page = told(owner.account.cabinet_email), of_customer(lost)
    answers = at_once([lambda cookies=cookies: posted(cookies, page, form) for cookies in pair])  # type: ignore[misc]
    assert sorted(status for status, _where in answers) == [200, 302]
    assert Letter.objects.filter(resend_of=lost).count() == 1
