"""112 through everything, debts, a killed Kamailio, requests of attackers; rights and tables of the database."""

import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest
from local import switch as local_switch

from billing.services import debts
from billing.tests.debtors import owes, pays
from sipcabinet.tests.kamailio import real
from sipcabinet.tests.kamailio.digest import answer_to_digest, exchange
from sipcabinet.tests.kamailio.line import GATEWAY, Line, eventually
from sipcabinet.tests.kamailio.switch import DOMAIN, NUMBER, PHONE, Switch, add, tell
from subscribers.catalogue.services import ServiceCode
from subscribers.models import ChannelAssignment, Subscriber
from subscribers.services import restrictions
from subscribers.switch import jobs
from subscribers.tests.factories import ChannelPackageFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

PAID = "+375172700009"


def test_112_passes_through_all_of_it(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    """Restricted, barred, not among the open numbers, another's number shown, and every channel taken."""
    for code in (ServiceCode.BAR_OUTGOING, ServiceCode.BAR_INTERNATIONAL):
        add(desk_number, code)
    restrictions.restrict(subscriber=desk_number)
    ChannelAssignment.objects.update(package=ChannelPackageFactory.create(channels=1))
    tell(office, desk_number)
    line.switch.rows("DELETE FROM dialplan")
    line.read_again()
    with line.gateway() as gateway, line.telephone():
        with line.talking(PAID):
            assert line.call(PAID) == ["486"]
            assert line.call("112", shown=NUMBER) == ["200"]
            assert line.call("112", shown="+375297010101") == ["200"]
        called = [invite.first.split("@")[0] for invite in gateway.received()]
        callers = [invite.headers["p-asserted-identity"].split("@")[0] for invite in gateway.received()]
    assert called == [f"INVITE sip:{PAID}", "INVITE sip:112", "INVITE sip:112"]
    assert callers[1:] == [f"<sip:{NUMBER}", f"<sip:{PHONE}"]


def test_a_debt_bars_paid_calls_and_the_payment_allows_them(line: Line, office: Subscriber) -> None:
    invoice = owes(office.account)
    debts.restrict(account=office.account, debt=invoice.debts.get())
    jobs.drain()
    with line.gateway():
        assert [line.call(called)[0] for called in (PAID, "112", "+3758001234567")] == ["403", "200", "200"]
        pays(office.account, "125.00")
        jobs.drain()
        assert line.call(PAID) == ["200"]


def test_a_killed_kamailio_loses_no_call(line: Line, office: Subscriber, real_database: str, tmp_path: Path) -> None:
    """Calls and registrations are in the database: the next Kamailio counts the call, ends it and writes its record."""
    port = 0
    with line.gateway():
        with real.running(tmp_path, real_database) as first:
            port = first.port
            other = Line(first, line.switch, tmp_path)
            assert other.register(port=5071) == "200"
            talk = other.begin(PAID, seconds=4)
            eventually(lambda: line.switch.rows("SELECT 1 FROM cabinet_calls") or None)
            first.kill()
        with real.running(tmp_path, real_database, port=port) as second:
            # Kamailio answers commands while its first SIP process still reads the registrations from the database.
            eventually(lambda: "office-1" in second.command("ul.dump") or None)
            assert talk.wait(15) == ["200"]
            ((caller, callee, login, code, seconds),) = line.records(1)
    assert (caller, callee, login, code) == (PHONE, PAID, "office-1", "200")
    assert 3 <= seconds <= 6


FAKE = """INVITE sip:{called}@{gateway} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKfake{port};rport
Route: <sip:127.0.0.1:{switch};lr>
From: <sip:x@{domain}>;tag=f{port}
To: <sip:{called}@{domain}>{tag}
Call-ID: fake-{port}
CSeq: 1 INVITE
Contact: <sip:x@127.0.0.1:{port}>
Max-Forwards: 70
Content-Length: 0

"""


@pytest.mark.parametrize(("tag", "code"), [(";tag=made-up", "481"), ("", "407")])
def test_no_request_reaches_a_gateway_without_proof(tag: str, code: str, line: Line, office: Subscriber) -> None:
    with line.gateway() as gateway, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        client.settimeout(1)
        facts = {"port": client.getsockname()[1], "switch": line.process.port, "domain": DOMAIN, "tag": tag}
        request = FAKE.format(called=PAID, gateway=f"{GATEWAY}:{gateway.port}", **facts)
        assert exchange(line.process.port, client, request).split()[1] == code
        assert gateway.received() == []


def test_names_that_look_like_sql_are_names(line: Line, office: Subscriber) -> None:
    strange = "x'; DELETE FROM subscriber; --"
    assert answer_to_digest(line.process.port, "MD5", "secret", name=strange) == "401"
    assert line.refusals() == [("password", "", "127.0.0.1")]
    with line.gateway() as gateway:
        assert line.call(PAID, shown="%27%3B%20DELETE%20FROM%20subscriber") == ["403"]
        assert line.call("%27%3B%20DELETE%20FROM%20subscriber") == ["484"]
        assert gateway.received() == []
    assert len(line.switch.rows("SELECT 1 FROM subscriber")) == 1


FORBIDDEN = ("UPDATE subscriber SET ha1 = ''", "DELETE FROM acc_cdrs", "UPDATE acc_cdrs SET caller = ''",
             "CREATE TABLE mine (id integer)", "DELETE FROM dispatcher")  # fmt: skip


def test_the_logins_have_only_their_rights(line: Line, real_database: str) -> None:
    may: dict[str, Any] = {
        local_switch.CABINET: ("location", "dialog", "dialog_vars", "dispatcher"),
        local_switch.SWITCH: (),
    }
    for login, hidden in may.items():
        with psycopg.connect(real.url(login, real_database), autocommit=True) as connection:
            for table in hidden:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT 1 FROM {table}")
            for statement in FORBIDDEN:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)


def test_the_tables_are_those_of_kamailios_own_scripts(database: str, real_database: str) -> None:
    """Ours have at least the columns of Debian's package, of the same types, and the same versions."""
    columns = """SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns
                  WHERE table_schema = 'public'"""
    theirs, ours = Switch(database), Switch(real.owner_url(real_database))
    known = {table for (table,) in ours.rows("SELECT table_name FROM version")}
    expected = {row for row in theirs.rows(columns) if row[0] in known}
    assert expected - set(ours.rows(columns)) == set()
    versions = "SELECT table_name, table_version FROM version WHERE table_name = ANY(%s)"
    assert set(theirs.rows(versions, list(known))) == set(ours.rows(versions, list(known)))
