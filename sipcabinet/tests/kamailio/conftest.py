"""A Kamailio database, emptied for each test, and the trunk and number whose state is sent to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from sipcabinet.tests.kamailio import database as kamailio_database
from sipcabinet.tests.kamailio.switch import NUMBER, PASSWORD, PHONE, TOLD_TABLES, Switch
from subscribers.models import Subscriber
from subscribers.tests.factories import (
    ChannelAssignmentFactory,
    NumberFactory,
    SipAccountFactory,
    TrunkFactory,
)
from subscribers.tests.price_list import load_price_list


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
    trunk = TrunkFactory.create(phone=PHONE)
    SipAccountFactory.create(trunk=trunk, login="office-1", password=PASSWORD)
    ChannelAssignmentFactory.create(subscriber=trunk, package__channels=10)
    return trunk


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    return NumberFactory.create(trunk=trunk, phone=NUMBER)
