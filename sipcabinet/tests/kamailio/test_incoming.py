"""Calls to customers through a real Kamailio: the trunk and its numbers, services of the called number."""

import pytest

from sipcabinet.lib.sip_scenarios import Caller
from sipcabinet.tests.kamailio.digest import register_from, telephone
from sipcabinet.tests.kamailio.line import GATEWAY, OUTSIDE, PBX, Line
from sipcabinet.tests.kamailio.switch import NUMBER, PASSWORD, PHONE, add, tell
from subscribers.catalogue.services import ServiceCode
from subscribers.models import ChannelAssignment, SipAccount, Subscriber
from subscribers.tests.factories import ChannelAssignmentFactory, ChannelPackageFactory, TrunkFactory
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

SHOWN, HIDDEN = f"<sip:{OUTSIDE}@sip.operator.example>", "Anonymous <sip:anonymous@anonymous.invalid>"


def test_calls_reach_the_trunk_and_its_numbers(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    with line.telephone() as telephone:
        assert line.from_outside(PHONE) == ["200"]
        assert line.from_outside(NUMBER.removeprefix("+")) == ["200"]
        assert line.from_outside("+375172799999") == ["404"]
        first, second = telephone.received()
    assert first.first.startswith("INVITE sip:office-1@127.0.0.1")
    assert second.first.startswith(f"INVITE sip:{NUMBER}@127.0.0.1")
    assert [one.headers["p-called-party-id"] for one in (first, second)] == [
        f"<sip:{number}@sip.operator.example>" for number in (PHONE, NUMBER)
    ]
    assert sorted(line.records(2)) == [(OUTSIDE, PHONE, "", "200", 0), (OUTSIDE, NUMBER, "", "200", 0)]


def test_a_trunk_by_address_is_called_at_its_address(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    SipAccount.objects.filter(pk=office.pk).update(mode="by_address", allowed_addresses=[PBX])
    tell(office)
    line.read_again()
    with line.pbx() as pbx:
        assert line.from_outside(NUMBER) == ["200"]
        (invite,) = pbx.received()
    assert invite.first.startswith(f"INVITE sip:{NUMBER}@{PBX}")


def test_nobody_registered_is_said(line: Line, office: Subscriber) -> None:
    assert line.from_outside(PHONE) == ["480"]
    assert line.refusals() == [("away", "office-1", GATEWAY)]
    assert line.records(1) == [(OUTSIDE, PHONE, "", "480", 0)]


def test_the_number_of_the_caller_is_shown_to_who_has_the_service(
    line: Line, office: Subscriber, desk_number: Subscriber
) -> None:
    add(desk_number, ServiceCode.CALLER_ID)
    tell(desk_number)
    with line.telephone() as telephone:
        line.from_outside(PHONE)
        line.from_outside(NUMBER)
        shown = [invite.headers["from"].split(";")[0] for invite in telephone.received()]
    assert shown == [HIDDEN, SHOWN]


def test_anti_caller_id_hides_the_number_from_everybody_but_the_network(
    line: Line, office: Subscriber, desk_number: Subscriber
) -> None:
    add(office, ServiceCode.HIDE_CALLER_ID)
    add(desk_number, ServiceCode.CALLER_ID)
    tell(office, desk_number)
    with line.gateway() as gateway, line.telephone() as telephone:
        assert line.call(OUTSIDE) == ["200"]
        assert line.call(NUMBER) == ["200"]
        (out,), (inside,) = gateway.received(), telephone.received()
    assert [one.headers["from"].split(";")[0] for one in (out, inside)] == [HIDDEN, HIDDEN]
    assert [one.headers["privacy"] for one in (out, inside)] == ["id", "id"]
    assert out.headers["p-asserted-identity"] == f"<sip:{PHONE}@sip.operator.example>"
    for method in ("INVITE", "ACK", "BYE"):
        (request,) = telephone.received(method)
        assert PHONE[1:] not in str(request)


def test_barred_and_black_listed_calls_are_refused(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    add(office, ServiceCode.BLACK_LIST, numbers=[OUTSIDE, "+375297010101"])
    add(desk_number, ServiceCode.BAR_INCOMING)
    tell(office, desk_number)
    with line.telephone() as telephone:
        assert line.from_outside(PHONE) == ["603"]
        assert line.from_outside(PHONE, shown="+375172700002") == ["200"]
        assert line.from_outside(NUMBER) == ["480"]
        assert len(telephone.received()) == 1
    assert [reason for reason, *_ in line.refusals()] == ["bar-incoming", "black-list"]


def test_a_second_call_is_signalled_or_the_number_is_busy(
    line: Line, office: Subscriber, desk_number: Subscriber
) -> None:
    with line.telephone() as telephone:
        assert sorted(line.from_outside(NUMBER, times=2, seconds=1)) == ["200", "486"]
        add(desk_number, ServiceCode.CALL_NOTICE)
        tell(desk_number)
        assert line.from_outside(NUMBER, times=2, seconds=1) == ["200", "200"]
        notices = [invite.headers.get("alert-info") for invite in telephone.received()]
    assert notices == [None, None, "<urn:alert:service:call-waiting>"]


def test_incoming_calls_take_channels_too(line: Line, office: Subscriber) -> None:
    ChannelAssignment.objects.update(package=ChannelPackageFactory.create(channels=2))
    tell(office)
    with line.telephone():
        assert sorted(line.from_outside(PHONE, times=3, seconds=1)) == ["200", "200", "486"]
    assert line.refusals() == [("channels-in", "office-1", GATEWAY)]


def test_one_customer_calls_another(line: Line, office: Subscriber) -> None:
    neighbour = TrunkFactory.create(phone="+375447112099")
    SipAccountFactory.create(trunk=neighbour, login="shop-1", password="ShopSecret23456789")
    ChannelAssignmentFactory.create(subscriber=neighbour, package__channels=2)
    add(neighbour, ServiceCode.CALLER_ID)
    tell(neighbour)
    with line.telephone(Caller("shop-1", "ShopSecret23456789")) as telephone:
        assert line.call("447112099") == ["200"]
        (invite,) = telephone.received()
    assert invite.headers["from"].startswith(f"<sip:{PHONE}@")
    assert line.records(1) == [(PHONE, "+375447112099", "office-1", "200", 0)]


def test_a_telephone_behind_nat_is_called_where_it_came_from(line: Line, office: Subscriber) -> None:
    """It registers a contact that only its own network can reach."""
    port = line.process.port
    with telephone() as behind_nat:
        assert register_from(behind_nat, port, "MD5", PASSWORD, host="10.9.8.7") == "200"
        ((address,),) = line.switch.rows("SELECT received FROM cabinet_registrations")
        assert address == f"sip:127.0.0.1:{behind_nat.getsockname()[1]}"
        call = line.begin_from_outside(PHONE)
        invite = behind_nat.recv(4096).decode()
        assert invite.startswith("INVITE sip:office-1@10.9.8.7")
        assert "From: Anonymous" in invite
        call.end()
