"""Charges of a closed month are stored once and never change, even if facts and catalogue change later (4.7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from sipcabinet.lib.clock import MINSK
from subscribers.calls import months
from subscribers.models import (
    AccountMonth,
    Charge,
    Destination,
    PlanKind,
    PlanTerms,
    ServiceAssignment,
    ServicePrice,
    Subscriber,
    VatRate,
)
from subscribers.selectors import charge_facts, charges
from subscribers.services import charging
from subscribers.services.charging import MonthOpenError
from subscribers.tests.closed_months import NOVEMBER, OCTOBER
from subscribers.tests.factories import (
    CallFactory,
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    NumberFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(at: Callable[[str], Any], fees: None) -> None:
    at("2026-11-10 12:00")


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=MINSK)


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    """A trunk with channels and calls, and two numbers, the first of them with a service."""
    trunk = TrunkFactory.create(account=account, phone="+375172000500")
    first = NumberFactory.create(trunk=trunk, phone="+375172000900")
    NumberFactory.create(trunk=trunk, phone="+375172000600", connected_at=noon(10, 20))
    ServiceAssignmentFactory.create(
        subscriber=first, service=ServiceFactory.create(code="black-list"), started_at=noon(10, 12)
    )
    ChannelAssignmentFactory.create(subscriber=trunk, package=ChannelPackageFactory.create(channels=5, fee="6.00"))
    CallFactory.create(subscriber=trunk, started_at=noon(10, 15))
    CallFactory.create(subscriber=first, started_at=noon(9, 15), charged_in=OCTOBER.first_day)
    return trunk


def freeze(account: Account) -> AccountMonth | None:
    months.close(OCTOBER)
    return charging.freeze(account=account, month=OCTOBER)


def shown(account: Account, trunk: Subscriber) -> list[Any]:
    """What pages and documents show for October, except whether it is final."""
    everybody = charges.of_account(account, OCTOBER)
    own, whole = charges.of_trunk(account, trunk, OCTOBER)
    alone = charges.of_subscriber(account, trunk, OCTOBER)
    found = [(pk, one.until, one.vat_percent, list(one.lines)) for pk, one in everybody.items()]
    return [found, list(own.lines), whole, list(alone.lines)]


def change_everything() -> None:
    PlanTerms.objects.update(monthly_fee=Decimal(99))
    ServicePrice.objects.update(monthly_fee=Decimal(98))
    VatRate.objects.update(percent=Decimal(20))
    Destination.objects.update(name="Марс", order=7)
    ServiceAssignment.objects.update(started_at=noon(10, 1))
    CallFactory.create(subscriber=Subscriber.objects.get(kind=PlanKind.TRUNK), started_at=noon(10, 16))


def test_what_is_written_down_is_what_the_facts_said(account: Account, trunk: Subscriber) -> None:
    before = shown(account, trunk)
    assert not charges.of_subscriber(account, trunk, OCTOBER).is_final
    closing = freeze(account)
    assert closing is not None
    assert shown(account, trunk) == before
    assert charges.of_subscriber(account, trunk, OCTOBER).is_final
    change_everything()
    assert shown(account, trunk) == before
    counted = charge_facts.count(account, OCTOBER, None)
    assert [list(one.lines) for one in counted.values()] != [list(lines) for *_rest, lines in before[0]]


def test_rows_stand_in_the_order_of_documents(account: Account, trunk: Subscriber) -> None:
    other = TrunkFactory.create(account=account, phone="+375172000550")
    freeze(account)
    rows = Charge.objects.order_by("place").values_list("subscriber__phone", "kind", "code", "late_of")
    assert list(rows) == [
        ("+375172000500", "fee", trunk.plan.code, None),
        ("+375172000500", "channels", "5", None),
        ("+375172000500", "calls", "by-mobile", None),
        ("+375172000600", "fee", "sip-number", None),
        ("+375172000900", "fee", "sip-number", None),
        ("+375172000900", "service", "black-list", None),
        ("+375172000900", "calls", "by-mobile", date(2026, 9, 1)),
        ("+375172000550", "fee", other.plan.code, None),
    ]
    late = Charge.objects.get(late_of__isnull=False)
    assert late.detail == "звонки за сентябрь 2026, поступили позже: 1 звонок, 1:00"
    assert (late.net, late.vat, late.quantity) == (Decimal("0.31"), Decimal("0.08"), 1)


def test_some_subscribers_alone(account: Account, trunk: Subscriber) -> None:
    stranger = TrunkFactory.create()
    number = trunk.numbers.earliest("pk")
    for _ in range(2):  # counted from facts, then as stored
        found = charges.of_subscribers(account, OCTOBER, [number.pk, stranger.pk])
        assert found.keys() == {number.pk}
        assert found[number.pk] == charges.of_subscriber(account, number, OCTOBER)
        freeze(account)


def test_the_number_of_queries_of_a_closed_month(account: Account, trunk: Subscriber) -> None:
    freeze(account)
    for most, read in (
        (2, lambda: charges.of_account(account, OCTOBER)),
        (2, lambda: charges.of_subscriber(account, trunk, OCTOBER)),
        (3, lambda: charges.of_trunk(account, trunk, OCTOBER)),
        (3, lambda: charges.of_account(account, NOVEMBER)),
    ):
        with CaptureQueriesContext(connection) as caught:
            read()
        assert len(caught) == most


def test_a_month_that_is_open_is_not_written_down(account: Account, trunk: Subscriber) -> None:
    with pytest.raises(MonthOpenError, match="Октябрь 2026 ещё не закрыт"):
        charging.freeze(account=account, month=OCTOBER)
    assert not AccountMonth.objects.exists()


def test_written_once(account: Account, trunk: Subscriber) -> None:
    first = freeze(account)
    rows = list(Charge.objects.values())
    change_everything()
    assert freeze(account) == first
    assert list(Charge.objects.values()) == rows


def test_nothing_to_charge_leaves_nothing(account: Account) -> None:
    TrunkFactory.create(account=account, connected_at=noon(11, 2))
    assert freeze(account) is None
    assert not AccountMonth.objects.exists()
    assert charges.of_account(account, OCTOBER) == {}


@pytest.mark.parametrize("table", ["subscribers_charge", "subscribers_accountmonth"])
@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize("change", ["UPDATE {} SET month = month", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nobody_changes_what_is_written(
    account: Account, trunk: Subscriber, table: str, role: str, change: str
) -> None:
    freeze(account)
    count = Charge.objects.count()
    refusal = "append-only" if role == "owner" else "append-only|permission denied"
    become = "RESET ROLE" if role == "owner" else f"SET LOCAL ROLE {settings.DATABASE_ROLE}"
    sql = f"SET CONSTRAINTS ALL IMMEDIATE; {become}; {change.format(table)}"
    with pytest.raises(Exception, match=refusal), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Charge.objects.count() == count


@pytest.mark.django_db(transaction=True)
def test_written_by_two_at_once_it_is_written_once(account: Account, trunk: Subscriber) -> None:
    months.close(OCTOBER)

    def work(_number: int) -> AccountMonth | None:
        try:
            with transaction.atomic():
                return charging.freeze(account=account, month=OCTOBER)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(work, range(4)))
    assert found == {AccountMonth.objects.get()}
    assert Charge.objects.count() == 7
