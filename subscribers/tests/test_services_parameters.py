"""Parameters of services: the number to forward to, and the callers to refuse (3.2)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.charges import fees
from subscribers.models import Operation, OperationKind, Provisioning, Rate, Service, ServiceAssignment, Subscriber
from subscribers.selectors import services
from subscribers.services import connected_services, service_parameters
from subscribers.services.connected_services import Chosen
from subscribers.services.service_parameters import ParametersError
from subscribers.services.service_rules import ServiceError
from subscribers.tests.factories import DestinationFactory, ServiceFactory, TrunkFactory

OWN = "+375447112030"


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return TrunkFactory.create(account=account, phone=OWN)


@pytest.fixture
def by(owner: User) -> Actor:
    return Actor(owner)


@pytest.fixture
def forward(db: None) -> Service:
    """A service that needs a target, and a price list with some destinations."""
    home, world = DestinationFactory.create(code="home"), DestinationFactory.create(code="world")
    barred = DestinationFactory.create(code="barred", barred_by_default=True)
    prefixes = (("37529", home), ("37517", home), ("3751722", barred), ("", world))
    for prefix, destination in prefixes:
        Rate.objects.create(
            destination=destination, prefix=prefix, price_per_minute=Decimal("0.1"), valid_from=date(2020, 1, 1)
        )
    return ServiceFactory.create(name="Переадресация", parameter="forward_to")


def target(service: Service, trunk: Subscriber, text: str) -> Any:
    return service_parameters.normal(service, trunk, {"forward_to": text})["forward_to"]


def faults(service: Service, trunk: Subscriber, **given: Any) -> tuple[str, ...]:
    with pytest.raises(ParametersError) as refused:
        service_parameters.normal(service, trunk, given)
    return refused.value.messages


# --- The target of a forwarding --------------------------------------------------------------------------------------
SPELLINGS = ["+375 29 600-00-01", "8 029 600 00 01", "80296000001", "29 600-00-01", "375296000001"]


@pytest.mark.parametrize("text", SPELLINGS)
def test_any_spelling_is_one_number(forward: Service, trunk: Subscriber, text: str) -> None:
    assert target(forward, trunk, text) == "+375296000001"


def test_calls_may_be_forwarded_abroad(forward: Service, trunk: Subscriber) -> None:
    assert target(forward, trunk, "+7 495 123-45-67") == "+74951234567"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "Введите номер"),
        ("Приёмная", "Введите номер"),
        ("112", "Проверьте номер"),
        ("711-20", "Такого номера нет"),
        ("44 711-20-30", "номер самого абонента"),
        ("8 902 123 45 67", "платный или закрыт"),
        ("+375 902 123 45 67", "платный или закрыт"),
        ("+1 900 555 1234", "платный или закрыт"),
        ("+375 99 123-45-67", "Такого номера нет"),
        ("17 220-00-01", "платный или закрыт"),
        ("+375 33 600-00-01", "платный или закрыт"),
    ],
)
def test_what_calls_are_not_forwarded_to(forward: Service, trunk: Subscriber, text: str, word: str) -> None:
    (message,) = faults(forward, trunk, forward_to=text)
    assert word in message


def test_a_rate_that_has_ended_is_no_rate(forward: Service, trunk: Subscriber) -> None:
    Rate.objects.filter(prefix="37529").update(valid_until=clock.today())
    assert faults(forward, trunk, forward_to="29 600-00-01")
    Rate.objects.filter(prefix="37529").update(valid_until=clock.today() + timedelta(days=1))
    assert target(forward, trunk, "29 600-00-01") == "+375296000001"


# --- The black list --------------------------------------------------------------------------------------------------
def test_numbers_are_kept_in_order_and_once(black_list: Service, trunk: Subscriber) -> None:
    given = {"numbers": ["8 029 600-00-02", "+375296000001", "29 600 00 02"]}
    assert service_parameters.normal(black_list, trunk, given) == {"numbers": ["+375296000002", "+375296000001"]}


def test_each_bad_number_is_named(black_list: Service, trunk: Subscriber) -> None:
    messages = faults(black_list, trunk, numbers=["29 600-00-01", "раз", "12"])
    assert [message.rpartition(": ")[2] for message in messages] == ["раз", "12"]


def test_there_are_one_to_fifty(black_list: Service, trunk: Subscriber) -> None:
    numbers = [f"+37529600{serial:04}" for serial in range(51)]
    assert len(service_parameters.normal(black_list, trunk, {"numbers": numbers[:50]})["numbers"]) == 50
    assert "не больше 50" in faults(black_list, trunk, numbers=numbers)[0]
    assert service_parameters.normal(black_list, trunk, {"numbers": numbers[:50] * 2})
    assert faults(black_list, trunk, numbers=[])


def test_a_service_that_needs_nothing_keeps_nothing(trunk: Subscriber) -> None:
    given = {"numbers": ["29 600-00-01"], "forward_to": "29 600-00-01"}
    assert service_parameters.normal(ServiceFactory.create(), trunk, given) == {}


# --- Setting ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def added(trunk: Subscriber, black_list: Service, by: Actor, at: Any) -> Operation:
    """The black list, connected 5 days ago."""
    at("2026-11-17 10:00")
    operation = connected_services.add(
        subscriber=trunk, chosen=[Chosen(black_list, {"numbers": ["29 600-00-01"]})], by=by
    )
    at("2026-11-22 10:00")
    return operation


def set_to(trunk: Subscriber, service: Service, by: Actor, *numbers: str) -> Operation:
    return connected_services.set_parameters(subscriber=trunk, chosen=Chosen(service, {"numbers": numbers}), by=by)


def test_other_parameters_begin_a_new_period(
    account: Account, trunk: Subscriber, black_list: Service, added: Operation, by: Actor
) -> None:
    operation = set_to(trunk, black_list, by, "29 600-00-01", "29 600-00-02")
    former, present = ServiceAssignment.objects.order_by("started_at")
    assert (former.ended_at, former.ended_by) == (operation.made_at, operation)
    assert (present.started_at, present.ended_at) == (operation.made_at, None)
    assert present.parameters == {"numbers": ["+375296000001", "+375296000002"]}
    (change,) = operation.changes
    assert (operation.kind, change["was"], change["now"]) == (
        OperationKind.SERVICE_SET, "подключена, 1 номер", "подключена, 2 номера",
    )  # fmt: skip
    assert Provisioning.objects.get(subscriber=trunk).desired["services"][black_list.code] == present.parameters
    (one,) = services.assigned(services.periods(account, trunk))
    assert one.since == added.made_at


def test_no_day_is_charged_twice(
    account: Account, trunk: Subscriber, black_list: Service, added: Operation, by: Actor
) -> None:
    set_to(trunk, black_list, by, "29 600-00-02")
    periods = services.by_service(services.periods(account, trunk))[black_list.pk]
    days = fees.charged_days(periods, Month(2026, 11), date(2026, 11, 30))
    assert len(days) == 14  # from the 17th on


def test_the_same_parameters_change_nothing(
    trunk: Subscriber, black_list: Service, added: Operation, by: Actor
) -> None:
    with pytest.raises(ServiceError) as refused:
        set_to(trunk, black_list, by, "8 029 600 00 01")
    assert refused.value.code == "service.unchanged"
    assert Operation.objects.count() == ServiceAssignment.objects.count() == 1


def test_the_same_form_sent_twice_sets_once(
    trunk: Subscriber, black_list: Service, added: Operation, owner: User
) -> None:
    first = set_to(trunk, black_list, Actor(owner, token="t"), "29 600-00-02")
    assert set_to(trunk, black_list, Actor(owner, token="t"), "29 600-00-02") == first
    assert ServiceAssignment.objects.count() == 2


@pytest.mark.usefixtures("added")
def test_what_is_not_on_is_not_set(trunk: Subscriber, forward: Service, by: Actor) -> None:
    with pytest.raises(ServiceError) as refused:
        connected_services.set_parameters(
            subscriber=trunk, chosen=Chosen(forward, {"forward_to": "29 600-00-01"}), by=by
        )
    assert refused.value.code == "service.not_on"


def test_bad_parameters_add_nothing(trunk: Subscriber, forward: Service, black_list: Service, by: Actor) -> None:
    chosen = [Chosen(black_list, {"numbers": ["29 600-00-01"]}), Chosen(forward, {"forward_to": "112"})]
    with pytest.raises(ParametersError, match="Проверьте номер"):
        connected_services.add(subscriber=trunk, chosen=chosen, by=by)
    assert not Operation.objects.exists()
    assert not ServiceAssignment.objects.exists()


def test_the_journal_holds_no_number(trunk: Subscriber, forward: Service, by: Actor) -> None:
    connected_services.add(subscriber=trunk, chosen=[Chosen(forward, {"forward_to": "29 600-00-01"})], by=by)
    event = AuditEvent.objects.get(action="service.added")
    assert "600" not in f"{event.summary} {event.details}"
