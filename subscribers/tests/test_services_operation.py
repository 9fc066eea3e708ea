"""The page of a confirmed change, and the progress of the switch with it (3.2)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, User
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from subscribers.models import Operation, OperationKind, Provisioning, ProvisioningJob, Subscriber
from subscribers.selectors import operations as operation_selectors
from subscribers.selectors.operations import SwitchStage
from subscribers.services import operations
from subscribers.switch import provisioning
from subscribers.tests.factories import OperationFactory, TrunkFactory

CHANGE = operations.Change(name="АнтиАОН", was="нет", now="подключена", price="2,00 BYN")


@pytest.fixture
def change(trunk: Subscriber, owner: User) -> Callable[..., Operation]:
    """A change that is sent to the switch."""

    def made(**fields: Any) -> Operation:
        given: dict[str, Any] = {"kind": OperationKind.SERVICES_ADDED, "changes": [CHANGE]}
        by = {"user": owner} | {name: fields.pop(name) for name in ("user", "reason") if name in fields}
        operation = operations.begin(subscriber=trunk, by=Actor(**by), **(given | fields))
        provisioning.want(subscriber=trunk)
        return operation

    return made


def page_of(operation: Operation) -> str:
    return reverse("subscribers:operation", args=[operation.subscriber_id, operation.pk])


def status_of(operation: Operation) -> str:
    return reverse("subscribers:operation_status", args=[operation.subscriber_id, operation.pk])


def applied(version: int) -> None:
    Provisioning.objects.update(applied_version=version, applied_at=clock.now())


def jobs(state: JobState, *versions: int) -> None:
    ProvisioningJob.objects.filter(version__in=versions).update(state=state)


def stage_of(account: Account, operation: Operation) -> SwitchStage | None:
    state = operation_selectors.operation_state(account, operation)
    return state.stage if state else None


# --- The page --------------------------------------------------------------------------------------------------------
def test_the_page_tells_the_whole_change(client: Client, change: Callable[..., Operation], owner: User) -> None:
    operation = change()
    text = client.get(page_of(operation)).content.decode()
    for words in (operation.number, "АнтиАОН", "нет", "подключена", "2,00 BYN", "Приёмная", owner.get_full_name()):
        assert words in text
    assert clock.show_moment(operation.made_at) in text
    assert "Основание" not in text


def test_a_change_by_staff_names_the_reason_and_nobody(
    client: Client, change: Callable[..., Operation], staff: User
) -> None:
    text = client.get(page_of(change(user=staff, reason="Заявление № 5"))).content.decode()
    assert "Заявление № 5" in text
    assert "Оператор" in text
    assert staff.get_full_name() not in text


@pytest.mark.parametrize("page", [page_of, status_of])
def test_only_the_subscribers_own_operations_are_found(
    client: Client, trunk: Subscriber, account: Account, page: Callable[[Operation], str]
) -> None:
    assert client.get(page(OperationFactory.create())).status_code == 404
    of_neighbour = OperationFactory.create(subscriber=TrunkFactory.create(account=account))
    assert client.get(page(of_neighbour)).status_code == 200
    assert client.get(reverse("subscribers:operation", args=[trunk.pk, of_neighbour.pk])).status_code == 404
    assert client.get(reverse("subscribers:operation", args=[trunk.pk, 999_999])).status_code == 404
    assert client.post(page(of_neighbour)).status_code == 405


# --- The switch ------------------------------------------------------------------------------------------------------
def test_a_change_waits_is_applied_or_fails(account: Account, change: Callable[..., Operation]) -> None:
    operation = change()
    assert stage_of(account, operation) == SwitchStage.APPLYING
    jobs(JobState.PARKED, operation.version)
    assert stage_of(account, operation) == SwitchStage.FAILED
    applied(operation.version)
    assert stage_of(account, operation) == SwitchStage.APPLIED


def test_a_later_change_takes_an_earlier_one_along(account: Account, change: Callable[..., Operation]) -> None:
    first, second = change(), change()
    jobs(JobState.PARKED, first.version)
    assert stage_of(account, first) == SwitchStage.APPLYING
    jobs(JobState.PARKED, second.version)
    assert stage_of(account, first) == SwitchStage.FAILED
    applied(second.version)
    assert stage_of(account, first) == SwitchStage.APPLIED


def test_an_earlier_state_at_the_switch_is_not_this_change(account: Account, change: Callable[..., Operation]) -> None:
    first, second = change(), change()
    applied(first.version)
    jobs(JobState.DONE, first.version)
    assert stage_of(account, first) == SwitchStage.APPLIED
    assert stage_of(account, second) == SwitchStage.APPLYING


def test_a_change_that_is_no_business_of_the_switch_has_no_state(
    client: Client, account: Account, trunk: Subscriber
) -> None:
    operation = operations.begin(subscriber=trunk, kind=OperationKind.MINUTES, changes=[CHANGE])
    assert stage_of(account, operation) is None
    assert "На коммутаторе" not in client.get(page_of(operation)).content.decode()


def test_the_present_state_is_of_the_last_change(account: Account, trunk: Subscriber, change: Any) -> None:
    assert operation_selectors.switch_state(account, trunk) is None
    first = change()
    applied(first.version)
    state = operation_selectors.switch_state(account, trunk)
    assert state is not None
    assert (state.stage, state.tone, state.applied_at is not None) == (SwitchStage.APPLIED, "ok", True)
    change()
    state = operation_selectors.switch_state(account, trunk)
    assert state is not None
    assert (state.stage, state.applied_at) == (SwitchStage.APPLYING, None)


# --- The changing part -----------------------------------------------------------------------------------------------
def test_the_part_asks_again_only_while_the_switch_is_at_work(client: Client, change: Any) -> None:
    operation = change()
    text = client.get(page_of(operation)).content.decode()
    assert f'hx-get="{status_of(operation)}?seen=applying"' in text
    assert '{"X-Background": "1"}' in text
    assert "Обновить состояние" in text
    assert client.get(status_of(operation), {"seen": "applying"}).status_code == 204
    jobs(JobState.PARKED, operation.version)
    answer = client.get(status_of(operation), {"seen": "applying"})
    assert answer.status_code == 200
    assert "hx-get" not in answer.content.decode()
    assert "Оператор уже видит это" in answer.content.decode()


def test_the_part_of_a_session_that_is_over_makes_the_page_ask_to_sign_in(change: Any) -> None:
    operation = change()
    answer = Client().get(status_of(operation), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")
    assert Client().get(status_of(operation)).status_code == 302


@pytest.mark.parametrize("kind", OperationKind)
def test_every_kind_of_change_has_a_page(client: Client, change: Any, kind: OperationKind) -> None:
    text = client.get(page_of(change(kind=kind))).content.decode()
    assert str(kind.label) in text
    assert "Что будет дальше" in text
