"""What the portal writes about trunks, numbers and services into Kamailio's own schema (3.2-3.4)."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from accounts.actor import Actor
from sipcabinet.lib import clock
from sipcabinet.tests.kamailio.switch import (
    DOMAIN,
    NUMBER,
    PASSWORD,
    PHONE,
    TOLD_TABLES,
    Switch,
    add,
    md5,
    tell,
    telling_of,
)
from subscribers.catalogue.services import ServiceCode
from subscribers.models import HoldKind, Provisioning, ProvisioningJob, SipAccount, Subscriber
from subscribers.services import numbers, pool, restrictions
from subscribers.switch import backends, jobs, open_numbers, sip_passwords
from subscribers.switch.backends import RefusedError
from subscribers.tests.factories import TrunkFactory
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]


# --- What is written --------------------------------------------------------------------------------------------------
def test_a_trunk_signs_in_by_hashes_alone(switch: Switch, trunk: Subscriber) -> None:
    tell(trunk)
    ha1 = md5(f"office-1:{DOMAIN}:{PASSWORD}")
    assert switch.hashes("office-1") == [("", ha1, md5(f"office-1@{DOMAIN}:{DOMAIN}:{PASSWORD}"))]
    preferences = switch.preferences("office-1")
    assert (preferences["channels"], preferences["sip-mode"], preferences["transport"]) == (
        ["10"],
        ["registration"],
        ["udp"],
    )
    types = switch.rows("SELECT type FROM usr_preferences WHERE attribute = 'channels'")
    assert types == [(1,)]


def test_a_new_password_replaces_the_hashes_and_is_nowhere_in_clear(switch: Switch, trunk: Subscriber) -> None:
    tell(trunk)
    new = "AnotherSecret23456789"
    sealed = sip_passwords.seal(trunk, new)
    SipAccount.objects.filter(pk=trunk.pk).update(password_sealed=sealed, password_changed_at=clock.now())
    with capture_logs() as logs:
        tell(trunk)
    (row,) = switch.hashes("office-1")
    assert row == ("", md5(f"office-1:{DOMAIN}:{new}"), md5(f"office-1@{DOMAIN}:{DOMAIN}:{new}"))
    ours = repr(list(Provisioning.objects.values())) + repr(list(ProvisioningJob.objects.values())) + str(logs)
    for secret in (new, PASSWORD, row[1]):
        assert secret not in ours
    for secret in (new, PASSWORD):
        assert secret not in switch.everything()


def test_numbers_lead_to_their_trunk(switch: Switch, trunk: Subscriber, number: Subscriber) -> None:
    tell(trunk, number)
    query = "SELECT alias_username, alias_domain, username, domain FROM dbaliases ORDER BY 1"
    target = ("office-1", DOMAIN)
    assert switch.rows(query) == [(PHONE[1:], DOMAIN, *target), (NUMBER[1:], DOMAIN, *target)]


def test_numbers_follow_a_trunk_that_got_another_login(switch: Switch, trunk: Subscriber, number: Subscriber) -> None:
    tell(trunk, number)
    SipAccount.objects.filter(pk=trunk.pk).update(auth_name="office-2")
    tell(trunk)
    assert switch.rows("SELECT DISTINCT username FROM dbaliases") == [("office-2",)]
    assert switch.hashes("office-1") == []
    assert switch.preferences("office-1") == {}
    assert len(switch.hashes("office-2")) == 1


def test_a_trunk_by_addresses_has_addresses_and_no_password(switch: Switch, trunk: Subscriber) -> None:
    tell(trunk)
    addresses = ["203.0.113.7", "198.51.100.0/28", "2001:db8::/64"]
    SipAccount.objects.filter(pk=trunk.pk).update(mode="by_address", allowed_addresses=addresses)
    tell(trunk)
    assert switch.hashes("office-1") == []
    told = switch.rows("SELECT ip_addr, mask, port, grp, tag FROM address ORDER BY mask")
    tag = f"office-1@{DOMAIN}"
    assert told == [
        ("198.51.100.0", 28, 0, 1, tag), ("203.0.113.7", 32, 0, 1, tag), ("2001:db8::", 64, 0, 1, tag),
    ]  # fmt: skip
    SipAccount.objects.filter(pk=trunk.pk).update(mode="registration")
    tell(trunk)
    assert switch.rows("SELECT * FROM address") == []
    assert len(switch.hashes("office-1")) == 1


def test_services_are_groups_and_preferences(switch: Switch, number: Subscriber) -> None:
    add(number, ServiceCode.FORWARD_BUSY, forward_to="+375172700001")
    add(number, ServiceCode.BLACK_LIST, numbers=["+375297010101", "+375333020202"])
    add(number, ServiceCode.HIDE_CALLER_ID)
    add(number, ServiceCode.MONTHLY_DETAIL)  # this service is only charged: the switch does nothing for it
    add(number, "their-own-service")
    tell(number)
    assert switch.groups(NUMBER) == {"hide-caller-id"}
    told = switch.preferences(NUMBER[1:])
    assert told.pop("cabinet-version") == ["1"]
    assert told == {"forward-busy": ["+375172700001"], "black-list": ["+375297010101", "+375333020202"]}


def test_what_others_wrote_of_a_number_stays(switch: Switch, number: Subscriber) -> None:
    switch.rows("INSERT INTO grp (username, domain, grp) VALUES (%s, %s, 'vip')", NUMBER[1:], DOMAIN)
    switch.rows(
        "INSERT INTO usr_preferences (uuid, username, domain, attribute, value) VALUES ('', %s, %s, 'ring', '3')",
        NUMBER[1:], DOMAIN,
    )  # fmt: skip
    add(number, ServiceCode.BAR_INCOMING)
    tell(number)
    assert switch.groups(NUMBER) == {"vip", "bar-incoming"}
    numbers.close(subscriber=number)
    tell(number)
    assert switch.groups(NUMBER) == {"vip"}
    assert switch.preferences(NUMBER[1:]) == {"ring": ["3"]}


# --- The end of a number ----------------------------------------------------------------------------------------------
def test_a_closed_trunk_leaves_its_version_alone(switch: Switch, trunk: Subscriber) -> None:
    add(trunk, ServiceCode.FORWARD_ALL, forward_to="+375172700001")
    restrictions.restrict(subscriber=trunk)
    tell(trunk)
    numbers.close(subscriber=trunk)
    tell(trunk)
    left = {table: switch.rows(f"SELECT * FROM {table}") for table in TOLD_TABLES}
    assert [table for table, rows in left.items() if rows] == ["usr_preferences"]
    (row,) = switch.rows("SELECT uuid, username, domain, attribute FROM usr_preferences")
    assert row == (f"cabinet-{trunk.pk}", "", "", "cabinet-version")


def closed_and_connected_again(old: Subscriber) -> Subscriber:
    """The number of a closed trunk, connected again for another customer before the switch has got the closing."""
    numbers.close(subscriber=old)
    pool.end(phone=old.phone, kind=HoldKind.QUARANTINE, by=Actor(None, reason="Номер нужен другому клиенту"))
    ProvisioningJob.objects.filter(subscriber=old).update(due_at=clock.now() + timedelta(hours=1))
    new = TrunkFactory.create(phone=old.phone, connected_at=clock.now())
    SipAccountFactory.create(trunk=new, login="office-9", password="NewOwner23456789abcd")
    return new


def test_a_number_that_came_back_belongs_to_the_later_subscriber(switch: Switch, trunk: Subscriber) -> None:
    add(trunk, ServiceCode.FORWARD_ALL, forward_to="+375172700001")
    tell(trunk)
    late = telling_of(trunk, 2)
    new = closed_and_connected_again(trunk)
    tell(new)
    assert switch.hashes("office-1") == []
    assert "forward-all" not in switch.preferences(PHONE[1:])
    told = switch.everything()
    with pytest.raises(RefusedError):
        backends.chosen().tell(late, open_numbers.today())
    ProvisioningJob.objects.update(due_at=clock.now())
    jobs.drain()
    assert Provisioning.objects.get(pk=trunk.pk).applied == {"phone": PHONE, "connected": False}
    assert len(switch.hashes("office-9")) == 1
    assert switch.rows("SELECT username FROM dbaliases") == [("office-9",)]
    assert f"cabinet-{new.pk}" in told
