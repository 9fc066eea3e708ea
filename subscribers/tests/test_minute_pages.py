"""«Минуты в другие сети»: what used the minutes, and packages only by application (2.4, 3.1)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from sipcabinet.lib import clock, phones, tenancy
from sipcabinet.lib.periods import Month
from subscribers.calls import partitions
from subscribers.models import (
    Allowance,
    CallDailyTotal,
    CallRecord,
    MinuteAssignment,
    Operation,
    ProvisioningJob,
    Subscriber,
    SubscriberStatus,
)
from subscribers.selectors import minute_usage, minutes
from subscribers.tests.factories import (
    LONG_AGO,
    DestinationFactory,
    MinuteAssignmentFactory,
    MinutePackageFactory,
    NumberFactory,
    PlanTermsFactory,
    TrunkFactory,
)
from subscribers.tests.imported import take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import random_lines, write

OCTOBER = Month(2026, 10)


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-10-25 12:00")


@pytest.fixture
def trunk(trunk: Subscriber) -> Subscriber:
    MinuteAssignmentFactory.create(subscriber=trunk, package=MinutePackageFactory.create(minutes=300, fee=24))
    PlanTermsFactory.create(plan=trunk.plan, included_minutes=10)
    return trunk


def address(subscriber: Subscriber) -> str:
    return reverse("subscribers:minutes", args=[subscriber.pk])


def used(subscriber: Subscriber, day: int, seconds: int, destination: str = "by-mobile", name: str = "") -> None:
    """Creates a daily total, and adds the same seconds to the month's allowance."""
    CallDailyTotal.objects.create(
        account=subscriber.account, subscriber=subscriber, day=date(2026, 10, day), direction="out",
        destination=DestinationFactory.create(code=destination, name=name or destination), charged_in=OCTOBER.first_day,
        calls=1, answered=1, billed_seconds=seconds, included_seconds=seconds,
    )  # fmt: skip
    trunk_id = subscriber.trunk_of_minutes_id
    row, _ = Allowance.objects.get_or_create(
        account=subscriber.account, trunk_id=trunk_id, month=OCTOBER.first_day, defaults={"granted_seconds": 310 * 60}
    )
    row.used_seconds += seconds
    row.save()


# --- The usage of minutes ---------------------------------------------------------------------------------------------
def test_granted_used_and_left_with_what_used_them(client: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, phone="+375447112031", label="Склад")
    used(trunk, 3, 90, "by-mobile", "Мобильные")
    used(number, 3, 61, "by-fixed", "Стационарные")
    used(number, 7, 600, "by-mobile")
    NumberFactory.create(trunk=trunk)  # has used no minutes
    used(TrunkFactory.create(account=trunk.account, phone="+375447112050"), 3, 45)  # another trunk's minutes
    page = client.get(address(trunk))
    usage, left, lines = (page.context[name] for name in ("usage", "minutes", "page"))
    assert (left.of_plan, left.of_packages, left.used_seconds, left.left_seconds) == (10, 300, 751, 310 * 60 - 751)
    assert [(one.day.day, one.seconds) for one in usage.days] == [(3, 151), (7, 600)]
    assert [(one.name, one.seconds) for one in usage.destinations] == [("Мобильные", 690), ("Стационарные", 61)]
    assert [(one.subscriber, one.seconds) for one in lines.rows] == [(trunk, 90), (number, 661)]
    assert usage.ran_out_on is None
    text = page.content.decode()
    for shown in ("11:30", "12:31", "297:29", "Обновление минут", "01.11.2026", "По тарифному плану 10 мин"):
        assert shown in text, shown


def test_the_totals_of_an_import_equal_the_allowance(tmp_path: Path, db: None) -> None:
    partitions.open_ahead()
    trunk = cast(20).trunk
    take(write(tmp_path / "Master.csv", random_lines(120)))
    for month in minute_usage.months():
        left = minutes.of_trunk(trunk.account, trunk, month)
        assert left is not None
        usage = minute_usage.of_month(trunk.account, trunk, month, left.granted_seconds)
        lines = minute_usage.by_number(trunk.account, trunk, month).rows
        sums = {usage.seconds, sum(one.seconds for one in usage.destinations), sum(one.seconds for one in lines)}
        assert sums == {left.used_seconds}
        calls = CallRecord.objects.filter(month=month.first_day, trunk=trunk, included_seconds__gt=0)
        last = calls.order_by("-started_at").first()
        if left.left_seconds == 0 and last is not None:
            assert usage.ran_out_on == clock.minsk(last.started_at).date()
    assert Allowance.objects.filter(trunk=trunk, used_seconds=20 * 60).exists()  # some month did use all its minutes


def test_the_day_on_which_the_minutes_ran_out(client: Client, trunk: Subscriber) -> None:
    for day in (3, 9, 14):
        used(trunk, day, 310 * 20)
    page = client.get(address(trunk))
    assert page.context["usage"].ran_out_on == date(2026, 10, 14)
    assert "Минуты закончились 14.10.2026" in page.content.decode()


def test_the_two_previous_months_are_there_by_choice(client: Client, trunk: Subscriber) -> None:
    september = {"account": trunk.account, "trunk": trunk, "month": date(2026, 9, 1)}
    Allowance.objects.create(**september, granted_seconds=600, used_seconds=30)
    page = client.get(address(trunk), {"month": "2026-09"})
    assert (page.context["month"], page.context["minutes"].used_seconds) == (Month(2026, 9), 30)
    assert client.get(address(trunk), {"month": "2026-08"}).context["month"] == Month(2026, 8)


@pytest.mark.parametrize("month", ["2026-07", "2026-11", "1999-01", "x", "\x07", "2026-13"])
def test_another_month_is_said_beside_the_field(client: Client, trunk: Subscriber, month: str) -> None:
    page = client.get(address(trunk), {"month": month})
    assert page.status_code == 200
    assert page.context["form"].errors["month"]
    assert "usage" not in page.context


def test_a_month_without_use_says_so(client: Client, trunk: Subscriber) -> None:
    assert "Минуты не расходовались" in client.get(address(trunk)).content.decode()


def test_a_number_shows_whose_the_minutes_are_and_no_figures(client: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    used(number, 3, 754)
    for path in (address(number), reverse("subscribers:minutes_application", args=[number.pk])):
        page = client.get(path)
        text = page.content.decode()
        assert page.status_code == 200
        assert address(trunk) in text
        assert phones.display(trunk.phone) in text
        assert "12:34" not in text
        assert "usage" not in page.context


def test_many_numbers_come_page_by_page_in_eight_queries(client: Client, trunk: Subscriber) -> None:
    for serial in range(60):
        used(NumberFactory.create(trunk=trunk, phone=f"+37517{2_000_000 + serial}"), 1 + serial % 25, 60 + serial)
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        with CaptureQueriesContext(connection) as caught:
            page = client.get(address(trunk), query).context["page"]
        reads = [one["sql"] for one in caught if one["sql"].startswith("SELECT") and " FROM " in one["sql"]]
        assert len(reads) <= 8
        seen += [one.subscriber.phone for one in page.rows]
        if not page.onward:
            break
        query = {"onward": page.onward}
    assert seen == sorted(seen)
    assert len(seen) == 60


# --- Only by application ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", [{}, {"package": "1", "action": "connect"}, {"action": "disconnect", "confirm": "1"}])
def test_a_post_is_refused_with_the_reason_and_writes_nothing(
    client: Client, trunk: Subscriber, form: dict[str, str]
) -> None:
    number = NumberFactory.create(trunk=trunk)
    tables = (MinuteAssignment, Operation, Allowance, ProvisioningJob, AuditEvent)
    before = [list(model._default_manager.order_by("pk").values()) for model in tables]
    for subscriber in (trunk, number):
        page = client.post(address(subscriber), form)
        assert page.status_code == 403
        assert "возможно только по заявлению" in page.content.decode()
        assert reverse("subscribers:minutes_application", args=[trunk.pk]) in page.content.decode()
    assert [list(model._default_manager.order_by("pk").values()) for model in tables] == before


def test_the_database_refuses_a_customers_page_too(trunk: Subscriber) -> None:
    from django.db import ProgrammingError, transaction

    package = MinutePackageFactory.create(minutes=1000)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        tenancy.portal(trunk.account_id),
    ):
        MinuteAssignment.objects.create(
            account=trunk.account, subscriber=trunk, package=package, started_at=datetime(2026, 10, 25, tzinfo=UTC)
        )


def test_other_methods_are_not_answered(client: Client, trunk: Subscriber) -> None:
    application = reverse("subscribers:minutes_application", args=[trunk.pk])
    for path, methods in ((address(trunk), ("put", "patch", "delete")), (application, ("post", "put", "delete"))):
        for method in methods:
            assert getattr(client, method)(path).status_code == 405


def test_another_accounts_trunk_is_not_found(client: Client, trunk: Subscriber) -> None:
    other = TrunkFactory.create()
    for name in ("minutes", "minutes_application", "minutes_application_pdf"):
        assert client.get(reverse(f"subscribers:{name}", args=[other.pk])).status_code == 404
        assert client.get(reverse(f"subscribers:{name}", args=[999_999])).status_code == 404
    assert client.post(address(other)).status_code == 404


def test_a_disconnected_trunk_shows_its_past_and_no_application(client: Client, trunk: Subscriber) -> None:
    Subscriber.objects.filter(pk=trunk.pk).update(
        status=SubscriberStatus.CLOSED, closed_at=LONG_AGO + timedelta(days=900)
    )
    application = reverse("subscribers:minutes_application", args=[trunk.pk])
    page = client.get(address(trunk))
    assert page.status_code == 200
    assert application not in page.content.decode()
    for path in (application, reverse("subscribers:minutes_application_pdf", args=[trunk.pk])):
        assert "Номер отключён" in client.get(path).content.decode()
