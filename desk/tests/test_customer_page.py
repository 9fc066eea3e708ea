"""«Страница клиента» (4.1): each section only for those who may see its rows, only this customer's rows, no secret."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AccountStatus, Customer, User
from accounts.tests.factories import AccountFactory, CustomerFactory, UserFactory
from billing.tests.money import paid
from desk.tests import customers
from desk.tests.customers import ALL_OF_THE_PAGE, clerk
from sipcabinet.lib import clock, phones
from sipcabinet.tests.page_text import source, text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.tests.factories import TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
SECRETS = ("argon2", "session-key-of-owner", "SipSecret23456789abc", "gAAAAA", "Тело письма")
# The permission of each section, and what only this section shows.
SECTIONS = {
    "billing.view_invoice": ('id="money"', "Счёт № 000001"),
    "billing.view_payment": ('id="payments"', "77"),
    "billing.view_paymentguarantee": ('id="guarantees"', "Г-2026-"),
    "billing.view_suspensepayment": ("Невыясненный платёж на 17,50 BYN", "нет номера лицевого счёта"),
    "subscribers.view_subscriber": ('id="numbers"', "Склад"),
    "billing.view_documentorder": ('id="orders"', "З-2026-"),
    "notifications.view_letter": ('id="letters"', "mailbox is full"),
    "accounts.view_user": ('id="access"', "Логин"),
    "accounts.view_signin": ("Последние входы", "203.0.113.7"),
    "accounts.view_auditevent": ('id="journal"', "Вход в личный кабинет"),
    "desk.view_staffnote": ('id="notes"', "Просят звонить бухгалтеру"),
}


@pytest.fixture
def account(owner: User) -> Account:
    return customers.with_everything(owner)


@pytest.fixture
def owner() -> User:
    return UserFactory.create()


def url(customer: Customer) -> str:
    return reverse("admin:desk_customer", args=[customer.pk])


def test_the_page_answers_what_a_call_asks(account: Account, owner: User, staff: User) -> None:
    page = words(signed_in(staff).get(url(account.customer)))
    for shown in (
        account.customer.name,
        f"УНП {account.customer.unp}",
        account.number,
        account.contract_number,
        account.cabinet_email,
        "−105,00 BYN",
        phones.display(owner.phone),
        "Ждёт решения: обязательство",
        "Письмо не доставлено",
        "552 5.2.2 mailbox is full",
        "Коммутатор не принял номер",
        "Последний контакт",
    ):
        assert shown in page.replace("\u00a0", " "), shown


def test_no_secret_is_shown(account: Account, staff: User) -> None:
    page = source(signed_in(staff).get(url(account.customer)))
    assert not [secret for secret in SECRETS if secret in page]


@pytest.mark.parametrize("permission", SECTIONS)
def test_a_section_is_shown_with_its_permission_alone(permission: str, account: Account) -> None:
    mine = text(signed_in(clerk("accounts.view_customer", permission)).get(url(account.customer)))
    others = [name for name in ALL_OF_THE_PAGE if name != permission]
    theirs = text(signed_in(clerk(*others)).get(url(account.customer)))
    for shown in SECTIONS[permission]:
        assert shown in mine
    assert SECTIONS[permission][0] not in theirs or permission in {"accounts.view_user", "accounts.view_signin"}


def test_without_other_rights_only_name_and_requisites_are_shown(account: Account) -> None:
    page = text(signed_in(clerk("accounts.view_customer")).get(url(account.customer)))
    assert account.customer.address in page
    assert not [shown for both in SECTIONS.values() for shown in both if shown in page and shown != "77"]
    assert "BYN" not in page


def test_who_may_not_see_customers_gets_nothing(account: Account) -> None:
    wrong = [name for name in ALL_OF_THE_PAGE if name != "accounts.view_customer"]
    assert signed_in(clerk(*wrong)).get(url(account.customer)).status_code == 403


def test_customers_and_strangers_are_sent_away(account: Account, owner: User) -> None:
    for browser in (Client(), signed_in(owner)):
        answer = browser.get(url(account.customer))
        assert answer.status_code == 302
        assert "/admin/login/" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("right", "shown"),
    [("accounts.view_writtenapplication", "Заявления"), ("accounts.view_as_customer", "Смотреть глазами клиента…")],
)
def test_each_account_leads_to_its_papers_and_to_the_customers_eyes(account: Account, right: str, shown: str) -> None:
    ways = {
        "Заявления": f"{reverse('admin:desk_applications')}?state=all&amp;account={account.number}",
        "Смотреть глазами клиента…": reverse("admin:desk_view_as", args=[account.pk]),
    }
    page = text(signed_in(clerk("accounts.view_customer", right)).get(url(account.customer)))
    assert f'<a href="{ways[shown]}">{shown}' in page
    assert not [way for name, way in ways.items() if name != shown and way in page]


def test_only_this_customer_s_rows_are_shown(account: Account, owner: User, staff: User) -> None:
    other = customers.with_everything(UserFactory.create(account__customer__name="ЧУП «Соседи»"))
    customers.note_of(other.customer, "Заметка о соседях")
    page = text(signed_in(staff).get(url(account.customer)))
    theirs = (
        other.customer.name, other.number, other.cabinet_email, "Заметка о соседях", other.customer.unp,
        *(phones.display(one.phone) for one in other.subscribers.all()),
        customers.newest_invoice(other).number, customers.pending(other).number,
    )  # fmt: skip
    assert not [shown for shown in theirs if shown in page]


def test_a_customer_without_accounts_has_a_page(staff: User) -> None:
    page = words(signed_in(staff).get(url(CustomerFactory.create())))
    assert "нет лицевых счетов" in page
    assert "У клиента нет лицевых счетов" in page


def test_a_closed_account_offers_no_change_of_its_numbers(staff: User) -> None:
    closed = AccountFactory.create(status=AccountStatus.CLOSED, closed_on=clock.today())
    UserFactory.create(account=closed)
    page = text(signed_in(staff).get(url(closed.customer)))
    assert "закрыт" in page
    for action in ("Подключить номер", "Ограничить исходящие", "Временный пароль"):
        assert action not in page


def test_several_accounts_are_shown_with_their_sums(account: Account, staff: User) -> None:
    second = AccountFactory.create(customer=account.customer)
    TrunkFactory.create(account=second, phone="+375171234567")
    paid(second, "5.00")
    page = text(signed_in(staff).get(url(account.customer)))
    assert account.number in page
    assert second.number in page
    assert "−105,00 BYN" in page
    assert "5,00 BYN" in page
    assert "−100,00 <small>BYN" in page  # the sum of both


def test_a_letter_that_was_sent_again_waits_no_more(account: Account, staff: User) -> None:
    refused = customers.undelivered(account, "Другое письмо")
    assert "Письмо не доставлено: «Другое письмо»" in text(signed_in(staff).get(url(account.customer)))
    again = customers.undelivered(account, "Другое письмо")
    again.state, again.resend_of = "waiting", refused
    again.save()
    assert "Письмо не доставлено: «Другое письмо»" not in text(signed_in(staff).get(url(account.customer)))


def test_a_missing_customer_is_not_found(staff: User) -> None:
    assert signed_in(staff).get(reverse("admin:desk_customer", args=[999_999])).status_code == 404
