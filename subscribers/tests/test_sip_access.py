"""SIP access set by staff: modes, transports, addresses; issued to trunks, with passwords never shown (3.4, 4.11)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from sipcabinet.tests.at_once import at_once
from subscribers.models import Operation, OperationKind, PlanKind, Provisioning, SipAccount, SipPlatform
from subscribers.services import numbers, sip_access, sip_accounts
from subscribers.services.sip_accounts import SipError
from subscribers.switch import sip_passwords
from subscribers.tests.factories import NumberFactory, PlanTermsFactory, TariffPlanFactory, TrunkFactory
from subscribers.tests.sip_cast import SECRET, access_of
from subscribers.tests.sip_factories import SipAccountFactory, SipPlatformFactory


@pytest.fixture
def row(account: Account) -> SipAccount:
    return access_of(account)


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)


def set_access(row: SipAccount, **changed: Any) -> Operation | None:
    given = {"mode": row.mode, "transport": row.transport, "allowed_addresses": row.allowed_addresses, "user": None}
    return sip_access.set_access(trunk=row.trunk, **given | changed)


def test_access_by_addresses_is_an_operation_and_told_to_the_switch(row: SipAccount, staff: User) -> None:
    operation = set_access(row, mode="by_address", allowed_addresses=["203.0.113.7"], user=staff, reason="Заявление")
    assert operation is not None
    assert operation.kind == OperationKind.SIP_ACCESS
    assert [(change["name"], change["now"]) for change in operation.changes] == [
        ("Режим", "по IP-адресам, без регистрации"),
        ("Разрешённые адреса", "203.0.113.7"),
    ]
    row.refresh_from_db()
    assert (row.mode, row.allowed_addresses) == ("by_address", ["203.0.113.7"])
    assert Provisioning.objects.get(subscriber=row.trunk).desired["sip"]["allowed_addresses"] == ["203.0.113.7"]
    event = AuditEvent.objects.get(action="sip.access_changed")
    assert event.by_staff


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["203.0.113.7", " 203.0.113.7/32 ", ""], ["203.0.113.7"]),
        (["203.0.113.16/28", "10.1.0.0/16"], ["203.0.113.16/28", "10.1.0.0/16"]),
        (["2001:DB8::1", "2001:db8:1::/48"], ["2001:db8::1", "2001:db8:1::/48"]),
    ],
)
def test_addresses_are_kept_in_one_spelling_each_once(typed: list[str], kept: list[str]) -> None:
    assert sip_access.checked_addresses(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["0.0.0.0/0", "::/0", "203.0.0.0/8", "2001::/16", "203.0.113.7/28", "203.0.113", "office", "203.0.113.7;x",
     "1.2.3.4 ;", "127.0.0.1", "::1", "224.0.0.5", "0.0.0.0/32", "169.254.1.1", "fe80::1", "203.0.113.7:5060",
     "999.1.1.1"],
)  # fmt: skip
def test_what_is_no_address_or_too_wide_is_refused(typed: str) -> None:
    with pytest.raises(SipError) as refusal:
        sip_access.checked_addresses([typed])
    assert refusal.value.field == "allowed_addresses"


def test_too_many_addresses_are_refused() -> None:
    with pytest.raises(SipError, match="Не больше 32"):
        sip_access.checked_addresses(f"203.0.113.{last}" for last in range(1, 34))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"mode": "by_address"}, "allowed_addresses"),
        ({"mode": "anyhow"}, "mode"),
        ({"transport": "ws"}, "transport"),
        ({"transport": "tls"}, "transport"),
    ],
)
def test_a_refusal_names_its_field_and_writes_nothing(changed: dict[str, Any], field: str, row: SipAccount) -> None:
    SipPlatform.objects.update(transports=["udp", "tcp"])
    with pytest.raises(SipError) as refusal:
        set_access(row, **changed)
    assert refusal.value.field == field
    assert not Operation.objects.exists()


def neighbour(row: SipAccount, *addresses: str, **changed: Any) -> SipAccount:
    """Another trunk of another customer on the same platform, that calls from these addresses."""
    told = {"platform": row.platform, "mode": "by_address", "allowed_addresses": list(addresses)}
    trunk = changed.pop("trunk", None) or TrunkFactory.create(phone="+375447112050")
    return SipAccountFactory.create(trunk=trunk, **told | changed)


@pytest.mark.parametrize(
    ("theirs", "typed"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.0/28"),
        ("2001:db8:1::/48", "2001:db8:1::5"),
    ],
)
def test_an_address_of_another_trunk_is_refused(row: SipAccount, theirs: str, typed: str) -> None:
    """Two trunks with one address would mix up the calls of two customers."""
    neighbour(row, "198.51.100.9", theirs)
    with pytest.raises(SipError, match=f"{typed}.*44 711-20-50") as refusal:
        set_access(row, mode="by_address", allowed_addresses=["192.0.2.200", typed])
    assert refusal.value.field == "allowed_addresses"
    assert not Operation.objects.exists()
    assert set_access(row, allowed_addresses=[typed])  # with a password the address lets nobody in


def test_addresses_that_nobody_calls_from_are_free(row: SipAccount) -> None:
    """Of a closed trunk, of one that registers, of one on another platform, and its own."""
    other = neighbour(row, "203.0.113.7")
    numbers.close(subscriber=other.trunk)
    assert set_access(row, mode="by_address", allowed_addresses=["203.0.113.7"])
    row.refresh_from_db()
    assert set_access(row, allowed_addresses=["203.0.113.0/28"])
    row.refresh_from_db()
    elsewhere = SipPlatformFactory.create(name="Минск-2", is_default=False)
    SipAccount.objects.filter(pk=other.pk).delete()
    for phone, told in (("+375447112051", {"mode": "registration"}), ("+375447112052", {"platform": elsewhere})):
        neighbour(row, "198.51.100.7", trunk=TrunkFactory.create(phone=phone), **told)
    assert set_access(row, allowed_addresses=["198.51.100.7"])


@pytest.mark.django_db(transaction=True)
def test_of_two_trunks_that_take_an_address_at_once_one_gets_it(row: SipAccount) -> None:
    other = neighbour(row, mode="registration")

    def tried(one: SipAccount) -> str:
        try:
            set_access(one, mode="by_address", allowed_addresses=["203.0.113.7"])
        except SipError as refusal:
            return refusal.field
        return ""

    assert sorted(at_once([lambda: tried(row), lambda: tried(other)])) == ["", "allowed_addresses"]


def test_nothing_changed_is_no_operation(row: SipAccount) -> None:
    assert set_access(row) is None
    assert not Operation.objects.exists()


def test_a_disconnected_trunk_is_left_alone(row: SipAccount, staff: User) -> None:
    numbers.close(subscriber=row.trunk)
    with pytest.raises(SipError, match="отключено"):
        set_access(row, transport="tcp")
    with pytest.raises(SipError, match="отключено"):
        sip_accounts.change_password(trunk=row.trunk, by=Actor(staff))


def test_a_trunk_opened_without_access_gets_it_later(account: Account, staff: User) -> None:
    trunk = TrunkFactory.create(account=account)
    with pytest.raises(SipError, match="Нет платформы"):
        sip_accounts.issue_later(trunk=trunk, user=staff)
    SipPlatformFactory.create()
    operation = sip_accounts.issue_later(trunk=trunk, user=staff)
    assert operation.kind == OperationKind.SIP_ACCESS
    assert Provisioning.objects.get(subscriber=trunk).desired["sip"]["auth_name"] == trunk.phone.removeprefix("+")
    with pytest.raises(SipError, match="уже выданы"):
        sip_accounts.issue_later(trunk=trunk, user=staff)
    with pytest.raises(SipError, match="только у SIP-соединения"):
        sip_accounts.issue_later(trunk=NumberFactory.create(trunk=trunk), user=staff)


def test_a_number_that_comes_back_has_a_login_of_its_own(account: Account) -> None:
    """The former trunk with the number keeps its login, which the switch has yet to delete."""
    SipPlatformFactory.create()
    plan = TariffPlanFactory.create(kind=PlanKind.TRUNK)
    PlanTermsFactory.create(plan=plan, included_channels=0)
    names = []
    for _time in range(3):
        trunk = numbers.open_trunk(account=account, phone="+375447112030", plan=plan)
        names.append(SipAccount.objects.get(trunk=trunk).auth_name)
        numbers.close(subscriber=trunk)
    assert names == ["375447112030", "375447112030-2", "375447112030-3"]


# --- The desk --------------------------------------------------------------------------------------------------------
def access_page(row: SipAccount) -> str:
    return reverse("admin:subscribers_sipaccount_change", args=[row.pk])


def act(desk: Client, model: str, action: str, *rows: Any) -> str:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    page: str = desk.post(reverse(f"admin:subscribers_{model}_changelist"), chosen, follow=True).content.decode()
    return page


def test_staff_set_the_access_through_the_service(row: SipAccount, desk: Client, staff: User) -> None:
    sent = {
        "mode": "by_address",
        "transport": "tcp",
        "allowed_addresses": "203.0.113.7\n203.0.113.16/28",
        "reason": "№ 7",
    }
    assert desk.post(access_page(row), sent).status_code == 302
    row.refresh_from_db()
    assert (row.mode, row.transport) == ("by_address", "tcp")
    assert row.allowed_addresses == ["203.0.113.7", "203.0.113.16/28"]
    operation = Operation.objects.get()
    assert (operation.made_by, operation.reason) == (staff, "№ 7")
    assert AuditEvent.objects.filter(account=row.account, by_staff=True).count() == 1
    desk.post(access_page(row), sent | {"reason": ""})
    assert Operation.objects.count() == 1


def test_a_wrong_address_stands_beside_its_field(row: SipAccount, desk: Client) -> None:
    sent = {"mode": "by_address", "transport": "udp", "allowed_addresses": "0.0.0.0/0"}
    page = desk.post(access_page(row), sent)
    assert page.status_code == 200
    assert "слишком велика" in page.content.decode()
    assert "0.0.0.0/0</textarea>" in page.content.decode()
    row.refresh_from_db()
    assert row.mode == "registration"


def test_an_address_of_another_trunk_stands_beside_its_field(row: SipAccount, desk: Client) -> None:
    neighbour(row, "203.0.113.7")
    sent = {"mode": "by_address", "transport": "udp", "allowed_addresses": "203.0.113.7"}
    page = desk.post(access_page(row), sent)
    assert page.status_code == 200
    assert "занят" in page.context["adminform"].form.errors["allowed_addresses"][0]


def test_staff_cannot_write_a_login_or_password(row: SipAccount, desk: Client) -> None:
    sent = {"mode": "registration", "transport": "tcp", "allowed_addresses": ""}
    desk.post(access_page(row), sent | {"login": "x", "auth_name": "x", "password_sealed": "x", "platform": "0"})
    row.refresh_from_db()
    assert (row.login, row.auth_name, sip_passwords.password_of(row)) == ("375447112030", "375447112030", SECRET)


def test_staff_change_a_password_without_seeing_it(row: SipAccount, desk: Client, staff: User) -> None:
    page = act(desk, "sipaccount", "change_password", row)
    row.refresh_from_db()
    new = sip_passwords.password_of(row)
    assert new != SECRET
    assert "Сменено паролей SIP: 1" in page
    assert new not in page
    assert Operation.objects.get().made_by == staff
    for address in (access_page(row), reverse("admin:subscribers_sipaccount_changelist")):
        shown = desk.get(address).content.decode()
        assert new not in shown
        assert row.password_sealed not in shown


def test_staff_issue_access_from_the_list_of_numbers(account: Account, desk: Client) -> None:
    SipPlatformFactory.create()
    trunk = TrunkFactory.create(account=account)
    number = NumberFactory.create(trunk=trunk)
    page = act(desk, "subscriber", "issue_sip", trunk, number)
    assert "Выдано параметров SIP: 1" in page
    assert "только у SIP-соединения" in page
    assert SipAccount.objects.get().trunk == trunk


PLATFORM = {
    "name": "Минск-2", "domain": "sip2.operator.example", "registrar": "sip2.operator.example", "outbound_proxy": "",
    "port": "5060", "tls_port": "5061", "transports": ["udp", "tls"], "register_seconds": "300",
    "codecs": "G.711A\nG.729", "dtmf": "RFC 4733", "number_format": "E.164", "signalling_networks": "192.0.2.0/28",
    "media_networks": "198.51.100.0/24\n198.51.101.0/24", "rtp_port_from": "10000", "rtp_port_to": "20000",
}  # fmt: skip


def test_staff_add_a_platform(db: None, desk: Client) -> None:
    desk.post(reverse("admin:subscribers_sipplatform_add"), PLATFORM)
    platform = SipPlatform.objects.get()
    assert (platform.codecs, platform.transports) == (["G.711A", "G.729"], ["udp", "tls"])
    assert platform.media_networks == ["198.51.100.0/24", "198.51.101.0/24"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("codecs", "G.711A\nSiren"),
        ("dtmf", "свисток"),
        ("domain", "sip.example;x"),
        ("registrar", "sip.example:5060"),
        ("outbound_proxy", "два слова"),
        ("media_networks", "198.51.100.7/24"),
        ("signalling_networks", ""),
        ("transports", "ws"),
        ("rtp_port_to", "9"),
    ],
)
def test_a_platform_holds_only_what_equipment_understands(field: str, typed: str, db: None, desk: Client) -> None:
    page = desk.post(reverse("admin:subscribers_sipplatform_add"), PLATFORM | {field: typed})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert not SipPlatform.objects.exists()


def test_the_domain_of_a_platform_in_use_stays(row: SipAccount, desk: Client) -> None:
    desk.post(reverse("admin:subscribers_sipplatform_change", args=[row.platform_id]), PLATFORM)
    row.platform.refresh_from_db()
    assert (row.platform.name, row.platform.domain) == ("Минск-2", "sip.operator.example")
