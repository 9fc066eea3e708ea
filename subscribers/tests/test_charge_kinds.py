"""Every kind of fee is complete: a title, a thing that is sold, its prices, the query of its facts (3.5)."""

from collections.abc import Collection

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import AccountFactory
from sipcabinet.lib.periods import Month
from subscribers.charges import GROUPS, ChargeKind
from subscribers.models import PlanTerms
from subscribers.models.prices import DatedPrice
from subscribers.selectors import charge_facts, prices
from subscribers.services import assignments

FACTS = "subscribers/selectors/charge_facts.py"


def forgotten(titles: Collection[str], sold: Collection[str], priced: Collection[type], tables: set[type]) -> list[str]:
    """Names, in words, what kinds of fees and price tables lack. Calls are charged by rates, not by a fee."""
    fees = {kind for kind in ChargeKind if kind is not ChargeKind.CALLS}
    known = {table for table, _key in prices._TABLES.values()}
    return sorted(
        [f"«{kind}» has no title in GROUPS (subscribers/charges/lines.py)" for kind in {*ChargeKind} - {*titles}]
        + [f"«{kind}» names no model in _MODELS ({FACTS})" for kind in fees - {*sold}]
        + [
            f"{model.__name__} has no prices in _TABLES (subscribers/selectors/prices.py)"
            for model in {*priced} - {*prices._TABLES}
        ]
        + [f"{table.__name__} is not in _TABLES (subscribers/selectors/prices.py)" for table in tables - known]
    )


def tables() -> set[type]:
    """Every table of dated monthly fees."""
    return {PlanTerms, *(model for model in apps.get_models() if issubclass(model, DatedPrice))}


def test_every_kind_has_its_places() -> None:
    assert forgotten(GROUPS, charge_facts.MODELS, charge_facts.MODELS.values(), tables()) == []


def test_a_forgotten_place_is_named() -> None:
    class Router: ...

    class RouterPrice: ...

    titles = {*GROUPS} - {ChargeKind.MINUTES}
    sold = {*charge_facts.MODELS} - {ChargeKind.CHANNELS}
    assert forgotten(titles, sold, [Router], {RouterPrice}) == [
        "Router has no prices in _TABLES (subscribers/selectors/prices.py)",
        "RouterPrice is not in _TABLES (subscribers/selectors/prices.py)",
        "«channels» names no model in _MODELS (subscribers/selectors/charge_facts.py)",
        "«minutes» has no title in GROUPS (subscribers/charges/lines.py)",
    ]


def uncharged(sql: str) -> list[str]:
    """Names, in words, the assignments that the query of facts does not read."""
    models = [model for model in assignments.kinds() if f'"{model._meta.db_table}"' not in sql]
    return [f"{model.__name__} is not read by _facts ({FACTS}): nobody would pay for it" for model in models]


@pytest.mark.django_db
def test_what_a_subscriber_has_is_charged() -> None:
    account = AccountFactory.create()
    with CaptureQueriesContext(connection) as queries:
        charge_facts.fees_of(account, (Month.current().start, Month.current().end), {})
    sql = " ".join(query["sql"] for query in queries)
    assert uncharged(sql) == []
    assert uncharged(sql.replace("subscribers_minuteassignment", "")) == [
        f"MinuteAssignment is not read by _facts ({FACTS}): nobody would pay for it"
    ]
