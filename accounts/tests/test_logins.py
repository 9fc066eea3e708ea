"""Each trunk number has its own login (1.1a): opening and closing logins; customers and accounts (4.11)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.auth.hashers import is_password_usable
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Account, AuditEvent, Customer, User
from accounts.services import customers, logins, passwords
from accounts.tests.factories import PASSWORD, AccountFactory, CustomerFactory, UserFactory, unp_of
from accounts.tests.signing_in import is_signed_in, issue, knock
from notifications.models import Letter
from sipcabinet.lib.phones import PhoneError

pytestmark = pytest.mark.django_db


def test_a_login_is_opened_without_a_password(account: Account) -> None:
    user = logins.open_login(account=account, phone="8 044 711-20-30", name="Анна")
    assert (user.phone, user.account, user.name, user.is_staff) == ("+375447112030", account, "Анна", False)
    assert not is_password_usable(user.password)
    assert AuditEvent.objects.get().action == "login.opened"


def test_opening_twice_makes_one_and_keeps_its_password(owner: User) -> None:
    assert owner.account is not None
    again = logins.open_login(account=owner.account, phone=owner.phone)
    assert again.pk == owner.pk
    assert again.check_password(PASSWORD)


def test_somebody_elses_number_is_refused(account: Account, other_owner: User, staff: User) -> None:
    for phone in (other_owner.phone, staff.phone):
        with pytest.raises(logins.LoginError, match="другой пользователь"):
            logins.open_login(account=account, phone=phone)
    with pytest.raises(PhoneError):
        logins.open_login(account=account, phone="абв")


def test_closing_ends_sessions_and_passwords(owner: User, client_of: Callable[[User], Client]) -> None:
    assert owner.account is not None
    client = client_of(owner)
    text, _temporary = issue(owner)
    logins.close_login(account=owner.account, phone=owner.phone)
    assert not is_signed_in(client)
    for password in (PASSWORD, text):
        assert knock(Client(), owner.phone, password).status_code == 200
    logins.close_login(account=owner.account, phone=owner.phone)  # no open login is left
    assert AuditEvent.objects.filter(action="login.closed").count() == 1


def test_a_reopened_login_has_lost_its_password(owner: User) -> None:
    assert owner.account is not None
    logins.close_login(account=owner.account, phone=owner.phone)
    again = logins.open_login(account=owner.account, phone=owner.phone)
    assert again.pk == owner.pk
    assert knock(Client(), owner.phone, PASSWORD).status_code == 200


def test_a_number_moves_to_another_customer_without_its_history(owner: User, other_owner: User) -> None:
    assert owner.account is not None
    assert other_owner.account is not None
    logins.close_login(account=owner.account, phone=owner.phone)
    moved = logins.open_login(account=other_owner.account, phone=owner.phone)
    assert moved.pk != owner.pk
    assert moved.account == other_owner.account
    assert User.objects.filter(phone=owner.phone).count() == 2


def test_the_database_keeps_no_two_open_logins_of_a_phone(owner: User) -> None:
    with pytest.raises(IntegrityError, match="one_open_login_of_a_phone"), transaction.atomic():
        UserFactory.create(phone=owner.phone)


def test_staff_belong_to_no_account_and_customers_to_one(account: Account) -> None:
    for wrong in ({"is_staff": True, "account": account}, {"is_staff": False, "account": None}):
        with pytest.raises(IntegrityError, match="user_is_staff_or_of_an_account"), transaction.atomic():
            UserFactory.create(**wrong)


def test_a_customer_and_an_account_are_opened() -> None:
    customer = customers.open_customer(name="ООО «Сож»", unp=unp_of(5000), address="г. Гомель, ул. Советская, 1")
    account = customers.open_account(
        customer=customer,
        number="700200300",
        contract_number="SIP-1/2026",
        contract_date=date(2026, 11, 1),
        cabinet_email="office@sozh.example",
    )
    assert (account.customer, account.cabinet_email) == (customer, "office@sozh.example")
    assert AuditEvent.objects.get().account == account


@pytest.mark.parametrize(
    ("field", "value"), [("unp", "123456789"), ("unp", "12"), ("name", ""), ("address", ""), ("name", "д" * 201)]
)
def test_a_wrong_customer_is_refused_with_the_field(field: str, value: str) -> None:
    fields = {"name": "ООО «Сож»", "unp": unp_of(5000), "address": "г. Гомель", field: value}
    with pytest.raises(customers.CustomerError) as refusal:
        customers.open_customer(**fields)
    assert refusal.value.field == field
    assert refusal.value.message
    assert not Customer.objects.exists()


def test_the_same_company_is_not_written_down_twice() -> None:
    known = CustomerFactory.create()
    with pytest.raises(customers.CustomerError):
        customers.open_customer(name="ООО «Другое имя»", unp=known.unp, address="г. Гомель")


def test_the_registered_address_is_changed_by_staff_only(account: Account, owner: User, staff: User) -> None:
    with pytest.raises(customers.CustomerError, match="оператор по заявлению"):
        customers.change_email(account=account, email="new@customer.example", staff=owner)
    with pytest.raises(customers.CustomerError):
        customers.change_email(account=account, email="не адрес", staff=staff)
    customers.change_email(account=account, email="new@customer.example", staff=staff)
    assert Account.objects.get(pk=account.pk).cabinet_email == "new@customer.example"
    assert AuditEvent.objects.get().by_staff


def test_a_changed_address_is_told_to_both_and_opens_nothing_at_the_former(
    account: Account, owner: User, staff: User
) -> None:
    former = account.cabinet_email
    _text, temporary = passwords.issue_temporary(user=owner)
    customers.change_email(account=account, email="new@customer.example", staff=staff)
    temporary.refresh_from_db()
    assert temporary.voided_at
    told = {letter.recipient: letter.body_text for letter in Letter.objects.filter(kind="email_changed")}
    assert told.keys() == {former, "new@customer.example"}
    assert "new@customer.example" in told["new@customer.example"]
    assert "new@" not in told[former]
    assert "не действуют" in told[former]


def test_an_address_that_no_letter_reaches_can_be_changed(account: Account, staff: User) -> None:
    Account.objects.filter(pk=account.pk).update(cabinet_email="не адрес")
    customers.change_email(account=account, email="new@customer.example", staff=staff)
    assert [letter.recipient for letter in Letter.objects.all()] == ["new@customer.example"]


def test_an_account_is_closed_with_a_date() -> None:
    with pytest.raises(IntegrityError, match="account_closed_has_date"), transaction.atomic():
        AccountFactory.create(status="closed")
