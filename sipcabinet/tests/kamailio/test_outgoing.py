"""Calls that customers make through a real Kamailio: own numbers only, open numbers first, bars, channels."""

import pytest

from sipcabinet.lib.sip_scenarios import Caller
from sipcabinet.tests.kamailio.line import CUSTOMER, GATEWAY, PBX, STRANGER, Line
from sipcabinet.tests.kamailio.switch import NUMBER, PHONE, add, tell
from subscribers.catalogue.services import ServiceCode
from subscribers.models import SipAccount, Subscriber
from subscribers.services import restrictions

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

PAID, ABROAD, FREE = "+375172700009", "+74951234567", "+3758001234567"
FOREIGN = "+375297010101"


def test_a_call_passes_and_is_recorded(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    with line.gateway() as gateway:
        assert line.call("80172700009", shown=NUMBER, seconds=1.2) == ["200"]
        (invite,) = gateway.received()
    assert invite.first == f"INVITE sip:{PAID}@{GATEWAY}:5999 SIP/2.0"
    assert invite.headers["from"].startswith(f"<sip:{NUMBER}@sip.operator.example>")
    assert invite.headers["p-asserted-identity"] == f"<sip:{NUMBER}@sip.operator.example>"
    assert line.records(1) == [(NUMBER, PAID, "office-1", "200", 1)]
    ((zone,),) = line.switch.rows(
        "SELECT abs(extract(epoch FROM written_at AT TIME ZONE 'UTC' - end_time)) < 5 AND setup_time <= start_time"
        " AND start_time < end_time FROM acc_cdrs"
    )
    assert zone


def test_another_ones_number_is_refused_and_the_login_means_the_trunks_own(line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway:
        assert line.call(PAID, shown=FOREIGN) == ["403"]
        assert gateway.received() == []
        assert line.refusals() == [("caller", "office-1", "127.0.0.1")]
        assert line.call(PAID, shown="office-1") == ["200"]
        of_a_pbx = Caller("office-1", CUSTOMER.password, headers={"P-Asserted-Identity": f"<sip:{PHONE}@pbx.example>"})
        assert line.call(PAID, of_a_pbx, shown=FOREIGN) == ["200"]
        shown = [invite.headers["from"].split(">")[0] for invite in gateway.received()]
    assert shown == [f"<sip:{PHONE}@sip.operator.example"] * 2


def test_a_wrong_password_makes_no_call(line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway:
        assert line.call(PAID, Caller("office-1", "WrongSecret")) == ["407"]
        assert gateway.received() == []
    assert line.refusals() == [("password", "office-1", "127.0.0.1")]


def test_a_trunk_by_address_calls_from_its_address_alone(line: Line, office: Subscriber) -> None:
    SipAccount.objects.filter(pk=office.pk).update(mode="by_address", allowed_addresses=[PBX])
    tell(office)
    line.read_again()
    with line.gateway() as gateway:
        assert line.call(PAID, Caller(address=PBX)) == ["200"]
        assert line.call(PAID, Caller(address=STRANGER)) == ["403"]
        assert len(gateway.received()) == 1
    assert line.refusals() == [("address", "office-1", STRANGER)]


@pytest.mark.parametrize(
    ("bar", "barred"),
    [
        ("restricted", {PAID, ABROAD}),
        (ServiceCode.BAR_OUTGOING, {PAID, ABROAD}),
        (ServiceCode.BAR_INTERNATIONAL, {ABROAD}),
    ],
)
def test_bars_stop_paid_calls_and_never_free_ones(
    bar: str, barred: set[str], line: Line, desk_number: Subscriber
) -> None:
    if bar == "restricted":
        restrictions.restrict(subscriber=desk_number)
    else:
        add(desk_number, bar)
    tell(desk_number)
    with line.gateway():
        codes = {called: line.call(called, shown=NUMBER)[0] for called in (PAID, ABROAD, FREE, "112", "101")}
    assert codes == {called: "403" if called in barred else "200" for called in codes}
    assert {reason for reason, *_ in line.refusals()} == {bar}


def test_as_many_calls_as_channels_and_no_more(line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway:
        codes = line.call(PAID, times=12, seconds=1.5)
        assert sorted(codes) == ["200"] * 10 + ["486"] * 2
        assert len(gateway.received()) == 10
        assert line.call(PAID) == ["200"]
    assert line.refusals()[0] == ("channels", "office-1", "127.0.0.1")
    assert len(line.records(11)) == 11
