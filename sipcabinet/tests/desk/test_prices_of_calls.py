"""Staff who change a price see the command that rates the calls of an open month again (4.5)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.models import BillingMonth, Destination, PlanTerms
from subscribers.tests.factories import CallFactory, DestinationFactory, TariffPlanFactory, TrunkFactory


@pytest.fixture(autouse=True)
def _calls(at: Callable[[str], Any], account: Account) -> None:
    """One call on 5 October, one on 5 September; both months are open."""
    at("2026-10-20 12:00")
    trunk = TrunkFactory.create(account=account)
    for month in (9, 10):
        CallFactory.create(subscriber=trunk, started_at=clock.minsk(clock.now()).replace(month=month, day=5))
        BillingMonth.objects.get_or_create(month=date(2026, month, 1))


def commands(desk: Client, url: str, fields: dict[str, Any]) -> list[str]:
    """The commands that the page shows after it is saved."""
    response = desk.post(url, fields, follow=True)
    assert response.redirect_chain, response.context["adminform"].form.errors
    return [str(told).partition("manage.py ")[2] for told in response.context["messages"] if "manage.py" in str(told)]


def add_rate(desk: Client, since: date, prefix: str = "37533") -> list[str]:
    return commands(desk, reverse("admin:subscribers_rate_add"), {
        "destination": DestinationFactory.create().pk, "prefix": prefix, "price_per_minute": "0,31",
        "first_increment": 60, "next_increment": 1, "valid_from": clock.show_date(since), "valid_until": "",
    })  # fmt: skip


SEPTEMBER, OCTOBER = "rerate --month 2026-09", "rerate --month 2026-10"


def test_a_rate_that_dates_back_names_the_months_of_its_calls(desk: Client) -> None:
    assert add_rate(desk, date(2026, 8, 1), "1") == [SEPTEMBER, OCTOBER]
    assert add_rate(desk, date(2026, 9, 6), "2") == [OCTOBER]
    assert add_rate(desk, date(2026, 10, 6), "3") == []  # no call is after this day
    assert add_rate(desk, date(2026, 10, 21), "4") == []


def test_a_closed_month_is_not_named(desk: Client) -> None:
    BillingMonth.objects.filter(month=date(2026, 9, 1)).update(closed_at=clock.now())
    assert add_rate(desk, date(2026, 10, 1)) == [OCTOBER]


def test_an_end_is_never_in_the_past_and_names_nothing(desk: Client) -> None:
    terms = PlanTerms.objects.create(plan=TariffPlanFactory.create(), monthly_fee=1, valid_from=date(2026, 1, 1))
    url = reverse("admin:subscribers_planterms_change", args=[terms.pk])
    assert commands(desk, url, {"valid_until": clock.show_date(clock.today() + timedelta(days=2))}) == []


def test_terms_of_a_plan_that_date_back(desk: Client) -> None:
    fields = {
        "plan": TariffPlanFactory.create(code="new").pk, "monthly_fee": "1", "included_minutes": 5,
        "included_channels": 1, "suspended_fee_percent": 100,
        "valid_from": clock.show_date(Month.current().first_day), "valid_until": "",
    }  # fmt: skip
    assert commands(desk, reverse("admin:subscribers_planterms_add"), fields) == [OCTOBER]


def test_a_destination_that_joins_the_included_minutes(desk: Client) -> None:
    place = Destination.objects.create(code="cis", name="СНГ")
    url = reverse("admin:subscribers_destination_change", args=[place.pk])
    assert commands(desk, url, {"name": "СНГ и Грузия", "order": 5}) == []
    assert commands(desk, url, {"name": "СНГ и Грузия", "order": 5, "uses_allowance": "on"}) == [SEPTEMBER, OCTOBER]
