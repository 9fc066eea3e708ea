"""What a telephone sends within its own call, and whose proofs of a password count, at a real Kamailio."""

import pytest

from sipcabinet.tests.kamailio.dialogue import Dialogue
from sipcabinet.tests.kamailio.digest import REGISTER, exchange, nonce_of, proof, telephone
from sipcabinet.tests.kamailio.line import STRANGER, Line
from sipcabinet.tests.kamailio.switch import DOMAIN, PASSWORD
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
        assert call.send("BYE", shown).startswith("SIP/2.0 200")
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
