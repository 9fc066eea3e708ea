"""«Услуги абонента», «Добавление услуг» and «Удаление услуг», as a customer uses them (3.2)."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sipcabinet.lib import clock
from subscribers.models import Rate, Service, ServiceAssignment, Subscriber, SubscriberStatus
from subscribers.tests.factories import (
    ChannelAssignmentFactory,
    DestinationFactory,
    MinuteAssignmentFactory,
    MinutePackageFactory,
    NumberFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
)
from subscribers.tests.service_walks import STEPS, dict_of, marked, nothing_written, operation_of, said, url

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def forward(db: None) -> Service:
    Rate.objects.create(
        destination=DestinationFactory.create(), prefix="37529", price_per_minute=1, valid_from=date(2020, 1, 1)
    )
    return ServiceFactory.create(name="Переадресация", parameter="forward_to", fee="1.50")


# --- The page --------------------------------------------------------------------------------------------------------
def test_the_page_shows_what_is_on_and_what_may_be_added(client: Client, trunk: Subscriber) -> None:
    row = ServiceAssignmentFactory.create(
        subscriber=trunk, service__parameter="forward_to", parameters={"forward_to": "+375296000001"}
    )
    offered = ServiceFactory.create(fee="2.00")
    page = said(client.get(url("services", trunk)))
    for words in (row.service.name, "1,50 BYN", "20.03.2024", "на +375 29 600-00-01", offered.name, "2,00 BYN"):
        assert words in page
    assert "Добавление услуг" in page
    assert "Удаление услуг" in page


def test_a_trunk_shows_its_packages_and_where_they_are_changed(client: Client, trunk: Subscriber) -> None:
    ChannelAssignmentFactory.create(subscriber=trunk)
    MinuteAssignmentFactory.create(subscriber=trunk, package=MinutePackageFactory.create(minutes=1000, fee=70))
    page = said(client.get(url("services", trunk)))
    assert "2 канала" in page
    assert "1 000 минут, 70,00 BYN" in " ".join(page.split())
    assert "Подключение/отключение пакетов минут в другие сети возможно только по заявлению." in page
    assert url("channels", trunk) in page
    assert url("minutes_application", trunk) in page


def test_a_number_has_no_packages_of_its_own(client: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    MinutePackageFactory.create()
    page = said(client.get(url("services", number)))
    assert "минут в другие сети" not in page
    assert "минут в другие сети" not in said(client.get(url("services_add", number)))


def test_a_service_by_application_is_listed_as_such(client: Client, trunk: Subscriber) -> None:
    service = ServiceFactory.create(by_application=True)
    assert "только по заявлению" in said(client.get(url("services", trunk)))
    assert "Только по заявлению." in said(client.get(url("services_add", trunk)))
    ServiceAssignmentFactory.create(subscriber=trunk, service=service)
    assert "по заявлению" in said(client.get(url("services", trunk)))
    assert "только по заявлению" in said(client.get(url("services_remove", trunk)))


def test_a_closed_number_shows_its_history_alone(client: Client, trunk: Subscriber) -> None:
    row = ServiceAssignmentFactory.create(subscriber=trunk, ended_at=clock.now())
    Subscriber.objects.update(status=SubscriberStatus.CLOSED, closed_at=clock.now())
    page = said(client.get(url("services", trunk)))
    assert "Номер отключён" in page
    assert row.service.name in page
    assert url("services_add", trunk) not in page
    for name in STEPS:
        answer = client.get(url(name, trunk))
        assert answer.status_code == 200
        assert "услугами на нём управлять нельзя" in said(answer)
        assert client.post(url(name, trunk), marked(row.service)).status_code == 409
        if name.endswith("check"):
            assert client.post(url(name, trunk), marked(row.service) | {"confirm": "1"}).status_code == 409
    assert nothing_written()


@pytest.mark.parametrize("name", ["services", *STEPS])
def test_anothers_number_is_not_found(client: Client, name: str) -> None:
    other = TrunkFactory.create()
    assert client.get(url(name, other)).status_code == 404
    assert client.get(reverse(f"subscribers:{name}", args=[999_999])).status_code == 404
    assert client.post(url(name, other)).status_code == (405 if name == "services" else 404)


@pytest.mark.parametrize("name", STEPS)
def test_only_get_and_post_are_answered(client: Client, trunk: Subscriber, name: str) -> None:
    assert client.put(url(name, trunk)).status_code == 405
    assert client.delete(url(name, trunk)).status_code == 405


def test_the_page_asks_the_database_little(client: Client, trunk: Subscriber) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("services", trunk)).status_code == 200
        return len(captured)

    ServiceAssignmentFactory.create(subscriber=trunk)
    few = queries()
    for _serial in range(8):
        ServiceAssignmentFactory.create(subscriber=trunk)
        ServiceFactory.create()
    assert queries() <= few + 1  # one more query if any services exclude others


# --- Adding ----------------------------------------------------------------------------------------------------------
def test_a_walk_from_choice_to_operation(
    client: Client, trunk: Subscriber, forward: Service, black_list: Service
) -> None:
    answer = client.post(url("services_add", trunk), marked(forward, black_list))
    assert answer.status_code == 302
    check = answer.headers["Location"]
    assert check.startswith(url("services_add_check", trunk))
    asked = client.get(check)
    assert [field.label for field in asked.context["form"].visible_fields()] == [forward.name, black_list.name]
    data = dict_of(asked.context["hidden"]) | {
        f"parameter-{forward.pk}": "8 029 600 00 01",
        f"parameter-{black_list.pk}": "29 600-00-02, 29 600-00-03;\n8 029 600 00 02",
    }
    review = client.post(check, data)
    page = said(review)
    for words in ("+375 29 600-00-01", "+375 29 600-00-02, +375 29 600-00-03", "9 из 30", "0,45 BYN", "0,30 BYN"):
        assert words in page
    assert "0,75 BYN" in page  # both services, this month
    assert "2,50 BYN" in page  # both services, a whole month
    assert nothing_written()
    operation = operation_of(client.post(check, dict_of(review.context["hidden"]) | {"confirm": "1"}))
    kept = {row.service: row.parameters for row in ServiceAssignment.objects.filter(started_by=operation)}
    assert kept == {
        forward: {"forward_to": "+375296000001"},
        black_list: {"numbers": ["+375296000002", "+375296000003"]},
    }


def test_no_telephone_number_is_in_an_address(client: Client, trunk: Subscriber, forward: Service) -> None:
    data = marked(forward) | {"filled": "1", f"parameter-{forward.pk}": "29 600-00-01"}
    page = said(client.post(url("services_add_check", trunk), data))
    assert not [part for part in page.split('"') if part.startswith("/") and "600" in part]


def test_the_same_confirmation_twice_leads_to_one_operation(client: Client, trunk: Subscriber) -> None:
    service = ServiceFactory.create()
    review = client.get(url("services_add_check", trunk), marked(service))
    data = dict_of(review.context["hidden"]) | {"confirm": "1"}
    operation_of(client.post(url("services_add_check", trunk), data))
    operation_of(client.post(url("services_add_check", trunk), data))


def test_bad_parameters_stay_as_typed_and_write_nothing(
    client: Client, trunk: Subscriber, forward: Service, black_list: Service
) -> None:
    data = marked(forward, black_list) | {
        "filled": "1",
        "confirm": "1",
        f"parameter-{forward.pk}": "44 711-20-30",
        f"parameter-{black_list.pk}": "раз, 2",
    }
    answer = client.post(url("services_add_check", trunk), data)
    page = said(answer)
    assert answer.status_code == 200
    assert "Это номер самого абонента" in page
    assert "Это не номер телефона: раз" in page
    assert "Это не номер телефона: 2" in page
    assert 'value="44 711-20-30"' in page
    assert "раз, 2</textarea>" in page
    assert nothing_written()


def test_back_from_the_review_keeps_what_was_typed(client: Client, trunk: Subscriber, black_list: Service) -> None:
    data = marked(black_list) | {
        "filled": "1",
        "confirm": "1",
        "back": "1",
        f"parameter-{black_list.pk}": "29 600-00-01",
    }
    page = said(client.post(url("services_add_check", trunk), data))
    assert "29 600-00-01</textarea>" in page
    assert nothing_written()


BAD_MARKS = [[], ["x"], ["999999"], ["1' OR 1=1"]]


@pytest.mark.parametrize("marks", BAD_MARKS)
@pytest.mark.parametrize("name", ["services_add", "services_remove"])
def test_a_bad_choice_is_said_beside_the_field(client: Client, trunk: Subscriber, name: str, marks: list[str]) -> None:
    ServiceFactory.create()
    answer = client.post(url(name, trunk), {"services": marks})
    assert answer.status_code == 200
    assert answer.context["form"].errors["services"]
    assert client.get(url(f"{name}_check", trunk), {"services": marks}).status_code == 302


def test_two_that_exclude_each_other_are_named_and_stay_marked(client: Client, trunk: Subscriber) -> None:
    access, bar = ServiceFactory.create(name="Доступ"), ServiceFactory.create(name="Запрет")
    access.excludes.add(bar)
    page = said(client.post(url("services_add", trunk), marked(access, bar)))
    assert "«Доступ» и «Запрет» не могут быть подключены вместе" in page
    assert page.count("checked") == 2
    answer = client.get(url("services_add_check", trunk), marked(access, bar))
    assert answer.headers["Location"].startswith(url("services_add", trunk) + "?services=")


def test_what_is_in_the_way_is_replaced_after_a_review_that_says_so(client: Client, trunk: Subscriber) -> None:
    access, bar = ServiceFactory.create(name="Доступ"), ServiceFactory.create(name="Запрет", fee=0)
    access.excludes.add(bar)
    ServiceAssignmentFactory.create(subscriber=trunk, service=access)
    assert "Несовместима с подключённой услугой «Доступ»" in said(client.get(url("services_add", trunk)))
    check = url("services_add_check", trunk)
    review = client.get(check, marked(bar))
    assert "Будет отключена" in said(review)
    operation_of(client.post(check, dict_of(review.context["hidden"]) | {"confirm": "1"}))
    assert ServiceAssignment.objects.get(ended_at=None).service == bar


def test_a_review_that_did_not_say_so_replaces_nothing(client: Client, trunk: Subscriber) -> None:
    access, bar = ServiceFactory.create(name="Доступ"), ServiceFactory.create(name="Запрет")
    access.excludes.add(bar)
    ServiceAssignmentFactory.create(subscriber=trunk, service=access)
    answer = client.post(url("services_add_check", trunk), marked(bar) | {"confirm": "1"})
    assert answer.status_code == 409
    assert "несовместима: Доступ" in said(answer)
    assert nothing_written()
