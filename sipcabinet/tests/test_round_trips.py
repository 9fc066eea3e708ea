"""How often a page waits for PostgreSQL: every statement counts, those of transactions, roles and settings too.

Pages have their own login here, as in an installation: the session's row with login, account and customer comes from
the application's connection; `BEGIN` and the proof of the account are one round trip, `COMMIT` is one.
"""

from collections.abc import Iterator

import environ
import pytest
from django.db import DEFAULT_DB_ALIAS
from django.db.utils import ConnectionHandler
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import UserFactory
from sipcabinet.lib import tenancy
from sipcabinet.tests import logins, round_trips
from sipcabinet.tests.processes import database_url
from subscribers.models import Subscriber
from subscribers.tests.factories import CallFactory, TrunkFactory

SESSION, WALL = 1, 2


@pytest.fixture
def own_login(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages use PORTAL_DATABASE_URL, with the database of this test."""
    wanted = environ.Env.db_url_config(logins.of_pages(database_url()))
    wanted |= {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None}
    handler = ConnectionHandler({DEFAULT_DB_ALIAS: wanted})
    monkeypatch.setattr(tenancy, "_own_logins", handler)
    yield
    handler[DEFAULT_DB_ALIAS].close()


def trips(client: Client, path: str) -> round_trips.Trips:
    """Those of the third visit: the first ones compile queries, open connections and touch the session."""
    for _ in range(2):
        assert client.get(path).status_code == 200, path
    with round_trips.counted() as found:
        client.get(path)
    return found


@pytest.mark.usefixtures("own_login")
def test_each_page_states_its_round_trips() -> None:
    owner: User = UserFactory.create()
    trunk: Subscriber = TrunkFactory.create(account=owner.account)
    call = CallFactory.create(subscriber=trunk)
    client = Client()
    client.force_login(owner)
    calls = reverse("subscribers:calls", args=[trunk.pk])
    expected = {
        reverse("accounts:help"): SESSION,  # not behind the wall
        reverse("billing:payment_list"): SESSION + WALL + 1,  # the balance
        f"{calls}?month={call.month:%Y-%m}&kind=out": SESSION + WALL + 3,  # the subscriber, the sums, the calls
        calls: SESSION + WALL + 1,
        "/": SESSION + WALL + 6,  # calls by day, load of trunks, numbers, money, minutes, orders
    }
    for path, count in expected.items():
        found = trips(client, path)
        assert found.count == count, (path, found.count, found.statements)
