"""«Удаление услуг», «Изменить параметры» and changes only by application, as customers use them (3.2, 2.4)."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from sipcabinet.lib import clock
from subscribers.models import Service, ServiceAssignment, Subscriber
from subscribers.tests.factories import (
    MinuteAssignmentFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
)
from subscribers.tests.service_walks import STEPS, dict_of, marked, nothing_written, operation_of, said, url

pytestmark = pytest.mark.usefixtures("today")


# --- By application (2.4) --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}])
def test_a_post_for_a_package_of_minutes_is_refused(
    client: Client, trunk: Subscriber, name: str, confirm: dict[str, str]
) -> None:
    package = MinuteAssignmentFactory.create(subscriber=trunk).package
    service = ServiceFactory.create()
    data = {"services": [str(service.pk), f"minutes-{package.pk}"], "token": "t"} | confirm
    answer = client.post(url(name, trunk), data)
    assert answer.status_code == 403
    assert "пакетов минут в другие сети возможно только по заявлению" in said(answer)
    assert nothing_written()
    assert not ServiceAssignment.objects.exists()


@pytest.mark.parametrize("name", STEPS)
def test_a_post_for_a_service_by_application_is_refused(client: Client, trunk: Subscriber, name: str) -> None:
    service = ServiceFactory.create(by_application=True)
    if "remove" in name:
        ServiceAssignmentFactory.create(subscriber=trunk, service=service)
    answer = client.post(url(name, trunk), marked(service) | {"confirm": "1"})
    assert answer.status_code == 403
    assert service.name in said(answer)
    assert nothing_written()


# --- Removing --------------------------------------------------------------------------------------------------------
def test_removing_from_choice_to_operation(client: Client, trunk: Subscriber, black_list: Service) -> None:
    rows = [
        ServiceAssignmentFactory.create(
            subscriber=trunk, service=black_list, parameters={"numbers": ["+375296000001"]}
        ),
        ServiceAssignmentFactory.create(subscriber=trunk),
    ]
    picked = [row.service for row in rows]
    check = client.post(url("services_remove", trunk), marked(*picked)).headers["Location"]
    review = client.get(check)
    page = said(review)
    assert "Номера не сохранятся: +375 29 600-00-01" in " ".join(page.split())
    assert "21 из 30" in page
    assert "0,70 BYN" in page  # 1,00 BYN for 21 days of 30
    operation = operation_of(client.post(check, dict_of(review.context["hidden"]) | {"confirm": "1"}))
    assert ServiceAssignment.objects.filter(ended_by=operation).count() == 2


def test_what_is_gone_meanwhile_is_said(client: Client, trunk: Subscriber) -> None:
    row = ServiceAssignmentFactory.create(subscriber=trunk, ended_at=clock.now())
    answer = client.post(url("services_remove_check", trunk), marked(row.service) | {"confirm": "1", "token": "t"})
    assert answer.status_code == 409
    assert "Услуга не подключена" in said(answer)
    assert nothing_written()


# --- Setting ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def assigned(trunk: Subscriber, black_list: Service) -> ServiceAssignment:
    return ServiceAssignmentFactory.create(
        subscriber=trunk, service=black_list, parameters={"numbers": ["+375296000001"]}
    )


def test_setting_from_form_to_operation(client: Client, trunk: Subscriber, assigned: ServiceAssignment) -> None:
    page = url("service_set", trunk, assigned.service_id)
    form = client.get(page)
    assert "+375 29 600-00-01</textarea>" in said(form)
    name = f"parameter-{assigned.service_id}"
    review = client.post(page, dict_of(form.context["hidden"]) | {name: "29 600-00-02"})
    assert "+375 29 600-00-02" in said(review)
    assert nothing_written()
    data = dict_of(review.context["hidden"]) | {"confirm": "1"}
    operation_of(client.post(page, data))
    operation_of(client.post(page, data))
    assert ServiceAssignment.objects.get(ended_at=None).parameters == {"numbers": ["+375296000002"]}


@pytest.mark.parametrize(("typed", "words"), [("x", "Это не номер"), ("", "Введите"), ("29 600 00 01", "не изменены")])
def test_bad_or_the_same_parameters_change_nothing(
    client: Client, trunk: Subscriber, assigned: ServiceAssignment, typed: str, words: str
) -> None:
    data = {"filled": "1", f"parameter-{assigned.service_id}": typed}
    answer = client.post(url("service_set", trunk, assigned.service_id), data)
    assert answer.status_code == 200
    assert words in said(answer)
    assert nothing_written()


def test_what_cannot_be_set(client: Client, trunk: Subscriber, black_list: Service) -> None:
    plain = ServiceFactory.create()
    assert client.get(url("service_set", trunk, plain.pk)).status_code == 404
    assert client.get(url("service_set", trunk, 999_999)).status_code == 404
    assert client.get(url("service_set", TrunkFactory.create(), black_list.pk)).status_code == 404
    assert "Услуга не подключена" in said(client.get(url("service_set", trunk, black_list.pk)))
    data = {"filled": "1", "confirm": "1", f"parameter-{black_list.pk}": "29 600-00-02"}
    assert client.post(url("service_set", trunk, black_list.pk), data).status_code == 409
    assert client.put(url("service_set", trunk, black_list.pk)).status_code == 405
    assert nothing_written()


# --- The effect on the invoice ---------------------------------------------------------------------------------------
def test_a_day_that_is_charged_already_is_not_charged_again(client: Client, trunk: Subscriber) -> None:
    """A service connected and disconnected today: today is charged, so adding it again costs from tomorrow on."""
    service = ServiceFactory.create(fee="3.00")
    ServiceAssignmentFactory.create(subscriber=trunk, service=service, started_at=clock.now(), ended_at=clock.now())
    effects = client.get(url("services_add_check", trunk), marked(service)).context["effects"]
    assert [(line.days, line.amount) for line in effects.lines] == [(8, Decimal("0.80"))]


def test_a_price_that_ends_this_month_is_not_guessed(client: Client, trunk: Subscriber) -> None:
    service = ServiceFactory.create()
    service.prices.update(valid_until=date(2026, 11, 25))
    effects = client.get(url("services_add_check", trunk), marked(service)).context["effects"]
    assert (effects.lines[0].amount, effects.amount) == (None, None)
