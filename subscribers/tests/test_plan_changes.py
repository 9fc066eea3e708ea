"""A plan changes from a day on: fees by the day, included minutes from the next month (4.11, 4.5)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month, midnight
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.moments import minsk
from subscribers.calls.included_minutes import IncludedMinutes
from subscribers.errors import NumberError
from subscribers.models import FormerPlan, Operation, PlanKind, Subscriber, TariffPlan
from subscribers.selectors import charges
from subscribers.services import numbers, plan_changes
from subscribers.tests.factories import (
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
    VatRateFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)


@pytest.fixture
def small(db: None) -> TariffPlan:
    VatRateFactory.create()
    return PlanTermsFactory.create(plan=TariffPlanFactory.create(code="small", name="Малый")).plan


@pytest.fixture
def large(db: None) -> TariffPlan:
    plan = TariffPlanFactory.create(code="large", name="Большой")
    return PlanTermsFactory.create(plan=plan, monthly_fee=Decimal("30.00"), included_minutes=1000).plan


@pytest.fixture
def trunk(account: Account, small: TariffPlan) -> Subscriber:
    return TrunkFactory.create(account=account, plan=small)


def change(trunk: Subscriber, plan: TariffPlan, at: Any = None, by: Actor | None = None) -> Operation:
    return plan_changes.change(subscriber=trunk, plan=plan, at=at, by=by or Actor())


def lines(account: Account, trunk: Subscriber, month: Month) -> list[tuple[str, int, Decimal]]:
    found = charges.of_subscriber(account, trunk, month)
    return [(line.name, line.quantity, line.net) for line in found.lines if line.kind == "fee"]


def test_each_day_is_charged_by_one_plan(
    account: Account, trunk: Subscriber, large: TariffPlan, at: Callable[[str], Any]
) -> None:
    at("2026-11-11 10:00")
    change(trunk, large)
    at("2026-11-30 23:00")
    assert sorted(lines(account, trunk, NOVEMBER)) == [
        ("Большой", 20, Decimal("20.00")),
        ("Малый", 10, Decimal("4.00")),
    ]


def test_other_months_have_the_plan_of_their_days(
    account: Account, trunk: Subscriber, large: TariffPlan, at: Callable[[str], Any]
) -> None:
    at("2026-12-01 00:00:05")
    change(trunk, large, midnight(clock.today()))
    assert lines(account, trunk, NOVEMBER) == [("Малый", 30, Decimal("12.00"))]
    assert [name for name, _days, _net in lines(account, trunk, DECEMBER)] == ["Большой"]
    again = Subscriber.objects.get(pk=trunk.pk)
    included = IncludedMinutes.of([trunk.pk])
    assert (included.seconds(again, NOVEMBER), included.seconds(again, DECEMBER)) == (300 * 60, 1000 * 60)


def test_included_minutes_of_a_month_are_of_its_first_day(
    trunk: Subscriber, large: TariffPlan, at: Callable[[str], Any]
) -> None:
    at("2026-11-11 10:00")
    change(trunk, large)
    again = Subscriber.objects.get(pk=trunk.pk)
    included = IncludedMinutes.of([trunk.pk])
    assert (included.seconds(again, NOVEMBER), included.seconds(again, DECEMBER)) == (300 * 60, 1000 * 60)


def test_a_plan_of_the_same_day_is_replaced(
    account: Account, trunk: Subscriber, small: TariffPlan, large: TariffPlan, at: Callable[[str], Any]
) -> None:
    at("2026-11-11 10:00")
    change(trunk, large)
    at("2026-11-11 12:00")
    change(trunk, small)
    assert FormerPlan.objects.count() == 1
    at("2026-11-30 23:00")
    assert lines(account, trunk, NOVEMBER) == [("Малый", 30, Decimal("12.00"))]


def test_a_change_is_an_operation_and_stands_in_the_journal(trunk: Subscriber, large: TariffPlan, staff: User) -> None:
    by = Actor(staff, reason="заявление № 3", token="form")
    done = change(trunk, large, by=by)
    assert change(trunk, large, by=by) == done
    assert done.changes == [{"name": "Тарифный план", "was": "Малый", "now": "Большой", "price": "30,00\u00a0BYN"}]
    assert AuditEvent.objects.get(action="number.plan_changed").user == staff


def refused(code: str, trunk: Subscriber, plan: TariffPlan, at: Any = None) -> None:
    with pytest.raises(NumberError) as refusal:
        change(trunk, plan, at)
    assert refusal.value.code == f"number.{code}"
    assert not FormerPlan.objects.exists()


def test_what_breaks_a_rule_is_refused(trunk: Subscriber, small: TariffPlan, large: TariffPlan) -> None:
    refused("same_plan", trunk, small)
    refused("plan", trunk, PlanTermsFactory.create(plan=TariffPlanFactory.create(kind=PlanKind.NUMBER)).plan)
    refused("no_price", trunk, TariffPlanFactory.create(code="dear"))
    refused("future", trunk, large, clock.now() + timedelta(minutes=1))
    refused("before_plan", trunk, large, trunk.connected_at - timedelta(days=1))
    numbers.close(subscriber=trunk)
    refused("closed", trunk, large)


def test_a_change_before_the_present_plan_is_refused(
    trunk: Subscriber, small: TariffPlan, large: TariffPlan, at: Callable[[str], Any]
) -> None:
    at("2026-11-11 10:00")
    change(trunk, large)
    with pytest.raises(NumberError):
        change(trunk, small, minsk("2026-11-10 12:00"))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_changes_the_plan(account: Account, small: TariffPlan, large: TariffPlan) -> None:
    trunk = TrunkFactory.create(account=account, plan=small)

    def work() -> str:
        try:
            change(trunk, large)
        except NumberError as refusal:
            return refusal.code
        return "changed"

    assert sorted(at_once([work, work])) == ["changed", "number.same_plan"]
