"""The SIP password: shown for a minute after a step-up, changed once per form, put into files on request (3.4)."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from accounts.services import step_up
from accounts.tests.factories import PASSWORD
from subscribers.models import Operation, OperationKind, ProvisioningJob, SipAccount
from subscribers.services import operations, sip_accounts
from subscribers.sip import FILES
from subscribers.switch import sip_passwords
from subscribers.tests.factories import NumberFactory
from subscribers.tests.sip_cast import SECRET, access_of, read_asterisk

ADDRESS = "203.0.113.9"


@pytest.fixture
def row(account: Account) -> SipAccount:
    return access_of(account)


def url(name: str, row: SipAccount) -> str:
    return reverse(f"subscribers:{name}", args=[row.pk])


def show(client: Client, row: SipAccount, password: str = PASSWORD) -> Any:
    return client.post(url("sip_password", row), {"password": password}, REMOTE_ADDR=ADDRESS)


def change(client: Client, row: SipAccount, form: str = "form-1", password: str = PASSWORD) -> Any:
    sent = {"password": password, "token": form}
    return client.post(url("sip_password_change", row), sent, REMOTE_ADDR=ADDRESS)


def settings_of(client: Client, row: SipAccount, **sent: str) -> Any:
    return client.post(url("sip_settings", row), sent, REMOTE_ADDR=ADDRESS)


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


# --- Shown -----------------------------------------------------------------------------------------------------------
def test_the_account_password_is_asked_for_before_the_sip_password_is_shown(row: SipAccount, client: Client) -> None:
    question = client.post(url("sip_password", row))
    assert question.status_code == 200
    assert "password" in question.context["form"].fields
    assert SECRET not in question.content.decode()
    assert not events("sip.password_shown")
    assert SECRET in show(client, row).content.decode()


def test_each_showing_is_in_the_journal_without_the_secret(row: SipAccount, client: Client, owner: User) -> None:
    show(client, row)
    show(client, row)
    shown = events("sip.password_shown")
    assert len(shown) == 2
    assert (shown[0].account, shown[0].user, shown[0].address) == (row.account, owner, ADDRESS)
    assert "+375 44 711-20-30" in shown[0].summary
    assert SECRET not in f"{shown[0].summary}{shown[0].details}"


def test_the_shown_page_is_kept_nowhere_and_leaves_by_itself(row: SipAccount, client: Client) -> None:
    answer = show(client, row)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Refresh"] == f"60; url={url('sip_parameters', row)}?hidden=1"
    page = answer.content.decode()
    assert 'data-secret-seconds="60"' in page
    assert "Скрыть" in page
    hidden = client.get(f"{url('sip_parameters', row)}?hidden=1").content.decode()
    assert "Пароль SIP скрыт" in hidden
    assert SECRET not in hidden


def test_a_get_shows_nothing_and_leads_to_the_page(row: SipAccount, client: Client) -> None:
    for query in ("", f"?password={PASSWORD}"):
        assert client.get(url("sip_password", row) + query).headers["Location"] == url("sip_parameters", row)
    assert not events("sip.password_shown")


@pytest.mark.parametrize("typed", ["", "неверный", PASSWORD.upper(), f"{PASSWORD} "])
def test_a_wrong_account_password_shows_nothing(typed: str, row: SipAccount, client: Client) -> None:
    answer = show(client, row, typed)
    assert SECRET not in answer.content.decode()
    assert answer.context["form"].errors["password"]
    assert "Refresh" not in answer.headers
    assert not events("sip.password_shown")


def test_without_the_step_up_the_fault_is_seen(
    row: SipAccount, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_up, "confirm", lambda **_kwargs: None)
    assert SECRET in show(client, row, "неверный").content.decode()


def test_attempts_are_counted_and_the_right_password_comes_too_late(
    row: SipAccount, client: Client, settings: Settings
) -> None:
    for _attempt in range(settings.SIGN_IN_LIMITS["own"]):
        show(client, row, "неверный")
    answer = show(client, row)
    assert SECRET not in answer.content.decode()
    assert "Слишком много попыток" in answer.content.decode()


def test_on_a_number_it_is_the_trunks_password(row: SipAccount, client: Client) -> None:
    number = NumberFactory.create(trunk=row.trunk)
    shown = client.post(reverse("subscribers:sip_password", args=[number.pk]), {"password": PASSWORD})
    assert SECRET in shown.content.decode()


def test_a_password_that_no_key_opens_is_a_refusal_that_says_what_to_do(row: SipAccount, client: Client) -> None:
    SipAccount.objects.update(password_sealed="gAAAAA-nonsense")
    answer = show(client, row)
    assert answer.status_code == 200
    assert "прочитать нельзя. Смените его." in answer.content.decode()


def test_a_token_moved_from_another_row_is_refused(row: SipAccount, client: Client) -> None:
    from subscribers.tests.sip_factories import SipAccountFactory

    other = SipAccountFactory.create(password="ЧужойПароль")
    SipAccount.objects.filter(pk=row.pk).update(password_sealed=other.password_sealed)
    page = show(client, row).content.decode()
    assert "ЧужойПароль" not in page
    assert "прочитать нельзя" in page


# --- Changed ---------------------------------------------------------------------------------------------------------
def test_the_change_says_what_it_means_and_asks_for_the_account_password(row: SipAccount, client: Client) -> None:
    page = client.get(url("sip_password_change", row))
    assert "перестанет регистрироваться" in page.content.decode()
    assert {"password", "token"} == set(page.context["form"].fields)
    assert not Operation.objects.exists()


def test_a_change_gives_a_new_random_password_once_shown(row: SipAccount, client: Client, owner: User) -> None:
    answer = change(client, row)
    row.refresh_from_db()
    new = sip_passwords.password_of(row)
    assert new != SECRET
    assert len(new) == 20
    assert new in answer.content.decode()
    assert answer.headers["Refresh"].startswith("60; ")
    assert answer.headers["Cache-Control"] == "no-store"
    operation = Operation.objects.get()
    assert (operation.kind, operation.subscriber, operation.made_by) == (OperationKind.SIP_PASSWORD, row.trunk, owner)
    assert new not in str(operation.changes)
    assert operation.number in answer.content.decode()
    assert [event.address for event in events("sip.password_changed")] == [ADDRESS]


def test_the_switch_is_told_of_a_new_password_without_it(row: SipAccount, client: Client) -> None:
    change(client, row)
    job = ProvisioningJob.objects.get()
    row.refresh_from_db()
    desired = job.subscriber.provisioning.desired
    assert desired["sip"]["password_of"] == row.password_changed_at.isoformat()
    assert sip_passwords.password_of(row) not in str(desired)


def test_the_same_form_sent_twice_changes_the_password_once(row: SipAccount, client: Client) -> None:
    change(client, row)
    row.refresh_from_db()
    new = sip_passwords.password_of(row)
    again = change(client, row).content.decode()
    row.refresh_from_db()
    assert sip_passwords.password_of(row) == new
    assert Operation.objects.count() == 1
    assert "Пароль SIP уже изменён" in again
    assert "Показать пароль" in again
    assert new not in again
    assert "Пароль SIP изменён" in change(client, row, "form-2").content.decode()
    assert Operation.objects.count() == 2


def test_a_wrong_account_password_changes_nothing_and_keeps_the_form(row: SipAccount, client: Client) -> None:
    answer = change(client, row, password="неверный")
    assert 'value="form-1"' in answer.content.decode()
    row.refresh_from_db()
    assert sip_passwords.password_of(row) == SECRET
    assert not Operation.objects.exists()


def test_passwords_never_repeat_and_hold_only_plain_signs() -> None:
    passwords = {sip_passwords.new_password() for _ in range(2000)}
    assert len(passwords) == 2000
    assert all(re.fullmatch(r"[A-HJ-NP-Za-km-z2-9]{20}", password) for password in passwords)


def changed_in_parallel(row: SipAccount, owner: User, times: int) -> None:
    def one(_number: int) -> None:
        try:
            sip_accounts.change_password(trunk=row.trunk, by=Actor(owner, token="form-1"))
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_confirmations_of_one_form_make_one_change(row: SipAccount, owner: User) -> None:
    changed_in_parallel(row, owner, 50)
    assert Operation.objects.count() == 1
    assert ProvisioningJob.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_forms_mark_they_make_more(row: SipAccount, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_dedupe_key", lambda _subscriber, _token: None)
    changed_in_parallel(row, owner, 3)
    assert Operation.objects.count() == 3


# --- Files -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", FILES)
def test_a_file_without_the_password_needs_no_step_up(kind: str, row: SipAccount, client: Client) -> None:
    answer = settings_of(client, row, kind=kind, secret="without")
    text = answer.content.decode()
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{kind}-sip-375447112030.')
    assert answer.headers["Cache-Control"] == "no-store"
    assert "375447112030" in text
    assert "Пароль SIP впишите" in text
    assert SECRET not in text
    assert not events("sip.password_shown")


@pytest.mark.parametrize("kind", FILES)
def test_a_file_with_the_password_needs_the_account_password(kind: str, row: SipAccount, client: Client) -> None:
    for typed in ("", "неверный"):
        refused = settings_of(client, row, kind=kind, secret="with", password=typed)
        assert "Content-Disposition" not in refused.headers
        assert SECRET not in refused.content.decode()
        assert refused.context["form"].errors["password"]
        assert f'value="{kind}"' in refused.content.decode()
    answer = settings_of(client, row, kind=kind, secret="with", password=PASSWORD)
    assert SECRET in answer.content.decode()
    assert [FILES[kind].name in event.summary for event in events("sip.password_shown")] == [True]


def test_the_file_holds_what_the_page_shows(row: SipAccount, client: Client) -> None:
    page = client.get(url("sip_parameters", row)).content.decode()
    text = settings_of(client, row, kind="asterisk", secret="with", password=PASSWORD).content.decode()
    auth = dict(read_asterisk(text)["sip-375447112030-auth"])
    assert auth["password"] == SECRET
    for value in (auth["username"], auth["realm"]):
        assert f'data-copy="{value}"' in page


def test_the_memo_is_a_page_to_print_with_or_without_the_password(row: SipAccount, client: Client) -> None:
    empty = settings_of(client, row, kind="memo", secret="without")
    assert "место для пароля" in empty.content.decode()
    assert "Refresh" not in empty.headers
    full = settings_of(client, row, kind="memo", secret="with", password=PASSWORD)
    assert SECRET in full.content.decode()
    assert full.headers["Refresh"].startswith("60; ")
    assert [event.summary for event in events("sip.password_shown")] == [
        "Показан пароль SIP, +375 44 711-20-30: в настройках «Памятка»"
    ]


@pytest.mark.parametrize("sent", [{}, {"kind": "cisco", "secret": "without"}, {"kind": "asterisk"}])
def test_what_is_not_offered_is_refused_beside_its_field(sent: dict[str, str], row: SipAccount, client: Client) -> None:
    answer = settings_of(client, row, **sent)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "Content-Disposition" not in answer.headers


def test_a_password_that_a_format_cannot_carry_is_a_refusal(row: SipAccount, client: Client) -> None:
    SipAccount.objects.update(password_sealed=sip_passwords.seal(row.trunk, 'a"b#c'))
    refused = settings_of(client, row, kind="yealink", secret="with", password=PASSWORD)
    assert "Файл Yealink не может передать" in refused.content.decode()
    assert settings_of(client, row, kind="asterisk", secret="with", password=PASSWORD).status_code == 200


def test_equipment_without_registration_is_offered_no_password(row: SipAccount, client: Client) -> None:
    SipAccount.objects.update(mode="by_address", allowed_addresses=["203.0.113.7"])
    assert set(client.get(url("sip_settings", row)).context["form"].fields) == {"kind"}
    answer = settings_of(client, row, kind="asterisk", secret="with", password=PASSWORD)
    assert SECRET not in answer.content.decode()
    assert "203.0.113.7" in answer.content.decode()
