"""A Kamailio database, emptied for each test, and the trunk and number whose state is sent to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from local import switch as local_switch
from pytest_django import Settings

from sipcabinet.tests.kamailio import database as kamailio_database
from sipcabinet.tests.kamailio import real
from sipcabinet.tests.kamailio.line import GATEWAY, GATEWAY_PORT, Line
from sipcabinet.tests.kamailio.switch import NUMBER, PASSWORD, PHONE, TOLD_TABLES, Switch, tell
from subscribers.models import Subscriber
from subscribers.tests.factories import ChannelAssignmentFactory, NumberFactory, TrunkFactory
from subscribers.tests.price_list import load_price_list
from subscribers.tests.sip_factories import SipAccountFactory


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    schema = os.environ.get(kamailio_database.SCHEMA)
    if not schema:
        assert os.environ.get("CI") != "true", "no Kamailio schema: run bin/test --full"
        pytest.skip("no Kamailio schema: bin/test --full fetches it")
    with kamailio_database.database(Path(schema)) as url:
        yield url


@pytest.fixture
def switch(database: str, settings: Settings) -> Switch:
    settings.PROVISIONING_BACKEND, settings.KAMAILIO_DATABASE_URL = "kamailio", database
    switch = Switch(database)
    for table in (*TOLD_TABLES, "dialplan"):
        switch.rows(f"TRUNCATE {table}")
    return switch


@pytest.fixture
def trunk(switch: Switch) -> Subscriber:
    """A trunk whose login differs from its number, with ten channels."""
    load_price_list()
    return connected_trunk()


def connected_trunk() -> Subscriber:
    trunk = TrunkFactory.create(phone=PHONE)
    SipAccountFactory.create(trunk=trunk, login="office-1", password=PASSWORD)
    ChannelAssignmentFactory.create(subscriber=trunk, package__channels=10)
    return trunk


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    return NumberFactory.create(trunk=trunk, phone=NUMBER)


# --- A real Kamailio --------------------------------------------------------------------------------------------------
WRITTEN_TABLES = ("location", "dialog", "dialog_vars", "acc_cdrs", "cabinet_refusals", "cabinet_seen")


@pytest.fixture(scope="session")
def real_database() -> Iterator[str]:
    """`host:port/name` of a database with switch/kamailio/schema.sql, and one gateway."""
    if local_switch.missing():
        assert os.environ.get("CI") != "true", "no Kamailio: run bin/test --full"
        pytest.skip("no Kamailio or SIPp: bin/test --full installs them on Debian")
    with real.database() as address:
        Switch(real.owner_url(address)).rows(
            "INSERT INTO dispatcher (setid, destination, description) VALUES (1, %s, 'gateway')",
            f"sip:{GATEWAY}:{GATEWAY_PORT}",
        )
        yield address


@pytest.fixture(scope="session")
def real_switch(real_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.RealSwitch]:
    with real.running(tmp_path_factory.mktemp("kamailio"), real_database, tls=True) as running:
        yield running


@pytest.fixture
def line(real_switch: real.RealSwitch, real_database: str, settings: Settings, tmp_path: Path) -> Line:
    """Kamailio without customers: the portal writes into its database as the limited login `cabinet`."""
    settings.PROVISIONING_BACKEND = "kamailio"
    settings.KAMAILIO_DATABASE_URL = real.url(local_switch.CABINET, real_database)
    switch = Switch(real.owner_url(real_database))
    switch.rows(f"TRUNCATE {', '.join((*TOLD_TABLES, 'dialplan', *WRITTEN_TABLES))}")
    line = Line(real_switch, switch, tmp_path)
    line.read_again()
    line.forget()
    return line


@pytest.fixture
def office(line: Line) -> Subscriber:
    """A trunk with ten channels that the real Kamailio knows, and a price list with free numbers."""
    load_price_list()
    office = connected_trunk()
    tell(office)
    line.read_again()
    return office


@pytest.fixture
def desk_number(office: Subscriber) -> Subscriber:
    """A number of the trunk."""
    number = NumberFactory.create(trunk=office, phone=NUMBER)
    tell(number)
    return number
