"""«Главная»: the overview of an account."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, User
from billing.tests.factories import OrderFactory
from sipcabinet.tests.moments import minsk
from subscribers.models import CallDirection, PlanKind, Subscriber, SubscriberStatus
from subscribers.tests.factories import (
    LONG_AGO,
    AccountSourceFactory,
    CallFactory,
    NumberFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
)


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00")


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


def test_numbers_minutes_calls_and_orders_of_the_account_alone(client: Client, account: Account) -> None:
    PlanTermsFactory.create(plan=TariffPlanFactory.create(), included_minutes=300)
    trunk = TrunkFactory.create(account=account, phone="+375447112030")
    NumberFactory.create(trunk=trunk, status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    CallFactory.create(subscriber=trunk, started_at=minsk("2026-11-05 09:00:00"), cost=Decimal("0.305"))
    CallFactory.create(
        subscriber=trunk, started_at=minsk("2026-11-30 23:59:59"), direction=CallDirection.IN, cost=Decimal(0)
    )
    CallFactory.create(subscriber=trunk, started_at=minsk("2026-10-31 23:59:59"), cost=Decimal(9))
    CallFactory.create(started_at=minsk("2026-11-05 09:00:00"))
    order = OrderFactory.create(account=account)
    foreign = OrderFactory.create()
    AccountSourceFactory.create(account=account, last_call_at=minsk("2026-11-22 09:53:00"))
    answer = client.get("/")
    context, text = answer.context, answer.content.decode()
    assert context["number_count"] == 1
    assert [(line.subscriber, line.cost) for line in context["numbers"]] == [(trunk, Decimal("0.305"))]
    assert context["cost"] == Decimal("0.305")
    assert (context["chart"].outgoing_total, context["chart"].incoming_total) == ("1", "1")
    assert len(context["chart"].bars) == 30
    assert [(left.left, left.granted) for left in context["minutes"]] == [(300, 300)]
    assert "Звонки учтены по 22.11.2026, 09:53" in text
    assert "+375 44 711-20-30" in text
    assert order.number in text
    assert foreign.number not in text


def test_quick_actions_lead_to_pages_that_exist(client: Client) -> None:
    text = client.get("/").content.decode()
    quick = text[text.index('class="quick"') :].split("</nav>")[0]
    for name in ("billing:call_detail", "subscribers:select", "billing:orders"):
        assert f'href="{reverse(name)}"' in quick


def test_a_new_account_is_told_what_will_be_here(client: Client) -> None:
    text = client.get("/").content.decode()
    for said in ("Абонентов пока нет", "Заказов пока нет", "В ноябре 2026 звонков ещё не было."):
        assert said in text


def test_a_large_account_costs_eight_queries_and_eighty_kilobytes(client: Client, account: Account) -> None:
    PlanTermsFactory.create(plan=TariffPlanFactory.create(), included_minutes=300)
    trunks = [TrunkFactory.create(account=account) for _ in range(5)]
    plan = TariffPlanFactory.create(kind=PlanKind.NUMBER)
    Subscriber.objects.bulk_create(
        Subscriber(
            account=account, trunk=trunks[0], plan=plan, kind=PlanKind.NUMBER,
            phone=f"+37517{5_000_000 + serial}", connected_at=LONG_AGO,
        )
        for serial in range(10_000)
    )  # fmt: skip
    for day in range(1, 23):
        CallFactory.create(subscriber=trunks[0], started_at=minsk(f"2026-11-{day:02d} 09:00:00"))
    OrderFactory.create_batch(6, account=account)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get("/")
    reads = [query["sql"] for query in caught if query["sql"].startswith("SELECT") and " FROM " in query["sql"]]
    assert len(reads) <= 8, "\n".join(reads)
    assert not [sql for sql in reads if "subscribers_callrecord" in sql]
    assert len(answer.content) <= 80 * 1024


def test_nobody_signs_in_first(db: None) -> None:
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("accounts:sign_in"))


def test_staff_are_led_to_their_desk(staff: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(staff).get("/").headers["Location"] == reverse("admin:index")
