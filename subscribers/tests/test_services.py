"""Changes of a subscriber's services: which are allowed and which refused (3.2, 2.4)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import clock
from subscribers.models import (
    Operation,
    OperationKind,
    PlanKind,
    Provisioning,
    Service,
    ServiceAssignment,
    ServicePrice,
    Subscriber,
    SubscriberStatus,
)
from subscribers.selectors import services as service_selectors
from subscribers.services import connected_services
from subscribers.services.connected_services import Chosen
from subscribers.services.service_rules import ByApplicationError, ServiceError
from subscribers.tests.factories import (
    LONG_AGO,
    NumberFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TariffPlanFactory,
)


@pytest.fixture
def by(owner: User) -> Actor:
    return Actor(owner, address="203.0.113.9")


@pytest.fixture
def add(trunk: Subscriber, by: Actor) -> Callable[..., Operation]:
    def added(*chosen: Service, **given: Any) -> Operation:
        fields: dict[str, Any] = {"subscriber": trunk, "by": by} | given
        return connected_services.add(chosen=[Chosen(service) for service in chosen], **fields)

    return added


@pytest.fixture
def opposite(trunk: Subscriber) -> tuple[Service, Service]:
    """Two services that exclude each other."""
    access, bar = ServiceFactory.create(name="Доступ", fee=0), ServiceFactory.create(name="Запрет", fee=0)
    access.excludes.add(bar)
    return access, bar


def on(subscriber: Subscriber) -> set[Service]:
    rows = ServiceAssignment.objects.filter(subscriber=subscriber, ended_at=None).select_related("service")
    return {row.service for row in rows}


def refusal_of(work: Callable[[], object]) -> str:
    """The code of a refusal; nothing may have been written."""
    kept = [model.objects.count() for model in (Operation, ServiceAssignment, AuditEvent)]
    with pytest.raises(ServiceError) as refused:
        work()
    assert kept == [model.objects.count() for model in (Operation, ServiceAssignment, AuditEvent)]
    return refused.value.code.removeprefix("service.")


# --- Adding ----------------------------------------------------------------------------------------------------------
def test_services_begin_at_once_as_one_change(add: Any, trunk: Subscriber, owner: User, at: Any) -> None:
    at("2026-11-22 10:00")
    first, second = ServiceFactory.create(fee="1.50"), ServiceFactory.create(fee=0)
    operation = add(first, second)
    assert on(trunk) == {first, second}
    rows = ServiceAssignment.objects.filter(started_by=operation)
    assert {row.started_at for row in rows} == {operation.made_at} == {clock.now()}
    assert (operation.kind, operation.made_by) == (OperationKind.SERVICES_ADDED, owner)
    assert [(change["name"], change["was"], change["now"]) for change in operation.changes] == [
        (first.name, "нет", "подключена"),
        (second.name, "нет", "подключена"),
    ]
    assert operation.changes[0]["price"] == "1,50\u00a0BYN"


def test_the_change_is_in_the_journal_and_told_to_the_switch(add: Any, trunk: Subscriber) -> None:
    service = ServiceFactory.create()
    operation = add(service)
    event = AuditEvent.objects.get(action="service.added")
    assert (event.details["operation"], str(event.address)) == (operation.number, "203.0.113.9")
    state = Provisioning.objects.get(subscriber=trunk)
    assert (state.version, service.code in state.desired["services"]) == (operation.version, True)


def test_the_same_form_sent_twice_is_one_change(add: Any, owner: User, trunk: Subscriber) -> None:
    service = ServiceFactory.create()
    first = add(service, by=Actor(owner, token="t1"))
    assert add(service, by=Actor(owner, token="t1")) == first
    assert ServiceAssignment.objects.count() == 1
    assert refusal_of(lambda: add(service, by=Actor(owner, token="t2"))) == "already_on"


def test_a_restricted_number_may_manage_its_services(add: Any, trunk: Subscriber) -> None:
    Subscriber.objects.update(status=SubscriberStatus.RESTRICTED)
    service = ServiceFactory.create()
    add(service)
    assert on(trunk) == {service}


def test_a_closed_number_has_no_services(add: Any, trunk: Subscriber, by: Actor) -> None:
    service = ServiceFactory.create(parameter="numbers")
    Subscriber.objects.update(status=SubscriberStatus.CLOSED, closed_at=clock.now())
    assert refusal_of(lambda: add(service)) == "closed"
    assert refusal_of(lambda: connected_services.remove(subscriber=trunk, services=[service], by=by)) == "closed"
    chosen = Chosen(service, {"numbers": ["44 711-20-30"]})
    assert refusal_of(lambda: connected_services.set_parameters(subscriber=trunk, chosen=chosen, by=by)) == "closed"


def test_the_kind_of_the_plan_decides(add: Any, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, plan=TariffPlanFactory.create(kind=PlanKind.NUMBER))
    of_trunks = ServiceFactory.create(for_numbers=False)
    of_numbers = ServiceFactory.create(for_trunks=False)
    assert refusal_of(lambda: add(of_numbers)) == "not_for_kind"
    assert refusal_of(lambda: add(of_trunks, subscriber=number)) == "not_for_kind"
    assert [one.service for one in service_selectors.offers(trunk, [], service_selectors.catalogue())] == [of_trunks]
    assert [one.service for one in service_selectors.offers(number, [], service_selectors.catalogue())] == [of_numbers]


def test_what_is_not_offered_or_has_no_price_is_not_added(add: Any) -> None:
    assert refusal_of(lambda: add(ServiceFactory.create(is_offered=False))) == "not_offered"
    later = ServiceFactory.create()
    ServicePrice.objects.filter(service=later).update(valid_from=clock.today() + timedelta(days=1))
    assert refusal_of(lambda: add(later)) == "no_price"
    assert refusal_of(add) == "nothing"


def test_one_refusal_keeps_all_from_being_added(add: Any, trunk: Subscriber) -> None:
    good, bad = ServiceFactory.create(), ServiceFactory.create(is_offered=False)
    assert refusal_of(lambda: add(good, bad)) == "not_offered"
    assert on(trunk) == set()


# --- Services that exclude each other --------------------------------------------------------------------------------
def test_two_that_exclude_each_other_are_not_added_together(add: Any, opposite: tuple[Service, Service]) -> None:
    with pytest.raises(ServiceError) as refused:
        add(*opposite)
    assert refused.value.code == "service.excludes"
    assert all(service.name in refused.value.message for service in opposite)


def test_what_is_in_the_way_is_replaced_only_if_that_was_agreed(
    add: Any, trunk: Subscriber, opposite: tuple[Service, Service]
) -> None:
    access, bar = opposite
    add(access)
    assert refusal_of(lambda: add(bar)) == "excluded"
    operation = add(bar, replacing={access.pk})
    assert on(trunk) == {bar}
    assert [(change["name"], change["now"]) for change in operation.changes] == [
        (access.name, "отключена"),
        (bar.name, "подключена"),
    ]
    ended = ServiceAssignment.objects.get(service=access)
    assert (ended.ended_by, ended.ended_at) == (operation, operation.made_at)


def test_what_is_not_in_the_way_is_not_replaced(add: Any, trunk: Subscriber) -> None:
    kept, new = ServiceFactory.create(), ServiceFactory.create()
    add(kept)
    add(new, replacing={kept.pk})
    assert on(trunk) == {kept, new}


def test_what_only_an_application_ends_is_not_replaced(
    add: Any, trunk: Subscriber, opposite: tuple[Service, Service]
) -> None:
    access, bar = opposite
    add(access)
    Service.objects.filter(pk=access.pk).update(by_application=True)
    assert refusal_of(lambda: add(bar, replacing={access.pk})) == "by_application"


# --- By application --------------------------------------------------------------------------------------------------
def test_only_an_application_adds_and_removes_such_a_service(add: Any, trunk: Subscriber, by: Actor) -> None:
    service = ServiceFactory.create(by_application=True, parameter="numbers")
    assert refusal_of(lambda: add(service)) == "by_application"
    ServiceAssignmentFactory.create(subscriber=trunk, service=service)
    with pytest.raises(ByApplicationError):
        connected_services.remove(subscriber=trunk, services=[service], by=by)
    chosen = Chosen(service, {"numbers": ["44 711-20-30"]})
    assert (
        refusal_of(lambda: connected_services.set_parameters(subscriber=trunk, chosen=chosen, by=by))
        == "by_application"
    )
    assert on(trunk) == {service}


def test_staff_do_it_with_a_reason(add: Any, trunk: Subscriber, staff: User) -> None:
    service = ServiceFactory.create(by_application=True)
    assert refusal_of(lambda: add(service, by=Actor(staff, reason="  "))) == "reason"
    operation = add(service, by=Actor(staff, reason=" Заявление  № 7 "))
    assert operation.reason == "Заявление № 7"
    connected_services.remove(subscriber=trunk, services=[service], by=Actor(staff, reason="Заявление № 8"))
    assert on(trunk) == set()


def test_a_customers_reason_opens_nothing(add: Any, owner: User) -> None:
    service = ServiceFactory.create(by_application=True)
    assert refusal_of(lambda: add(service, by=Actor(owner, reason="Очень нужно"))) == "by_application"


# --- Removing --------------------------------------------------------------------------------------------------------
def test_services_end_at_once_as_one_change(add: Any, trunk: Subscriber, by: Actor) -> None:
    first, second, kept = (ServiceFactory.create() for _ in range(3))
    add(first, second, kept)
    operation = connected_services.remove(subscriber=trunk, services=[first, second], by=by)
    assert on(trunk) == {kept}
    assert operation.kind == OperationKind.SERVICES_REMOVED
    assert {change["now"] for change in operation.changes} == {"отключена"}
    assert set(ServiceAssignment.objects.filter(ended_by=operation).values_list("ended_at", flat=True)) == {
        operation.made_at
    }
    assert set(Provisioning.objects.get(subscriber=trunk).desired["services"]) == {kept.code}


def test_what_is_not_on_cannot_be_removed(add: Any, trunk: Subscriber, by: Actor) -> None:
    mine = ServiceFactory.create()
    add(mine)
    others = ServiceAssignmentFactory.create().service
    cases: list[tuple[list[Service], str]] = [([others], "not_on"), ([mine, others], "not_on"), ([], "nothing")]
    for wanted, code in cases:
        assert refusal_of(partial(connected_services.remove, subscriber=trunk, services=wanted, by=by)) == code
    assert on(trunk) == {mine}


def test_a_service_may_come_back_the_same_moment(add: Any, trunk: Subscriber, by: Actor, at: Any) -> None:
    at("2026-11-22 10:00")
    service = ServiceFactory.create()
    add(service)
    connected_services.remove(subscriber=trunk, services=[service], by=by)
    add(service)
    assert on(trunk) == {service}
    assert ServiceAssignment.objects.count() == 2


# --- Reading ---------------------------------------------------------------------------------------------------------
def test_the_price_is_todays(account: Account, trunk: Subscriber, at: Any) -> None:
    at("2026-11-22 10:00")
    row = ServiceAssignmentFactory.create(subscriber=trunk)
    ServicePrice.objects.filter(service=row.service).update(valid_until=date(2026, 11, 22))
    ServicePrice.objects.create(service=row.service, monthly_fee=9, valid_from=date(2026, 11, 22))
    (one,) = service_selectors.assigned(service_selectors.periods(account, trunk))
    assert (one.fee, one.since) == (Decimal(9), LONG_AGO)


def test_history_holds_all_periods_newest_first(
    account: Account, trunk: Subscriber, add: Any, by: Actor, at: Any
) -> None:
    clock_of = at("2026-11-22 10:00")
    service = ServiceFactory.create()
    add(service)
    clock_of.shift(60)
    removal = connected_services.remove(subscriber=trunk, services=[service], by=by)
    clock_of.shift(60)
    again = add(service)
    ServiceAssignmentFactory.create()  # another account's
    rows = service_selectors.history(account, trunk).rows
    assert [(row.started_by, row.ended_by) for row in rows] == [(again, None), (rows[1].started_by, removal)]
