"""How often a page waits for PostgreSQL: every statement counts, those of transactions, roles and settings too.

Pages have their own login here, as in an installation: the session's row with login, account and customer comes from
the application's connection; `BEGIN` and the proof of the account are one round trip, `COMMIT` is one.
"""

from collections.abc import Iterator
from typing import Any

import environ
import pytest
from django.db import DEFAULT_DB_ALIAS
from django.db.utils import ConnectionHandler
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.tests.factories import StaffFactory, UserFactory
from billing.tests.deliveries import chosen
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.environment import DATABASE_ENGINE
from sipcabinet.lib.periods import Month
from sipcabinet.tests import logins, round_trips
from sipcabinet.tests.access.addresses import PATTERNS, url_of
from sipcabinet.tests.access.table import TABLE, WHO
from sipcabinet.tests.access.world import World, make
from sipcabinet.tests.browser.pages import UNSEEN
from sipcabinet.tests.processes import database_url
from subscribers.models import BarCause, Provisioning, ProvisioningJob, Service, TrunkBar
from subscribers.tests.factories import (
    NumberFactory,
    PlanTermsFactory,
    ServiceAssignmentFactory,
    TrunkFactory,
    VatRateFactory,
)

MOST = 8  # queries of a page, the session's row included


@pytest.fixture
def own_login(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages use PORTAL_DATABASE_URL, with the database of this test."""
    wanted = environ.Env.db_url_config(logins.of_pages(database_url()))
    wanted |= {"ENGINE": DATABASE_ENGINE, "CONN_MAX_AGE": None}
    handler = ConnectionHandler({DEFAULT_DB_ALIAS: wanted})
    monkeypatch.setattr(tenancy, "_own_logins", handler)
    yield
    handler[DEFAULT_DB_ALIAS].close()


def trips(client: Client, path: str) -> round_trips.Trips:
    """Those of the second visit: the first one compiles queries, opens connections and changes the session."""
    assert client.get(path).status_code == 200, path
    with round_trips.counted() as found:
        client.get(path)
    return found


# Steps of wizards with the answers that their URLs hold: each opens with 200 only then.
STEPS = {
    "subscribers:services_add_check": "?services={service}",
    "subscribers:services_remove_check": "?services={on}",
    "billing:call_detail_subscribers": "?month={month}&direction=out",
    "billing:delivery_review": "?method=self",
    "subscribers:calls": "?month={month}&kind=out",
    "subscribers:charges": "?month={month}",
    "billing:payment_list": "?start={today}&end={today}",
    "billing:reconciliation": "?start={today}&end={today}",
}
# The round trips of each page of a customer and, of these, the queries. Beside the queries of the page there are the
# session's row (one query), BEGIN with the proof of the account, and COMMIT. What does not come with each visit is not
# counted: the query for an announcement that is shown, the UPDATE of the session's last use.
PAGES = {
    "accounts:forgot": (1, 1),
    "accounts:forgot_sent": (1, 1),
    "accounts:help": (1, 1),
    "accounts:journal": (4, 2),
    "accounts:password_change": (1, 1),
    "accounts:second_factor_on": (2, 2),
    "accounts:security": (7, 5),
    "billing:account": (5, 5),
    "billing:call_detail": (5, 3),
    "billing:call_detail_subscribers": (6, 4),
    "billing:current_charges": (5, 5),
    "billing:delivery": (4, 2),
    "billing:delivery_addresses": (4, 2),
    "billing:delivery_change": (4, 2),
    "billing:delivery_review": (4, 2),
    "billing:delivery_what": (4, 2),
    "billing:guarantee": (5, 4),
    "billing:guarantee_list": (4, 2),
    "billing:guarantee_register": (5, 4),
    "billing:invoice": (5, 7),
    "billing:invoice_by_email": (6, 4),
    "billing:invoice_by_link": (6, 4),
    "billing:invoice_line": (6, 6),
    "billing:invoice_link": (4, 4),
    "billing:invoices": (5, 4),
    "billing:order": (6, 4),
    "billing:orders": (5, 3),
    "billing:payment_list": (8, 6),
    "billing:payments": (4, 2),
    "billing:reconciliation": (8, 7),
    "site:home": (4, 7),
    "subscribers:calls": (4, 4),
    "subscribers:channels": (7, 5),
    "subscribers:channels_change": (6, 4),
    "subscribers:channels_review": (9, 7),
    "subscribers:charges": (6, 6),
    "subscribers:detail": (9, 7),
    "subscribers:label": (4, 2),
    "subscribers:labels_import": (3, 1),
    "subscribers:limits": (9, 7),
    "subscribers:limits_change": (7, 5),
    "subscribers:minutes": (6, 6),
    "subscribers:minutes_application": (7, 5),
    "subscribers:minutes_application_pdf": (8, 6),
    "subscribers:operation": (7, 5),
    "subscribers:select": (5, 3),
    "subscribers:service_set": (4, 4),
    "subscribers:services": (6, 6),
    "subscribers:services_add": (5, 5),
    "subscribers:services_add_check": (5, 5),
    "subscribers:services_remove": (5, 5),
    "subscribers:services_remove_check": (5, 5),
    "subscribers:sip_parameters": (6, 4),
    "subscribers:sip_password_change": (7, 5),
    "subscribers:sip_phone_add": (6, 4),
    "subscribers:sip_phones": (7, 5),
    "subscribers:sip_settings": (6, 4),
}


def paths(world: World) -> dict[str, str]:
    """The paths of the customer's pages by the names of their URLs."""
    account = Account.objects.get(users=world.people["owner"])
    chosen(account, "buh@customer.example")
    Account.objects.filter(pk=account.pk).update(announced_until=None)
    offered = Service.objects.get(by_application=True, assignments=None)
    Service.objects.filter(pk=offered.pk).update(by_application=False)
    answers = {
        "service": offered.pk,
        "on": world.objects["service_pk"],
        "month": Month.current().code,
        "today": clock.today(),
    }
    names = [name for name, row in TABLE.items() if row.get[WHO.index("owner")] == "200" or name in STEPS]
    shown = [name for name in names if name not in {*UNSEEN, "billing:download"} and not name.startswith("demo:")]
    return {name: url_of(PATTERNS[name], world) + STEPS.get(name, "").format(**answers) for name in shown}


@pytest.mark.usefixtures("own_login")
def test_each_page_states_its_round_trips() -> None:
    """A new page needs a row. With more than MOST queries it is not finished."""
    world = make(owner=UserFactory.create(), other=UserFactory.create(), staff=StaffFactory.create())
    client = Client()
    client.force_login(world.people["owner"])
    with clock.at(clock.now()):  # the use of a session is written at most once a second
        found = {name: trips(client, path) for name, path in paths(world).items()}
    assert {name: (one.count, one.queries) for name, one in found.items()} == PAGES
    assert max(queries for _trips, queries in PAGES.values()) <= MOST


# Pages of a trunk whose paid directions are closed while the switch has not applied it yet, and of an account whose
# former month is not closed: what a state adds is counted too, and here the session changes as well.
STATES = {
    "billing:account": (5, 5),
    "subscribers:calls": (5, 5),
    "subscribers:channels": (8, 6),
    "subscribers:detail": (10, 8),
    "subscribers:limits": (10, 8),
    "subscribers:services": (7, 7),
}


@pytest.mark.usefixtures("own_login")
def test_a_barred_trunk_and_an_open_month_cost_no_more() -> None:
    owner: Any = UserFactory.create()
    VatRateFactory.create()
    trunk, other = TrunkFactory.create_batch(2, account=owner.account)
    PlanTermsFactory.create(plan=trunk.plan)
    TrunkBar.objects.create(account=owner.account, trunk=trunk, cause=BarCause.ALARM, reason="Ночные звонки")
    ServiceAssignmentFactory.create(subscriber=trunk)
    shared = {"account": owner.account, "subscriber": trunk}
    Provisioning.objects.create(**shared, version=2, applied_version=1)
    ProvisioningJob.objects.create(**shared, version=2)
    client = Client()
    client.force_login(owner)
    elsewhere = reverse("subscribers:detail", args=[other.pk])
    found = {}
    with clock.at(clock.now()):
        for name in STATES:
            path = reverse(name, args=[] if name == "billing:account" else [trunk.pk])
            path += STEPS.get(name, "").format(month=Month.current().code)
            trips(client, path)
            client.get(elsewhere)
            with round_trips.counted() as one:
                client.get(path)
            found[name] = (one.count, one.queries)
    assert found == STATES
    assert max(queries for _trips, queries in STATES.values()) <= MOST


@pytest.mark.usefixtures("own_login")
def test_another_number_costs_one_update_of_the_session() -> None:
    """The session remembers the number whose sub-menu is open, and its last use with it."""
    owner = UserFactory.create()
    trunk = TrunkFactory.create(account=owner.account)
    client = Client()
    client.force_login(owner)
    one, other = (
        reverse("subscribers:detail", args=[number.pk]) for number in (trunk, NumberFactory.create(trunk=trunk))
    )
    same = trips(client, other)
    client.get(one)
    with round_trips.counted() as found:
        client.get(other)
    assert (found.count, found.queries) == (same.count + 1, same.queries + 1), found.statements
