"""What months cost in all is the sum of their lines, each rounded for itself."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month, midnight
from subscribers.charges import PriceMissingError
from subscribers.models import FormerPlan, PlanTerms, StaffRestriction, Subscriber, VatRate
from subscribers.selectors import charge_facts, charge_sums
from subscribers.selectors.prices import VatMissingError
from subscribers.tests.factories import (
    LONG_AGO,
    CallFactory,
    NumberFactory,
    PlanTermsFactory,
    ServiceAssignmentFactory,
    TrunkFactory,
    VatRateFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    VatRateFactory.create()
    trunk: Subscriber = TrunkFactory.create(account=account)
    PlanTermsFactory.create(plan=trunk.plan)
    return trunk


def test_months_cost_the_sum_of_their_lines(trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, plan=trunk.plan, connected_at=midnight(date(2026, 10, 20)))
    ServiceAssignmentFactory.create(subscriber=number, started_at=midnight(date(2026, 11, 3)))
    for subscriber, day, cost in ((trunk, 7, "0.005000"), (number, 8, "0.005000"), (number, 9, "1.113333")):
        CallFactory.create(subscriber=subscriber, started_at=midnight(date(2026, 10, day)), cost=Decimal(cost))
    late = NOVEMBER.first_day
    CallFactory.create(subscriber=number, started_at=midnight(date(2026, 9, 8)), cost=Decimal("2.1"), charged_in=late)
    CallFactory.create(started_at=midnight(date(2026, 10, 8)), cost=Decimal(50))  # of another account
    with CaptureQueriesContext(connection) as caught:
        found = charge_sums.of_months(trunk.account, [OCTOBER, NOVEMBER])
    assert len(caught) == 3
    for month in (OCTOBER, NOVEMBER):
        lines = charge_facts.count(trunk.account, month, None).values()
        assert found[month] == Taxed.sum_of(lines)
        assert len([line for one in lines for line in one.lines]) == 4


def test_each_subscriber_s_periods_are_counted_together(trunk: Subscriber) -> None:
    """Several periods of one thing are one line of a subscriber, also where other subscribers share these periods."""
    days = [(date(2026, 9, 1), date(2026, 10, 1)), (date(2026, 10, 4), date(2026, 10, 8))]
    days += [(date(2026, 10, 8), date(2026, 10, 31)), (date(2026, 10, 31), None)]
    service = ServiceAssignmentFactory.create(subscriber=trunk, started_at=LONG_AGO).service
    numbers = NumberFactory.create_batch(3, trunk=trunk, plan=trunk.plan)
    for number, held in zip(numbers, (days[:1], days[1:3], days), strict=True):
        for began, ended in held:
            period = {"started_at": midnight(began), "ended_at": ended and midnight(ended)}
            ServiceAssignmentFactory.create(subscriber=number, service=service, **period)
    former = {"plan": trunk.plan, "started_at": LONG_AGO, "ended_at": midnight(date(2026, 10, 12))}
    FormerPlan.objects.create(account=trunk.account, subscriber=numbers[0], **former)
    Subscriber.objects.filter(pk=numbers[0].pk).update(plan_since=midnight(date(2026, 10, 20)))
    PlanTerms.objects.update(suspended_fee_percent=0)
    suspended = {"started_at": midnight(date(2026, 9, 5)), "lifted_at": midnight(date(2026, 10, 15))}
    StaffRestriction.objects.create(account=trunk.account, at_request=True, reason="-", **suspended)
    found = charge_sums.of_months(trunk.account, [OCTOBER, NOVEMBER])
    for month in (OCTOBER, NOVEMBER):
        assert found[month] == Taxed.sum_of(charge_facts.count(trunk.account, month, None).values())
    assert found[OCTOBER].net != found[NOVEMBER].net


def test_a_month_without_a_price_or_vat_refuses_alone(trunk: Subscriber) -> None:
    assert charge_sums.of_months(trunk.account, []) == {}
    PlanTerms.objects.update(valid_from=NOVEMBER.first_day)
    found = charge_sums.of_months(trunk.account, [OCTOBER, NOVEMBER])
    assert isinstance(found[OCTOBER], PriceMissingError)
    assert isinstance(found[NOVEMBER], Taxed)
    VatRate.objects.update(valid_from=NOVEMBER.first_day)
    assert isinstance(charge_sums.of_months(trunk.account, [OCTOBER])[OCTOBER], VatMissingError)
