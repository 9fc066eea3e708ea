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
from subscribers.models import PlanTerms, Subscriber, VatRate
from subscribers.selectors import charge_facts, charge_sums
from subscribers.selectors.prices import VatMissingError
from subscribers.tests.factories import (
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


def test_a_month_without_a_price_or_vat_refuses_alone(trunk: Subscriber) -> None:
    assert charge_sums.of_months(trunk.account, []) == {}
    PlanTerms.objects.update(valid_from=NOVEMBER.first_day)
    found = charge_sums.of_months(trunk.account, [OCTOBER, NOVEMBER])
    assert isinstance(found[OCTOBER], PriceMissingError)
    assert isinstance(found[NOVEMBER], Taxed)
    VatRate.objects.update(valid_from=NOVEMBER.first_day)
    assert isinstance(charge_sums.of_months(trunk.account, [OCTOBER])[OCTOBER], VatMissingError)
