"""Customers, accounts, logins: staff's writes, their refusals, and their events in the journal (4.10, 4.11)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Account, AuditEvent, Customer, Session, TemporaryPassword, User
from accounts.services import throttles
from accounts.tests.factories import PASSWORD, StaffFactory, unp_of
from notifications.models import Letter
from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError
from subscribers.models import Subscriber

CUSTOMER = {
    "name": "ООО «Заря»",
    "unp": unp_of(900_001),
    "address": "220030, г. Минск, ул. Ленина, 1",
    "iban": "BY13 NBRB 3600 9000 0000 2Z00 AB00",
    "bank_name": "Банк",
    "bank_bic": "NBRBBY2X",
    "contact_name": "Зоя",
    "contact_phone": "8 029 600-10-20",
    "accounts-TOTAL_FORMS": 0,
    "accounts-INITIAL_FORMS": 0,
}


def post_customer(desk: Client, **fields: Any) -> Any:
    return desk.post(reverse("admin:accounts_customer_add"), {**CUSTOMER, **fields})


def account_fields(customer: Customer, **fields: Any) -> dict[str, Any]:
    return {
        "customer": customer.pk,
        "number": "400 100 999",
        "contract_number": "SIP-9/Ю",
        "contract_date": "01.02.2026",
        "payment_terms": "postpaid",
        "cabinet_email": "zarya@customer.example",
        "opened_on": "01.02.2026",
        "users-TOTAL_FORMS": 0,
        "users-INITIAL_FORMS": 0,
        **fields,
    }


def test_a_customer_is_written_down_as_typed_and_audited(desk: Client, staff: User) -> None:
    assert post_customer(desk).status_code == 302
    customer = Customer.objects.get(unp=CUSTOMER["unp"])
    assert (customer.iban, customer.contact_phone) == ("BY13NBRB3600900000002Z00AB00", "+375296001020")
    event = AuditEvent.objects.get(action="customer.added")
    assert (event.user, event.by_staff, event.account) == (staff, True, None)
    assert event.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("unp", "190275410", "УНП должен состоять из 9 цифр"),
        ("iban", "BY13NBRB3600900000002Z00AB01", "контрольные цифры не сходятся"),
        ("bank_bic", "NB", "8 или 11 знаков"),
        ("contact_phone", "нет", "Введите номер телефона"),
        ("name", "", "Обязательное поле"),
    ],
)
def test_wrong_requisites_are_refused_beside_the_field(desk: Client, field: str, value: str, message: str) -> None:
    response = post_customer(desk, **{field: value})
    assert response.status_code == 200
    assert message in response.context["adminform"].form.errors[field][0]
    assert not Customer.objects.exists()
    assert not AuditEvent.objects.exists()


def test_an_account_is_opened_and_its_email_changes_only_by_an_application(desk: Client, staff: User) -> None:
    post_customer(desk)
    customer = Customer.objects.get()
    assert desk.post(reverse("admin:accounts_account_add"), account_fields(customer)).status_code == 302
    account = Account.objects.get()
    assert account.number == "400100999"
    change = reverse("admin:accounts_account_change", args=[account.pk])
    assert "/admin/applications/add/?account=400100999&amp;kind=email" in desk.get(change).content.decode()
    changed = account_fields(customer, cabinet_email="new@customer.example", contract_number="SIP-10/Ю")
    desk.post(change, changed)
    account.refresh_from_db()
    assert (account.cabinet_email, account.contract_number) == ("zarya@customer.example", "SIP-10/Ю")
    actions = AuditEvent.objects.filter(account=account, user=staff).values_list("action", flat=True)
    assert set(actions) == {"account.added", "account.changed"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "4001-А"),
        ("contract_date", "01.02.2999"),
        ("cabinet_email", "zarya@"),
        ("contract_date", "32.13.2026"),
    ],
)
def test_a_wrong_account_is_refused(desk: Client, field: str, value: str) -> None:
    post_customer(desk)
    fields = account_fields(Customer.objects.get(), **{field: value})
    response = desk.post(reverse("admin:accounts_account_add"), fields)
    assert response.context["adminform"].form.errors[field]
    assert not Account.objects.exists()


def test_the_number_of_an_account_stays(desk: Client, everything: Account) -> None:
    fields = account_fields(everything.customer, number="1", status="closed", closed_on="01.03.2026")
    desk.post(reverse("admin:accounts_account_change", args=[everything.pk]), fields)
    kept = Account.objects.get(pk=everything.pk)
    assert (kept.number, kept.status) == (everything.number, "active")


def test_a_change_without_its_record_does_not_stand(
    desk: Client, everything: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write and its event in the journal are one transaction."""

    def broken(*_args: Any, **_fields: Any) -> None:
        raise RuntimeError("no journal today")

    monkeypatch.setattr("accounts.services.audit.record", broken)
    fields = {**CUSTOMER, "name": "Другое имя", "unp": everything.customer.unp}
    with pytest.raises(RuntimeError):
        desk.post(reverse("admin:accounts_customer_change", args=[everything.customer.pk]), fields)
    assert Customer.objects.get().name == everything.customer.name


def test_changed_fields_are_kept_before_and_after(desk: Client, everything: Account) -> None:
    customer = everything.customer
    was = customer.name
    fields = {**CUSTOMER, "unp": customer.unp, "name": "ООО «Новое имя»"}
    desk.post(reverse("admin:accounts_customer_change", args=[customer.pk]), fields)
    event = AuditEvent.objects.get(action="customer.changed")
    assert event.account == everything
    assert event.details["changes"]["name"] == {"label": "Наименование", "before": was, "after": "ООО «Новое имя»"}
    assert "unp" not in event.details["changes"]
    assert LogEntry.objects.count() == 1


def test_closing_an_account_closes_its_numbers_and_logins(
    act: Callable[..., Any], everything: Account, owner: User
) -> None:
    act("accounts_account", "close", everything)
    everything.refresh_from_db()
    assert everything.status == "closed"
    assert set(Subscriber.objects.values_list("status", flat=True)) == {"closed"}
    assert not User.objects.get(pk=owner.pk).is_active
    assert AuditEvent.objects.filter(action="account.closed", account=everything, by_staff=True).exists()
    refused = act("accounts_account", "close", everything).content.decode()
    assert "Лицевой счёт закрыт" in refused


# --- Logins ----------------------------------------------------------------------------------------------------------
def test_a_temporary_password_goes_only_to_the_registered_email(
    act: Callable[..., Any], everything: Account, owner: User, staff: User
) -> None:
    TemporaryPassword.objects.all().delete()
    page = act("accounts_user", "send_temporary_password", owner, staff).content.decode()
    letter = Letter.objects.get(kind="temporary_password")
    assert (letter.recipient, letter.sealed) == (everything.cabinet_email, True)
    assert TemporaryPassword.objects.get().user == owner
    assert "только действующие логины клиентов" in page
    assert AuditEvent.objects.get(action="password.temporary").user == staff


def test_sessions_end_but_ones_own(act: Callable[..., Any], everything: Account, owner: User, staff: User) -> None:
    act("accounts_user", "end_sessions", owner, staff)
    assert not Session.objects.filter(user=owner).exists()
    assert Session.objects.filter(user=staff).exists()


def test_a_lost_second_factor_is_dropped_by_a_superuser_alone(
    act: Callable[..., Any], everything: Account, owner: User, client_of: Callable[[User], Client]
) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(*_permissions("change_user", "view_user"))
    chosen = {"action": "drop_second_factor", "_selected_action": [owner.pk]}
    client_of(clerk).post(reverse("admin:accounts_user_changelist"), chosen)
    assert TOTPDevice.objects.filter(user=owner).exists()
    act("accounts_user", "drop_second_factor", owner)
    assert not TOTPDevice.objects.filter(user=owner).exists()
    assert "сотрудник оператора" in Letter.objects.get(kind="second_factor_off").body_text
    assert AuditEvent.objects.filter(action="second_factor.off", account=everything).exists()


def test_the_throttle_of_a_number_is_lifted(act: Callable[..., Any], everything: Account, owner: User) -> None:
    limit = throttles.Limit("phone", owner.phone, 1)
    throttles._count(limit)
    throttles._count(limit)
    act("accounts_user", "allow_attempts", owner)
    assert throttles._count(limit)[0] == 1


def test_a_superuser_adds_a_person_of_the_staff(desk: Client) -> None:
    fields = {"phone": "8 029 611-22-33", "name": "Инна", "new_password": "сложно-но-можно-7", "groups": []}
    assert desk.post(reverse("admin:accounts_user_add"), fields).status_code == 302
    person = User.objects.get(phone="+375296112233")
    assert person.is_staff
    assert person.check_password("сложно-но-можно-7")
    assert person.password_changed_at


@pytest.mark.parametrize(
    ("field", "value"), [("phone", "12"), ("new_password", "12345678"), ("new_password", ""), ("phone", "")]
)
def test_a_wrong_person_is_refused(desk: Client, field: str, value: str) -> None:
    fields = {"phone": "8 029 611-22-33", "name": "Инна", "new_password": "сложно-но-можно-7", field: value}
    response = desk.post(reverse("admin:accounts_user_add"), fields)
    assert response.context["adminform"].form.errors[field]
    assert User.objects.count() == 1


def test_a_customers_password_is_not_set_here(desk: Client, owner: User) -> None:
    fields = {
        "name": "Анна",
        "is_active": "on",
        "new_password": "сложно-но-можно-7",
        "is_superuser": "on",
        "is_staff": "on",
    }
    desk.post(reverse("admin:accounts_user_change", args=[owner.pk]), fields)
    kept = User.objects.get(pk=owner.pk)
    assert kept.check_password(PASSWORD)
    assert (kept.is_superuser, kept.is_staff) == (False, False)


def test_a_clerk_cannot_become_a_superuser(client_of: Callable[[User], Client], staff: User) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(*_permissions("change_user", "view_user", "add_user"))
    browser = client_of(clerk)
    for person in (clerk, staff):
        fields = {"name": "Я", "is_active": "on", "is_superuser": "on", "new_password": "сложно-но-можно-7"}
        assert browser.post(reverse("admin:accounts_user_change", args=[person.pk]), fields).status_code == 403
    assert browser.get(reverse("admin:accounts_user_add")).status_code == 403
    assert not User.objects.get(pk=clerk.pk).is_superuser


def test_a_customers_login_is_closed_by_an_action_and_opened_on_its_trunk(
    desk: Client, act: Callable[..., Any], everything: Account, owner: User
) -> None:
    desk.post(reverse("admin:accounts_user_change", args=[owner.pk]), {"name": "Анна"})
    assert User.objects.get(pk=owner.pk).is_active  # no field of the page can close the login
    act("accounts_user", "close_login", owner)
    closed = User.objects.get(pk=owner.pk)
    assert (closed.is_active, closed.has_usable_password()) == (False, False)
    assert not Session.objects.filter(user=owner).exists()
    assert not TemporaryPassword.objects.filter(user=owner, voided_at=None, used_at=None).exists()
    assert AuditEvent.objects.get(action="login.closed").by_staff
    trunk = Subscriber.objects.filter(account=everything, trunk=None).first()
    assert trunk
    Subscriber.objects.filter(pk=trunk.pk).update(phone=owner.phone)
    number = Subscriber.objects.filter(account=everything).exclude(trunk=None).first()
    page = act("subscribers_subscriber", "open_login", trunk, *([number] if number else []))
    assert User.objects.get(pk=owner.pk).is_active
    assert not User.objects.get(pk=owner.pk).has_usable_password()
    assert ("действующего SIP-соединения" in page.content.decode()) == (number is not None)


def test_a_persons_login_is_closed_and_a_number_has_one(desk: Client) -> None:
    person = StaffFactory.create()
    desk.post(reverse("admin:accounts_user_change", args=[person.pk]), {"name": "Инна"})
    assert not User.objects.get(pk=person.pk).is_active
    again = StaffFactory.create(phone=person.phone)
    page = desk.post(reverse("admin:accounts_user_change", args=[person.pk]), {"name": "Инна", "is_active": "on"})
    assert page.context["adminform"].form.errors["is_active"]
    fields = {"phone": again.phone, "name": "Инна", "new_password": "сложно-но-можно-7", "groups": []}
    assert desk.post(reverse("admin:accounts_user_add"), fields).context["adminform"].form.errors["phone"]


def test_a_desk_without_a_journal_refuses_to_record() -> None:
    with pytest.raises(NotImplementedError):
        staff.Desk().record(None, account=None, action="", summary="", details={})  # type: ignore[arg-type]


def test_sessions_have_no_page_whose_address_is_their_key(desk: Client, everything: Account) -> None:
    key = Session.objects.get(session_key="session-key-of-owner").pk
    page = desk.get(reverse("admin:accounts_session_changelist")).content.decode()
    assert key not in page
    assert desk.get(reverse("admin:accounts_session_change", args=[key])).status_code == 302


def _permissions(*names: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names, content_type__app_label="accounts")


def test_the_first_person_of_the_staff_is_made_by_command(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "сложно-но-можно-7")
    call_command("createsuperuser", "--noinput", "--phone", "8 029 611-22-33", verbosity=0)
    person = User.objects.get(phone="+375296112233")
    assert (person.is_staff, person.is_superuser, person.account) == (True, True, None)
    assert person.check_password("сложно-но-можно-7")


def test_the_command_refuses_what_is_no_phone(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "сложно-но-можно-7")
    with pytest.raises((CommandError, DomainError)):
        call_command("createsuperuser", "--noinput", "--phone", "двенадцать", verbosity=0)
    assert not User.objects.exists()
