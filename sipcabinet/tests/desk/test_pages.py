"""Every page of the desk opens for staff and for nobody else; no page contains a secret."""

from base64 import b32encode
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Account, Session, User
from accounts.tests.factories import StaffFactory
from billing.models import StatementImport
from sipcabinet.tests.desk.tables import MODELS, everything, pages, url
from subscribers.models import CallImport, CallSource, Destination, Subscriber

__all__ = ["everything"]

pytestmark = pytest.mark.django_db

APPEND_ONLY_OR_PROTECTED = [model for model in MODELS if model._meta.label != "auth.Group"]
UPLOADED = (StatementImport, CallImport, CallSource)  # «add» leads to a page of the desk
TOTP_KEY = "ab" * 20
# Hashes of passwords, keys of sessions, keys of second factors in both spellings, SIP passwords open and sealed.
SECRETS = (
    "argon2",
    "session-key-of-owner",
    TOTP_KEY,
    b32encode(bytes.fromhex(TOTP_KEY)).decode(),
    "SipSecret23456789abc",
    "gAAAAA",
)


@pytest.fixture
def owner(everything: Account) -> User:
    return User.objects.get(account=everything)


def test_the_desk_has_every_table_of_the_rooms() -> None:
    labels = {model._meta.label for model in MODELS}
    assert labels >= {
        "accounts.Customer", "accounts.Account", "accounts.User", "accounts.AuditEvent", "accounts.SignIn",
        "accounts.Session", "accounts.PasswordRequest", "accounts.TemporaryPassword", "notifications.Letter",
        "subscribers.TariffPlan", "subscribers.PlanTerms", "subscribers.Destination", "subscribers.Rate",
        "subscribers.Subscriber", "subscribers.CallSource", "subscribers.CallImport", "subscribers.CallReject",
        "subscribers.BillingMonth", "subscribers.Allowance", "subscribers.CallDailyTotal",
        "subscribers.ChannelPackage", "subscribers.ChannelPrice", "subscribers.ChannelAssignment",
        "billing.DocumentOrder", "billing.Document",
    }  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_pages_open_for_staff_and_hold_no_secret(model: Any, desk: Client, everything: Account) -> None:
    for address in pages(model):
        response = desk.get(address)
        may_not = address.endswith("/add/") and response.status_code == 403
        no_page = model is Session and response.status_code == 302
        uploaded = model in UPLOADED and address.endswith("/add/") and response.status_code == 302
        assert response.status_code == 200 or may_not or no_page or uploaded, address
        page = response.content.decode()
        assert not any(secret in page for secret in SECRETS), address


@pytest.mark.full  # the access matrix asks the same for every URL of the desk
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_pages_are_refused_to_everybody_else(
    model: Any, everything: Account, owner: User, client_of: Callable[[User], Client]
) -> None:
    unproven = StaffFactory.create(device=False)
    for browser in (Client(), client_of(owner), client_of(unproven)):
        for address in pages(model):
            response = browser.get(address)
            assert response.status_code in {302, 403, 404}, address
            assert "result_list" not in response.content.decode()


@pytest.mark.full
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_staff_without_rights_see_nothing(model: Any, everything: Account, client_of: Callable[[User], Client]) -> None:
    clerk = client_of(StaffFactory.create(is_superuser=False))
    assert clerk.get(pages(model)[0]).status_code == 403


@pytest.mark.parametrize("model", APPEND_ONLY_OR_PROTECTED, ids=lambda model: model._meta.label)
def test_nothing_of_the_past_can_be_deleted(model: Any, desk: Client, everything: Account) -> None:
    row = model._default_manager.order_by("pk").first()
    before = model._default_manager.count()
    response = desk.post(url(model, "delete", row.pk), {"post": "yes"})
    assert response.status_code in {302, 403}
    bulk = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    desk.post(url(model, "changelist"), bulk)
    assert model._default_manager.count() == before


@pytest.mark.parametrize(
    "words",
    ["8 044 711-20-30", "'\"\\", *(pytest.param(one, marks=pytest.mark.full) for one in ("Полесские", "%", "400100"))],
)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_can_be_searched(model: Any, words: str, desk: Client, everything: Account) -> None:
    assert desk.get(url(model, "changelist"), {"q": words}).status_code == 200


@pytest.mark.parametrize(
    "spelling", ["+375 44 711-20-30", "8 044 711 20 30", "447112030", "711-20-30", "(44) 711.20.30"]
)
def test_a_phone_is_found_in_any_spelling(spelling: str, desk: Client, everything: Account, owner: User) -> None:
    Subscriber.objects.filter(account=everything, trunk=None).update(phone="+375447112030")
    User.objects.filter(pk=owner.pk).update(phone="+375447112030")
    for model in (Subscriber, User, Account):
        page = desk.get(url(model, "changelist"), {"q": spelling}).content.decode()
        found = "+375 44 711-20-30" if model is not Account else everything.number
        assert found in page.split('id="result_list"')[1], model


def test_words_of_a_name_are_no_phone(desk: Client, everything: Account) -> None:
    page = desk.get(url(Subscriber, "changelist"), {"q": "нет такого 44"}).content.decode()
    assert "result_list" not in page


def test_the_door_leads_to_the_second_factor(client_of: Callable[[User], Client], db: None) -> None:
    browser = client_of(StaffFactory.create(device=False))
    response = browser.get(reverse("admin:index"), follow=True)
    assert all(
        "/admin/login/" in step or "sign-in" in step or "code" in step for step, _status in response.redirect_chain
    )
    assert response.redirect_chain


def test_leaving_and_a_new_password_are_the_portals_own(desk: Client, staff: User) -> None:
    assert desk.get(reverse("admin:password_change")).url == reverse("accounts:password_change")  # type: ignore[attr-defined]
    assert desk.get(reverse("admin:logout")).status_code == 405
    assert desk.post(reverse("admin:logout")).url == reverse("accounts:sign_in")  # type: ignore[attr-defined]
    assert not Session.objects.filter(user=staff).exists()


def test_pages_carry_the_strict_policy_and_no_inline_code(desk: Client, everything: Account) -> None:
    for address in [
        reverse("admin:index"),
        url(Subscriber, "changelist"),
        url(Subscriber, "add"),
        url(CallSource, "add"),
    ]:
        response = desk.get(address)
        assert "'unsafe" not in response.headers["Content-Security-Policy"]
        page = response.content.decode()
        assert " style=" not in page
        assert "<script>" not in page
        assert "onclick=" not in page


def test_libraries_own_pages_of_secrets_are_gone() -> None:
    for name in ("otp_totp_totpdevice_config", "otp_totp_totpdevice_changelist", "otp_static_staticdevice_changelist"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{name}", args=[1] if "config" in name or "qrcode" in name else [])


def test_each_page_says_once_whose_time_it_shows(desk: Client) -> None:
    text = desk.get(url(Destination, "add")).content.decode()
    assert text.count("Время в кабинете — минское") == 1
    assert 'data-admin-utc-offset="10800"' in text
    assert "/js/desk." in text
