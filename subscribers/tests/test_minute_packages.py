"""Minute packages: by staff, on an application, one at a time; and the text of each refusal (2.4)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.actor import Actor
from accounts.models import AuditEvent, User
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.calls import allowances
from subscribers.models import (
    Allowance,
    BillingMonth,
    CallDailyTotal,
    CallRecord,
    MinuteAssignment,
    MinutePackage,
    MinutePrice,
    Operation,
    OperationKind,
    Provisioning,
    Subscriber,
    SubscriberStatus,
)
from subscribers.services import minutes
from subscribers.services.minutes import MinutesError
from subscribers.tests.factories import (
    LONG_AGO,
    CallFactory,
    MinuteAssignmentFactory,
    MinutePackageFactory,
    NumberFactory,
    PlanTermsFactory,
)

NOVEMBER = Month(2026, 11)
REASON = "Заявление № 41 от 16.11.2026"


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-11-16 10:00")


@pytest.fixture
def trunk(trunk: Subscriber) -> Subscriber:
    PlanTermsFactory.create(plan=trunk.plan, included_minutes=1)
    return trunk


@pytest.fixture
def package(db: None) -> MinutePackage:
    return MinutePackageFactory.create(minutes=300, fee=24)


@pytest.fixture
def connect(trunk: Subscriber, package: MinutePackage, staff: User) -> Callable[..., Operation]:
    """Connects the package; arguments override the defaults."""

    def run(**changed: Any) -> Operation:
        by: dict[str, Any] = {"user": staff, "reason": REASON}
        by |= {name: changed.pop(name) for name in ("user", "reason", "address", "token") if name in changed}
        given: dict[str, Any] = {"trunk": trunk, "package": package}
        return minutes.connect(by=Actor(**by), **(given | changed))

    return run


def granted(trunk: Subscriber, month: Month = NOVEMBER) -> tuple[int, int]:
    row = Allowance.objects.get(trunk=trunk, month=month.first_day)
    return row.granted_seconds, row.used_seconds


def periods(trunk: Subscriber) -> list[tuple[int, Any, Any]]:
    rows = MinuteAssignment.objects.filter(subscriber=trunk).order_by("started_at", "pk")
    return list(rows.values_list("package__minutes", "started_at", "ended_at"))


def test_a_package_joins_the_minutes_of_the_month_by_the_day(
    connect: Callable[..., Operation], trunk: Subscriber, staff: User
) -> None:
    operation = connect(address="203.0.113.9")
    assert granted(trunk) == ((1 + 150) * 60, 0)
    assert periods(trunk) == [(300, clock.now(), None)]
    assert (operation.kind, operation.reason, operation.made_by) == (OperationKind.MINUTES, REASON, staff)
    assert operation.changes == [
        {"name": "Пакет минут в другие сети", "was": "нет", "now": "300 минут", "price": "24,00\u00a0BYN"}
    ]
    event = AuditEvent.objects.get(action="service.minutes")
    assert (event.account, event.user, event.address) == (trunk.account, staff, "203.0.113.9")
    assert Provisioning.objects.get(subscriber=trunk).version == operation.version


def test_calls_of_the_month_that_are_now_covered_cost_nothing(
    connect: Callable[..., Operation], trunk: Subscriber
) -> None:
    call = CallFactory.create(subscriber=trunk, started_at=clock.now() - timedelta(days=9), talk_seconds=600)
    earlier = CallFactory.create(subscriber=trunk, started_at=clock.now() - timedelta(days=30), talk_seconds=600)
    connect()
    found = CallRecord.objects.get(id=call.id)
    assert (found.included_seconds, found.cost) == (600, Decimal(0))
    assert CallDailyTotal.objects.get(day=date(2026, 11, 7)).cost == 0
    assert granted(trunk)[1] == 600
    assert CallRecord.objects.get(id=earlier.id).cost == earlier.cost > 0  # a call of another month


def test_from_the_next_month_nothing_changes_in_this_one(connect: Callable[..., Operation], trunk: Subscriber) -> None:
    CallFactory.create(subscriber=trunk, talk_seconds=600)
    operation = connect(at=NOVEMBER.end)
    assert operation.changes[0]["now"] == "300 минут, с 01.12.2026"
    assert not Allowance.objects.exists()
    december = NOVEMBER.shift(1)
    locked = allowances.lock([(trunk.pk, NOVEMBER.first_day), (trunk.pk, december.first_day)])
    assert [row.granted_seconds for row in locked.values()] == [60, 301 * 60]


def test_months_that_are_counted_ahead_are_granted_anew_too(
    connect: Callable[..., Operation], trunk: Subscriber
) -> None:
    december = NOVEMBER.shift(1)
    allowances.lock([(trunk.pk, december.first_day)])
    connect()
    assert granted(trunk, december)[0] == 301 * 60


def test_another_package_takes_the_place_of_the_first(
    connect: Callable[..., Operation], trunk: Subscriber, at: Callable[[str], Any]
) -> None:
    connect()
    at("2026-11-22 10:00")
    bigger = MinutePackageFactory.create(minutes=1000, fee=70)
    operation = connect(package=bigger)
    assert operation.changes[0]["was"] == "300 минут"
    assert [(size, bool(ended)) for size, _, ended in periods(trunk)] == [(300, True), (1000, False)]
    assert granted(trunk)[0] == (1 + 60 + 300) * 60  # 6 days of the first package, 9 of the second


def test_a_disconnected_package_leaves_the_minutes_of_its_days(
    connect: Callable[..., Operation], trunk: Subscriber, staff: User, at: Callable[[str], Any]
) -> None:
    connect()
    CallFactory.create(subscriber=trunk, talk_seconds=7200)
    at("2026-11-19 10:00")
    operation = minutes.disconnect(trunk=trunk, by=Actor(staff, reason=REASON))
    assert operation.changes[0] == {"name": "Пакет минут в другие сети", "was": "300 минут", "now": "нет", "price": ""}
    assert granted(trunk) == (31 * 60, 31 * 60)
    call = CallRecord.objects.get()
    assert call.cost == Decimal("0.3054") * (120 - 31)
    assert periods(trunk)[0][2] == clock.now()


def test_a_package_that_has_not_begun_can_be_called_off(
    connect: Callable[..., Operation], trunk: Subscriber, staff: User
) -> None:
    connect(at=NOVEMBER.end)
    minutes.disconnect(trunk=trunk, by=Actor(staff, reason=REASON), at=NOVEMBER.end)
    assert periods(trunk) == [(300, clock.now(), clock.now())]
    for month in (NOVEMBER, NOVEMBER.shift(1)):
        locked = allowances.lock([(trunk.pk, month.first_day)])
        assert [row.granted_seconds for row in locked.values()] == [60]


def test_a_planned_end_can_be_brought_forward(
    connect: Callable[..., Operation], trunk: Subscriber, staff: User, at: Callable[[str], Any]
) -> None:
    connect()
    minutes.disconnect(trunk=trunk, by=Actor(staff, reason=REASON), at=NOVEMBER.end)
    assert periods(trunk)[0][2] == NOVEMBER.end
    at("2026-11-19 10:00")
    minutes.disconnect(trunk=trunk, by=Actor(staff, reason=REASON))
    assert periods(trunk)[0][2] == clock.now()


def test_the_same_form_sent_twice_makes_one_change(connect: Callable[..., Operation], trunk: Subscriber) -> None:
    assert connect(token="f") == connect(token="f")
    assert len(periods(trunk)) == 1


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(MinutesError) as caught:
        call()
    assert not Operation.objects.exists()
    assert caught.value.message
    return caught.value.code


def test_a_customer_cannot_even_by_the_service(connect: Callable[..., Operation], owner: User) -> None:
    assert refused(lambda: connect(user=owner)) == "minutes.staff_only"
    assert not MinuteAssignment.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "з" * 201])
def test_the_application_is_named(connect: Callable[..., Operation], reason: str) -> None:
    assert refused(lambda: connect(reason=reason)) == "minutes.reason"


def test_a_number_has_no_minutes_of_its_own(connect: Callable[..., Operation], trunk: Subscriber, staff: User) -> None:
    number = NumberFactory.create(trunk=trunk)
    assert refused(lambda: connect(trunk=number)) == "minutes.trunk_only"
    assert refused(lambda: minutes.disconnect(trunk=number, by=Actor(staff, reason=REASON))) == "minutes.trunk_only"


def test_a_disconnected_trunk_gets_none(connect: Callable[..., Operation], trunk: Subscriber) -> None:
    Subscriber.objects.filter(pk=trunk.pk).update(status=SubscriberStatus.CLOSED, closed_at=clock.now())
    assert refused(connect) == "minutes.closed"


def test_a_package_is_offered_and_has_a_price_on_that_day(
    connect: Callable[..., Operation], package: MinutePackage
) -> None:
    MinutePrice.objects.update(valid_until=date(2026, 12, 1))
    assert refused(lambda: connect(at=NOVEMBER.end)) == "minutes.not_offered"
    MinutePrice.objects.update(valid_until=None)
    MinutePackage.objects.update(is_offered=False)
    package.refresh_from_db()
    assert refused(connect) == "minutes.not_offered"


@pytest.mark.parametrize("days", [-40, -1, 1, 40])
def test_a_package_begins_now_or_with_the_next_month(connect: Callable[..., Operation], days: int) -> None:
    assert refused(lambda: connect(at=clock.now() + timedelta(days=days))) == "minutes.moment"


@pytest.mark.parametrize("closed", [NOVEMBER, NOVEMBER.shift(1)])
def test_a_closed_month_is_left_alone(connect: Callable[..., Operation], closed: Month) -> None:
    BillingMonth.objects.create(month=closed.first_day, closed_at=clock.now())
    assert refused(connect) == "minutes.month_closed"


def test_what_is_there_is_not_connected_again_and_what_is_not_cannot_go(
    connect: Callable[..., Operation], trunk: Subscriber, package: MinutePackage, staff: User
) -> None:
    assert refused(lambda: minutes.disconnect(trunk=trunk, by=Actor(staff, reason=REASON))) == "minutes.not_connected"
    MinuteAssignmentFactory.create(subscriber=trunk, package=package)
    assert refused(connect) == "minutes.connected"


def test_the_database_itself_refuses_two_packages_at_once(trunk: Subscriber, package: MinutePackage) -> None:
    MinuteAssignmentFactory.create(subscriber=trunk, package=package)
    with pytest.raises(IntegrityError, match="minutes_never_twice"), transaction.atomic():
        MinuteAssignmentFactory.create(subscriber=trunk, package=package, started_at=LONG_AGO + timedelta(days=1))
