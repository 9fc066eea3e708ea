"""Registration at a real Kamailio: by password, by address, after a change of the password."""

import time
from pathlib import Path

import pytest
from pytest_django import Settings

from sipcabinet.lib import clock
from sipcabinet.lib.sip_scenarios import Caller
from sipcabinet.tests.kamailio import real
from sipcabinet.tests.kamailio.digest import answer_to_digest
from sipcabinet.tests.kamailio.line import CUSTOMER, PBX, Line, eventually
from sipcabinet.tests.kamailio.switch import DOMAIN, PASSWORD, PHONE, tell
from sipcabinet.tests.kamailio.tunnel import tls_to
from subscribers.models import SipAccount, Subscriber
from subscribers.switch import comparison, sip_passwords

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]


def test_the_right_password_registers_and_a_wrong_one_does_not(line: Line, office: Subscriber) -> None:
    assert line.register(CUSTOMER, port=5071, agent="Yealink T31P") == "200"
    query = "SELECT login, contact, user_agent FROM cabinet_registrations"
    ((login, contact, agent),) = line.switch.rows(query)
    assert (login, agent) == ("office-1", "Yealink T31P")
    assert contact.startswith("sip:office-1@127.0.0.1:5071")
    assert line.register(Caller("office-1", "WrongSecret")) == "401"
    assert line.register(Caller("stranger", "WrongSecret")) == "401"
    assert line.refusals() == [("password", "stranger", "127.0.0.1"), ("password", "office-1", "127.0.0.1")]


def test_a_new_password_counts_at_once_and_the_old_one_no_more(line: Line, office: Subscriber) -> None:
    new = "AnotherSecret23456789"
    sealed = sip_passwords.seal(office, new)
    SipAccount.objects.filter(pk=office.pk).update(password_sealed=sealed, password_changed_at=clock.now())
    tell(office)
    assert line.register(CUSTOMER) == "401"
    assert line.register(Caller("office-1", new)) == "200"


def test_a_trunk_by_address_registers_without_a_password_from_its_address_alone(line: Line, office: Subscriber) -> None:
    SipAccount.objects.filter(pk=office.pk).update(mode="by_address", allowed_addresses=[PBX])
    tell(office)
    line.read_again()
    assert line.register(Caller("office-1", address=PBX)) == "200"
    assert line.register(CUSTOMER) == "401"


def test_a_changed_address_counts_within_seconds(line: Line, office: Subscriber) -> None:
    """Addresses are in Kamailio's memory; it looks every five seconds whether they have changed."""
    SipAccount.objects.filter(pk=office.pk).update(mode="by_address", allowed_addresses=[PBX])
    tell(office)
    caller = Caller("office-1", address=PBX)
    eventually(lambda: line.register(caller) == "200" or None, seconds=15)


def test_addresses_that_could_not_be_read_are_read_later(line: Line, office: Subscriber) -> None:
    SipAccount.objects.filter(pk=office.pk).update(mode="by_address", allowed_addresses=[PBX])
    caller = Caller("office-1", address=PBX)
    line.switch.rows("REVOKE SELECT ON address FROM kamailio")
    try:
        tell(office)
        time.sleep(7)
        assert line.register(caller) == "401"
    finally:
        line.switch.rows("GRANT SELECT ON address TO kamailio")
    eventually(lambda: line.register(caller) == "200" or None, seconds=15)


def test_tcp_registers_and_calls(line: Line, office: Subscriber) -> None:
    with line.gateway():
        registers_and_calls(line, line.process.port)


def test_tls_registers_and_calls(line: Line, office: Subscriber) -> None:
    versions: list[str] = []
    certificate = line.process.folder / "fullchain.pem"
    with line.gateway(), tls_to(line.process.tls_port, certificate, DOMAIN, versions) as port:
        registers_and_calls(line, port)
    assert set(versions) <= {"TLSv1.2", "TLSv1.3"} != set()


def registers_and_calls(line: Line, port: int) -> None:
    assert line.register(tcp=port) == "200"
    assert line.call("+375172700009", tcp=port) == ["200"]
    assert line.register(Caller("office-1", "WrongSecret"), tcp=port) == "401"
    assert line.records(1) == [(PHONE, "+375172700009", "office-1", "200", 0)]


def test_sha_256_where_the_switch_is_set_to_it(
    real_database: str, line: Line, office: Subscriber, settings: Settings, tmp_path: Path
) -> None:
    """The portal then writes SHA-256 hashes, and telephones with MD5 alone stay out."""
    settings.KAMAILIO_DIGEST = "sha-256"
    assert comparison.run().differing == 1
    tell(office)
    with real.running(tmp_path, real_database, "#!define WITH_SHA256") as other:
        assert answer_to_digest(other.port, "SHA-256", PASSWORD) == "200"
        assert answer_to_digest(other.port, "SHA-256", "WrongSecret") == "401"
        assert answer_to_digest(other.port, "MD5", PASSWORD) == "401"


def test_as_many_wrong_passwords_as_a_person_types_and_no_more(
    real_database: str, line: Line, office: Subscriber, tmp_path: Path
) -> None:
    with real.running(tmp_path, real_database, "#!redefine WRONG_PASSWORDS 3") as other:
        answers = [answer_to_digest(other.port, "MD5", "WrongSecret") for _ in range(3)]
        assert answers == ["401"] * 3
        assert answer_to_digest(other.port, "MD5", PASSWORD) == ""  # this login gets no answer here for five minutes
        assert answer_to_digest(other.port, "MD5", "WrongSecret", name="shop-1") == "401"


def test_one_address_guesses_at_many_logins_in_vain(
    real_database: str, line: Line, office: Subscriber, tmp_path: Path
) -> None:
    with real.running(tmp_path, real_database, "#!define WRONG_PASSWORDS_OF_ADDRESS 3") as other:
        assert [answer_to_digest(other.port, "MD5", "x", name=f"shop-{n}") for n in range(3)] == ["401"] * 3
        assert answer_to_digest(other.port, "MD5", PASSWORD) == ""
