"""«Ежемесячная детализация»: ordered by the month close, once, for subscribers with the service (3.2)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Account, User
from billing.models import DocumentOrder
from billing.services import monthly_detail, production
from notifications.models import Letter
from sipcabinet.lib import files
from sipcabinet.lib.periods import Month
from sipcabinet.tests.moments import minsk
from subscribers.catalogue.services import ServiceCode
from subscribers.models import Service, Subscriber
from subscribers.tests.factories import (
    CallFactory,
    NumberFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-10 10:00")


@pytest.fixture
def service(db: None) -> Service:
    service: Service = ServiceFactory.create(code=ServiceCode.MONTHLY_DETAIL)
    return service


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    trunk: Subscriber = TrunkFactory.create(account=account, phone="+375447112030")
    return trunk


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    number: Subscriber = NumberFactory.create(trunk=trunk, phone="+375447112031")
    return number


def has(subscriber: Subscriber, service: Service, since: str = "2026-01-01", until: str = "") -> None:
    ended_at = minsk(until) if until else None
    ServiceAssignmentFactory.create(subscriber=subscriber, service=service, started_at=minsk(since), ended_at=ended_at)


def called(subscriber: Subscriber, day: str = "2026-10-15") -> None:
    CallFactory.create(subscriber=subscriber, started_at=minsk(f"{day} 12:00"))


def whose_calls(letter: Letter) -> list[tuple[str, str]]:
    """The trunk («SIP-соединение») and the number of each row."""
    content = files.location(letter.attachments.get().path).read_bytes()
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    header = next(index for index, row in enumerate(rows) if row[0] == "Дата")
    return [(str(row[2]), str(row[3])) for row in rows[header + 1 : -1]]


def test_a_trunk_with_the_service_gets_its_calls_and_those_of_its_numbers(
    account: Account, trunk: Subscriber, number: Subscriber, service: Service
) -> None:
    has(trunk, service)
    for one in (trunk, number):
        called(one)
    called(trunk, "2026-11-01")
    order = monthly_detail.order_for(account=account, month=OCTOBER)
    assert order is not None
    assert (order.kind, order.ordered_by, order.recipient) == ("monthly_detail", None, account.cabinet_email)
    assert production.drain() == 1
    letter = Letter.objects.get()
    assert letter.subject == f"Ежемесячная детализация за октябрь 2026, лицевой счёт {account.number}"
    assert letter.attachments.get().file_name == f"Ежемесячная детализация за октябрь 2026, {order.number}.xlsx"
    assert sorted(whose_calls(letter)) == [
        ("+375 44 711-20-30", "+375 44 711-20-30"),
        ("+375 44 711-20-30", "+375 44 711-20-31"),
    ]


def test_a_number_with_the_service_gets_its_own_calls_alone(
    account: Account, trunk: Subscriber, number: Subscriber, service: Service
) -> None:
    has(number, service)
    for one in (trunk, number):
        called(one)
    order = monthly_detail.order_for(account=account, month=OCTOBER)
    assert order is not None
    assert order.params == {"month": "2026-10", "trunk_ids": [], "number_ids": [number.pk]}
    production.drain()
    assert whose_calls(Letter.objects.get()) == [("+375 44 711-20-30", "+375 44 711-20-31")]


def test_a_number_is_not_told_twice_where_its_trunk_has_the_service(
    account: Account, trunk: Subscriber, number: Subscriber, service: Service
) -> None:
    has(trunk, service)
    has(number, service)
    called(number)
    monthly_detail.order_for(account=account, month=OCTOBER)
    production.drain()
    assert len(whose_calls(Letter.objects.get())) == 1


PERIODS = {
    "the whole time": ("2026-01-01", "", True),
    "a part of the month": ("2026-10-30", "2026-10-31", True),
    "ended as the month began": ("2026-01-01", "2026-10-01", False),
    "began after the month": ("2026-11-01", "", False),
}


@pytest.mark.parametrize(("since", "until", "ordered"), PERIODS.values(), ids=PERIODS)
def test_who_had_the_service_in_the_month_gets_it(
    trunk: Subscriber, service: Service, since: str, until: str, ordered: bool
) -> None:
    has(trunk, service, since, until)
    order = monthly_detail.order_for(account=trunk.account, month=OCTOBER)
    assert (order is not None) is ordered


def test_without_the_service_nothing_is_ordered(account: Account, trunk: Subscriber, service: Service) -> None:
    has(TrunkFactory.create(), service)  # of another account
    ServiceAssignmentFactory.create(subscriber=trunk)
    assert monthly_detail.order_for(account=account, month=OCTOBER) is None
    assert not DocumentOrder.objects.exists()


def test_asked_twice_it_is_ordered_once(account: Account, trunk: Subscriber, service: Service) -> None:
    has(trunk, service)
    orders = [monthly_detail.order_for(account=account, month=OCTOBER) for _ in range(2)]
    assert orders[0] == orders[1]
    assert monthly_detail.order_for(account=account, month=OCTOBER.shift(-1)) not in orders
    assert DocumentOrder.objects.count() == 2


def test_the_customer_sees_it_among_his_orders(
    account: Account, trunk: Subscriber, service: Service, owner: User, client_of: Callable[[User], Client]
) -> None:
    has(trunk, service)
    order = monthly_detail.order_for(account=account, month=OCTOBER)
    assert order is not None
    browser = client_of(owner)
    assert order.title in browser.get("/orders/").content.decode()
    page = browser.get(f"/orders/{order.number}/").content.decode()
    assert "Заказан автоматически" in page
    assert "SIP-соединения с их номерами" in page
    assert "+375 44 711-20-30" in page
    assert "по услуге «Ежемесячная детализация»" in page
