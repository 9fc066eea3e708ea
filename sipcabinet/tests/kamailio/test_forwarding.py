"""Each kind of forwarding through a real Kamailio, and who pays for its legs."""

import pytest

from sipcabinet.tests.kamailio.line import GATEWAY, OUTSIDE, Line, eventually
from sipcabinet.tests.kamailio.switch import NUMBER, PHONE, add, tell
from subscribers.catalogue.services import ServiceCode
from subscribers.models import ChannelAssignment, Subscriber
from subscribers.services import restrictions
from subscribers.tests.factories import ChannelPackageFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

ELSEWHERE = "+375172700055"
CALLER = "+375172700001"


@pytest.mark.parametrize(
    ("code", "telephone", "reason"),
    [
        (ServiceCode.FORWARD_ALL, "answer", "unconditional"),
        (ServiceCode.FORWARD_BUSY, "busy", "user-busy"),
        (ServiceCode.FORWARD_NO_ANSWER, "ring", "no-answer"),
        (ServiceCode.FORWARD_NO_ANSWER, "", "no-answer"),
    ],
)
def test_a_call_is_forwarded_and_the_number_that_forwards_pays(
    code: ServiceCode, telephone: str, reason: str, line: Line, desk_number: Subscriber
) -> None:
    add(desk_number, code, forward_to=ELSEWHERE)
    tell(desk_number)
    with line.gateway() as gateway:
        if telephone:
            with line.telephone(how=telephone):
                assert line.from_outside(NUMBER) == ["200"]
        else:
            assert line.from_outside(NUMBER) == ["200"]
        (invite,) = gateway.received()
    assert invite.first.startswith(f"INVITE sip:{ELSEWHERE}@{GATEWAY}")
    assert invite.headers["from"].startswith(f"<sip:{CALLER}@")
    assert invite.headers["diversion"] == f"<sip:{NUMBER}@sip.operator.example>;reason={reason}"
    assert line.records(2) == [(CALLER, NUMBER, "", "200", 0), (CALLER, ELSEWHERE, "office-1", "200", 0)]


def test_other_ways_to_fail_are_not_forwarded(line: Line, desk_number: Subscriber) -> None:
    add(desk_number, ServiceCode.FORWARD_BUSY, forward_to=ELSEWHERE)
    tell(desk_number)
    with line.gateway() as gateway, line.telephone(how="ring"):
        assert line.from_outside(NUMBER) == ["408"]
        assert gateway.received() == []
    with line.telephone(how="refuse"):
        assert line.from_outside(NUMBER) == ["603"]


def test_a_restricted_number_forwards_nothing_that_costs(line: Line, desk_number: Subscriber) -> None:
    add(desk_number, ServiceCode.FORWARD_ALL, forward_to=ELSEWHERE)
    restrictions.restrict(subscriber=desk_number)
    tell(desk_number)
    with line.gateway() as gateway:
        assert line.from_outside(NUMBER) == ["480"]
        assert gateway.received() == []


def test_numbers_that_forward_to_each_other_end(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    add(desk_number, ServiceCode.FORWARD_ALL, forward_to=PHONE)
    add(office, ServiceCode.FORWARD_ALL, forward_to=NUMBER)
    tell(office, desk_number)
    assert line.from_outside(NUMBER) == ["480"]


def test_the_caller_gives_up(line: Line, desk_number: Subscriber) -> None:
    add(desk_number, ServiceCode.FORWARD_NO_ANSWER, forward_to=ELSEWHERE)
    tell(desk_number)
    with line.gateway() as gateway, line.telephone(how="ring"):
        assert line.from_outside(NUMBER, give_up=True) == ["487"]
        assert gateway.received() == []
    assert line.records(1) == [(OUTSIDE, NUMBER, "", "487", 0)]


def test_a_forwarded_call_takes_a_channel_of_the_trunk(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    ChannelAssignment.objects.update(package=ChannelPackageFactory.create(channels=2))
    add(desk_number, ServiceCode.FORWARD_ALL, forward_to=ELSEWHERE)
    tell(office, desk_number)
    with line.gateway() as gateway:
        assert sorted(line.from_outside(NUMBER, times=3, seconds=1.5)) == ["200", "200", "486"]
        assert len(gateway.received()) == 2
        assert line.from_outside(NUMBER) == ["200"]
    assert line.refusals() == [("channels-in", "office-1", GATEWAY)]


def test_a_full_trunk_forwards_at_most_as_many_calls_as_it_has_channels(
    line: Line, office: Subscriber, desk_number: Subscriber
) -> None:
    """The first call takes the only channel, the second is forwarded beyond it, the third hears «busy»."""
    ChannelAssignment.objects.update(package=ChannelPackageFactory.create(channels=1))
    add(desk_number, ServiceCode.FORWARD_BUSY, forward_to=ELSEWHERE)
    tell(office, desk_number)
    with line.gateway() as gateway, line.telephone():
        talk = line.begin_from_outside(PHONE)
        eventually(lambda: line.switch.rows("SELECT 1 FROM cabinet_calls") or None)
        assert sorted(line.from_outside(NUMBER, times=2, seconds=1.5)) == ["200", "486"]
        talk.wait()
        assert len(gateway.received()) == 1


def test_a_number_that_talks_forwards_through_a_channel(
    line: Line, office: Subscriber, desk_number: Subscriber
) -> None:
    """Two channels: the conversation has one, the forwarded call the other."""
    ChannelAssignment.objects.update(package=ChannelPackageFactory.create(channels=2))
    add(desk_number, ServiceCode.FORWARD_BUSY, forward_to=ELSEWHERE)
    tell(office, desk_number)
    with line.gateway() as gateway, line.telephone():
        talk = line.begin_from_outside(NUMBER)
        eventually(lambda: line.switch.rows("SELECT 1 FROM cabinet_calls") or None)
        forwarded = line.begin_from_outside(NUMBER)
        eventually(lambda: len(line.switch.rows("SELECT 1 FROM cabinet_calls")) == 2 or None)
        assert line.process.command("dlg.profile_get_size", "trunk", "office-1").split()[-1] == "2"
        assert line.call(OUTSIDE) == ["486"]
        talk.wait()
        forwarded.wait()
        assert len(gateway.received()) == 1
