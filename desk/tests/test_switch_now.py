"""«Коммутатор сейчас» at the desk (3.4): who may open it, and what stands there without a switch."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AuditEvent, Look
from accounts.tests.factories import AccountFactory, UserFactory
from desk.selectors import switch as selectors
from desk.tests.cast import clerk
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import SwitchTransfer
from subscribers.switch import live
from subscribers.switch.live import Known, Refusal, Registration, Talk
from subscribers.tests.factories import TrunkFactory
from subscribers.tests.sip_cast import access_of

pytestmark = pytest.mark.django_db
URL = reverse("admin:desk_switch")
VIEW = "subscribers.view_callrecord"


@pytest.fixture(autouse=True)
def with_an_empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_only_who_may_see_the_switch_opens_it() -> None:
    assert signed_in(clerk(VIEW)).get(URL).status_code == 200
    for right in ("subscribers.view_rate", "subscribers.view_provisioning"):
        assert signed_in(clerk(right)).get(URL).status_code == 403


def test_without_a_switch_and_with_one_that_is_away(settings: Settings) -> None:
    network = signed_in(clerk(VIEW))
    assert "Портал работает без коммутатора" in words(network.get(URL))
    settings.PROVISIONING_BACKEND = "kamailio"
    settings.KAMAILIO_DATABASE_URL = "postgres://cabinet@127.0.0.1:1/kamailio"
    assert "Коммутатор не отвечает порталу" in words(network.get(URL))


@pytest.fixture
def known(account: Account, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Known:
    """One registered device, one call and one refusal of the account's trunk."""
    settings.PROVISIONING_BACKEND, settings.KAMAILIO_DATABASE_URL = "kamailio", "postgres://cabinet@127.0.0.1:1/x"
    login = access_of(account).auth_name
    now = clock.now()
    found = Known(
        [Registration(login, "203.0.113.7:5060", "Yealink T31P", now, now + timedelta(minutes=5))],
        [Talk(now, "+375447112030", "+375297010117", (login,))],
        [Refusal(now, "channels", login, "375447112030", "375297010117", "203.0.113.7")],
        last_seen=now,
        counts=(1, 1, 1),
    )
    monkeypatch.setattr(live, "everything", lambda: found)
    monkeypatch.setattr(live, "of_trunk", lambda _login, _domain: found)
    return found


def test_customers_devices_calls_and_refusals_are_shown(known: Known, account: Account) -> None:
    page = words(signed_in(clerk(VIEW, "subscribers.view_dialled_numbers")).get(URL))
    for shown in ("203.0.113.7:5060", "Yealink T31P", "+375 29 701-01-17", "заняты все каналы", account.customer.name):
        assert shown in page, shown
    assert Look.objects.filter(subject="switch").exists()


def test_other_parties_are_masked_without_the_right(known: Known) -> None:
    assert "701-01" not in words(signed_in(clerk(VIEW)).get(URL))


def test_a_trunk_has_a_page_with_what_is_wrong(known: Known, account: Account) -> None:
    trunk = account.subscribers.get()
    page = words(signed_in(clerk(VIEW)).get(reverse("admin:desk_switch_trunk", args=[trunk.pk])))
    assert "За сутки звонки не проходили, потому что были заняты все каналы" in page
    assert Look.objects.filter(account=account, subject=f"switch:{trunk.pk}").exists()


def test_a_foreign_number_that_a_trunk_shows_is_masked_too(
    account: Account, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [Refusal(clock.now(), "caller", known.refusals[0].login, "+375297010117", "+375297010118", "203.0.113.7")]
    monkeypatch.setattr(live, "of_trunk", lambda _login, _domain: replace(known, refusals=refused))
    address = reverse("admin:desk_switch_trunk", args=[account.subscribers.get().pk])
    page = words(signed_in(clerk(VIEW)).get(address))
    assert "показывает чужой номер: +375 29 •••-••-17" in page
    assert "701-01" not in page


def test_every_reason_of_the_switch_has_words() -> None:
    route = (django_settings.BASE_DIR / "switch" / "kamailio" / "kamailio.cfg").read_text()
    said = set(re.findall(r'\$var\((?:why|barred)\) = "([a-z-]+)"', route))
    assert said == set(selectors.REASONS)


def test_the_customer_sees_his_own_on_the_parameters(known: Known, account: Account) -> None:
    trunk = account.subscribers.get()
    owner = signed_in(UserFactory.create(account=account))
    page = words(owner.get(reverse("subscribers:sip_parameters", args=[trunk.pk])))
    assert "Всё ли настроено" in page
    assert "203.0.113.7:5060, Yealink T31P" in page
    assert "701-01" not in page


# --- The transfer of everything --------------------------------------------------------------------------------------
ORDER = reverse("admin:desk_switch_transfer")
TRANSFER = ("subscribers.view_switchtransfer", "subscribers.add_switchtransfer")


def test_a_transfer_shows_its_progress_its_speed_and_its_faults(known: Known, account: Account) -> None:
    trunk = TrunkFactory.create(account=AccountFactory.create())
    job = SwitchTransfer.objects.create(
        switch="kamailio db:5432/kamailio md5", total=1200, passed=300, changed=299, failed=1, reason="Новый сервер",
        faults=[{"subscriber": trunk.pk, "reason": "password"}], began_at=clock.now() - timedelta(minutes=3),
    )  # fmt: skip
    network = signed_in(clerk(VIEW, *TRANSFER))
    page = words(network.get(URL))
    for shown in (
        "Пройдено 300 из 1 200 абонентов", "В минуту: 100", "Осталось минут: 9", "kamailio db:5432/kamailio md5",
        trunk.account.customer.name, "пароль SIP не читается", "Передать всё заново",
    ):  # fmt: skip
        assert shown in page, shown
    status = network.get(reverse("admin:desk_switch_transfer_status", args=[job.pk]))
    assert "hx-get" in status.content.decode()
    SwitchTransfer.objects.update(state="done", finished_at=clock.now(), passed=1200)
    status = network.get(reverse("admin:desk_switch_transfer_status", args=[job.pk]))
    assert "hx-get" not in status.content.decode()
    assert "Передача всего" not in words(signed_in(clerk(VIEW)).get(URL))


def test_staff_order_a_transfer_with_a_reason(account: Account) -> None:
    network = signed_in(clerk(VIEW, *TRANSFER))
    assert "Укажите основание" in words(network.post(ORDER, {"reason": "  "}))
    assert not SwitchTransfer.objects.exists()
    assert network.post(ORDER, {"reason": "База восстановлена"}).headers["Location"] == URL
    job = SwitchTransfer.objects.get()
    assert (job.reason, job.ordered_by is not None, job.switch) == ("База восстановлена", True, "recording")
    again = words(network.post(ORDER, {"reason": "База"}))
    assert "Передача уже идёт" in again
    assert AuditEvent.objects.get(action="provisioning.transfer_begun").details["reason"] == "База восстановлена"
    for rights in ((VIEW,), (VIEW, TRANSFER[0])):
        assert signed_in(clerk(*rights)).get(ORDER).status_code == 403
