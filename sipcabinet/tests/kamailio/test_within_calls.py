"""What a telephone sends within its own call, and whose proofs of a password count, at a real Kamailio."""

import time
from pathlib import Path

import pytest

from sipcabinet.lib import sipp
from sipcabinet.tests.kamailio import real
from sipcabinet.tests.kamailio.dialogue import Dialogue
from sipcabinet.tests.kamailio.digest import (
    REGISTER,
    answer_to_digest,
    exchange,
    nonce_of,
    proof,
    register_from,
    telephone,
)
from sipcabinet.tests.kamailio.line import GATEWAY, GATEWAY_PORT, STRANGER, Line
from sipcabinet.tests.kamailio.switch import DOMAIN, NUMBER, PASSWORD, PHONE
from sipcabinet.tests.processes import until
from subscribers.models import Subscriber

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

PAID = "+375172700009"


def test_no_request_carries_a_proof_to_the_other_side(line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway, telephone() as client:
        call = Dialogue(client, line.process.port, PAID)
        assert call.begin().startswith("SIP/2.0 200")
        shown = proof("MD5", "of-this-call", "office-1", PASSWORD, method="BYE")
        shown += shown.removeprefix("Proxy-")
        call.send("ACK", shown, number=2)
        until(lambda: bool(gateway.received("ACK")), seconds=5, what="the gateway gets the ACK")
        assert call.send("BYE", shown).startswith("SIP/2.0 200")
        until(lambda: bool(gateway.received("BYE")), seconds=5, what="the gateway gets the switch's own BYE")
        requests = [gateway.received(method) for method in ("INVITE", "ACK", "BYE")]
    assert [len(found) for found in requests] == [1, 1, 1]
    assert "authorization" not in str(requests).lower()


def test_a_proof_counts_only_from_the_address_that_was_asked(line: Line, office: Subscriber) -> None:
    with telephone() as client, telephone(STRANGER) as stranger:
        facts = {"domain": DOMAIN, "port": client.getsockname()[1], "host": "127.0.0.1"}
        challenge = exchange(line.process.port, client, REGISTER.format(number=1, proof="", **facts))
        shown = proof("MD5", nonce_of(challenge), "office-1", PASSWORD)
        replayed = exchange(line.process.port, stranger, REGISTER.format(number=2, proof=shown, **facts))
        assert replayed.startswith("SIP/2.0 401")
        assert "stale=true" in replayed
        assert exchange(line.process.port, client, REGISTER.format(number=3, proof=shown, **facts)).split()[1] == "200"
    assert line.refusals() == []


def test_a_proof_counts_only_for_the_number_that_was_asked(line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway, telephone() as client:
        asked, other = (Dialogue(client, line.process.port, called) for called in (PAID, "+375172700010"))
        shown = asked.proof(asked.send("INVITE"), "INVITE")
        assert other.send("INVITE", shown, number=2).startswith("SIP/2.0 407")
        assert gateway.received() == []


@pytest.mark.parametrize(
    "setting", ["#!redefine WRONG_PASSWORDS 3", "#!define WRONG_PASSWORDS_OF_ADDRESS 3", "#!redefine LIMIT_REQUESTS 12"]
)
def test_a_barred_address_ends_its_call_and_calls_112(
    setting: str, line: Line, office: Subscriber, real_database: str, tmp_path: Path
) -> None:
    with real.running(tmp_path, real_database, setting) as other, line.gateway() as gateway, telephone() as client:
        call = Dialogue(client, other.port, PAID)
        assert call.begin().startswith("SIP/2.0 200")
        call.send("ACK", number=2)
        for _ in range(20):
            if answer_to_digest(other.port, "MD5", "WrongSecret") == "":
                break
        assert answer_to_digest(other.port, "MD5", PASSWORD) == ""
        assert call.send("BYE").startswith("SIP/2.0 200")
        with telephone() as second:
            assert Dialogue(second, other.port, "112").begin().startswith("SIP/2.0 200")
        assert [len(gateway.received(method)) for method in ("INVITE", "ACK", "BYE")] == [2, 1, 1]


def test_no_transfer_reaches_a_gateway(line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway, telephone() as client:
        call = Dialogue(client, line.process.port, PAID)
        assert call.begin().startswith("SIP/2.0 200")
        call.send("ACK", number=2)
        assert call.send("REFER", "Refer-To: <sip:+375172700010@example.org>\n").startswith("SIP/2.0 403")
        assert call.send("BYE").startswith("SIP/2.0 200")
        assert gateway.received("REFER") == []


@pytest.mark.parametrize("method", ["INVITE", "INFO", "ACK"])
@pytest.mark.parametrize(
    "target",
    [
        "sip:{number}@{gateway}:{port}",
        "sip:{number}@10.9.8.7;alias={gateway}~{port}~1",
        "sip:{number}@10.9.8.7;maddr={gateway}",
    ],
)
def test_a_call_between_customers_reaches_no_gateway(
    method: str, target: str, line: Line, desk_number: Subscriber
) -> None:
    target = target.format(number=PAID, gateway=GATEWAY, port=GATEWAY_PORT)
    with line.gateway() as gateway, line.telephone(), telephone() as client:
        call = Dialogue(client, line.process.port, NUMBER)
        assert call.begin().startswith("SIP/2.0 200")
        call.send("ACK", number=2)
        assert call.send(method, uri=target).startswith("" if method == "ACK" else "SIP/2.0 403")
        assert call.send("INFO", f"Route: <sip:{GATEWAY}:{GATEWAY_PORT};lr>\n").startswith("SIP/2.0 403")
        assert call.send("BYE").startswith("SIP/2.0 200")
        assert [gateway.received(each) for each in (method, "INFO")] == [[], []]


@pytest.mark.parametrize(
    ("uri", "more", "number"),
    [
        ("sip:{number}@{gateway}:9", "", 0),  # nobody listens there
        ("sip:{number}@10.9.8.7;maddr={gateway}", "", 0),
        ("", "Route: <sip:127.0.0.1:9;lr>\n", 0),
        ("", "Require: no-such-extension\n", 0),
        ("", "", 1),  # an old CSeq
    ],
)
def test_a_call_that_ends_in_the_records_ends_at_the_gateway(
    uri: str, more: str, number: int, line: Line, office: Subscriber
) -> None:
    """Else it would go on, and nobody would pay."""
    with line.gateway() as gateway, telephone() as client:
        call = Dialogue(client, line.process.port, PAID)
        assert call.begin().startswith("SIP/2.0 200")
        call.send("ACK", number=2)
        uri = uri.format(number=PAID, gateway=GATEWAY)
        time.sleep(1.1)
        assert call.send("BYE", more, uri=uri, number=number).startswith("SIP/2.0 200")
        assert line.records(1) == [(PHONE, PAID, "office-1", "200", 1)]
        assert line.switch.rows("SELECT end_time - start_time BETWEEN '1 s' AND '2 s' FROM acc_cdrs") == [(True,)]
        (bye,) = gateway.received("BYE")
    assert bye.first.startswith(f"BYE sip:{GATEWAY}:{GATEWAY_PORT}")
    assert int(bye.headers["cseq"].split()[0]) > 2
    assert not {"require", "route"} & set(bye.headers)
    assert line.switch.rows("SELECT 1 FROM cabinet_calls") == []


def test_a_customer_ends_a_call_from_outside(line: Line, office: Subscriber) -> None:
    """The gateway is an end of this call."""
    with telephone() as client:
        assert register_from(client, line.process.port, "MD5", PASSWORD) == "200"
        talk = line.begin_from_outside(PHONE)
        call = Dialogue.taken(client, line.process.port, client.recv(4096).decode())
        assert client.recv(4096).decode().startswith("ACK ")
        assert call.send("BYE").startswith("SIP/2.0 200")
        talk.end()


def test_a_call_to_one_gateway_reaches_no_other(line: Line, office: Subscriber) -> None:
    other = GATEWAY.replace("127.0.3", "127.0.5")
    insert = "INSERT INTO dispatcher (setid, destination, priority, description) VALUES (1, %s, -1, 'other')"
    line.switch.rows(insert, f"sip:{other}:{GATEWAY_PORT}")
    line.read_again()
    try:
        with line.gateway(), telephone() as client:
            call = Dialogue(client, line.process.port, PAID)
            assert call.begin().startswith("SIP/2.0 200")
            call.send("ACK", number=2)
            assert call.send("INVITE", uri=f"sip:{PAID}@{other}:{GATEWAY_PORT}").startswith("SIP/2.0 403")
            assert call.send("BYE").startswith("SIP/2.0 200")
    finally:
        line.switch.rows("DELETE FROM dispatcher WHERE description = 'other'")
        line.read_again()


def test_a_contact_at_a_gateway_is_not_called(line: Line, office: Subscriber) -> None:
    with telephone() as client, sipp.answering(line.folder, address=GATEWAY, port=client.getsockname()[1]) as gateway:
        assert register_from(client, line.process.port, "MD5", PASSWORD, host=GATEWAY) == "200"
        assert line.from_outside(PHONE) == ["500"]
        assert gateway.received() == []


@pytest.mark.parametrize(("header", "realm"), [("Proxy-Authorization", DOMAIN), ("Authorization", "elsewhere.example")])
def test_a_second_header_makes_nobody_another(header: str, realm: str, line: Line, office: Subscriber) -> None:
    """The login is the one whose password was proved, not the one that stands first."""
    with telephone() as client:
        facts = {"domain": DOMAIN, "port": client.getsockname()[1], "host": "127.0.0.1"}
        challenge = exchange(line.process.port, client, REGISTER.format(number=1, proof="", **facts))
        shown = proof("MD5", nonce_of(challenge), "office-1", PASSWORD)
        other = f'{header}: Digest username="shop-1", realm="{realm}", nonce="x", uri="sip:x", response="{"0" * 32}"\n'
        exchange(line.process.port, client, REGISTER.format(number=2, proof=other + shown, **facts))
    assert line.switch.rows("SELECT DISTINCT login FROM cabinet_registrations") == [("office-1",)]
