"""Minute packages at the desk: the catalogue, and carrying out an application (2.4, 4.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.tests.factories import StaffFactory
from subscribers.models import Allowance, MinuteAssignment, MinutePackage, MinutePrice, Operation, Subscriber
from subscribers.tests.factories import (
    MinuteAssignmentFactory,
    MinutePackageFactory,
    NumberFactory,
    PlanTermsFactory,
)

PAGE = reverse("admin:subscribers_minutes")


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-11-16 10:00")


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)


@pytest.fixture
def package(db: None) -> MinutePackage:
    return MinutePackageFactory.create(minutes=300, fee=24)


@pytest.fixture
def trunk(trunk: Subscriber) -> Subscriber:
    PlanTermsFactory.create(plan=trunk.plan, included_minutes=10)
    return trunk


def sent(desk: Client, **changed: str) -> Any:
    form = {"at": "now", "reason": "Заявление № 41 от 15.11.2026"} | changed
    return desk.post(f"{PAGE}?phone=8%20044%20711-20-30", form, follow=True)


def test_an_application_is_carried_out(desk: Client, trunk: Subscriber, package: MinutePackage, staff: User) -> None:
    answer = sent(desk, package=str(package.pk))
    row = MinuteAssignment.objects.get()
    assert (row.subscriber, row.package, row.started_by.made_by) == (trunk, package, staff)  # type: ignore[union-attr]
    assert Allowance.objects.get().granted_seconds == 160 * 60
    text = answer.content.decode()
    assert Operation.objects.get().number in text
    assert "Пакет: 300 минут" in text
    events = AuditEvent.objects.filter(account=trunk.account)
    assert list(events.values_list("action", flat=True)) == ["service.minutes"]
    sent(desk, package="none", at="next")
    row.refresh_from_db()
    assert f"{row.ended_at:%Y-%m-%d %H:%M}" == "2026-11-30 21:00"  # midnight in Minsk


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("reason", {"reason": ""}),
        ("reason", {"reason": "з" * 201}),
        ("package", {"package": "999999"}),
        ("package", {"package": ""}),
        ("at", {"at": "yesterday"}),
        ("__all__", {"package": "none"}),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    desk: Client, trunk: Subscriber, package: MinutePackage, field: str, changed: dict[str, str]
) -> None:
    answer = sent(desk, **({"package": str(package.pk)} | changed))
    assert list(answer.context["form"].errors) == [field]
    assert not MinuteAssignment.objects.exists()


def test_the_package_that_is_there_is_refused_beside_it(
    desk: Client, trunk: Subscriber, package: MinutePackage
) -> None:
    MinuteAssignmentFactory.create(subscriber=trunk, package=package)
    assert sent(desk, package=str(package.pk)).context["form"].errors["package"] == ["Этот пакет уже подключён"]


@pytest.mark.parametrize("phone", ["12", "+375447119999", "number", "<b>"])
def test_only_a_connected_trunk_is_found(desk: Client, trunk: Subscriber, phone: str) -> None:
    number = NumberFactory.create(trunk=trunk)
    answer = desk.get(PAGE, {"phone": number.phone if phone == "number" else phone})
    assert answer.context["find"].errors["phone"]
    assert "trunk" not in answer.context


def test_the_page_is_for_those_who_may(client_of: Callable[[User], Client], owner: User, trunk: Subscriber) -> None:
    clerk = client_of(StaffFactory.create(is_superuser=False))
    assert clerk.get(PAGE).status_code == 403
    assert clerk.post(PAGE, {"package": "none"}).status_code == 403
    assert client_of(owner).post(PAGE, {"package": "none"}).status_code in {302, 403}
    assert not Operation.objects.exists()


def test_assignments_are_looked_at_and_not_written(desk: Client, trunk: Subscriber, package: MinutePackage) -> None:
    row = MinuteAssignmentFactory.create(subscriber=trunk, package=package)
    assert desk.get(reverse("admin:subscribers_minuteassignment_changelist"), {"q": "711-20-30"}).status_code == 200
    assert desk.get(reverse("admin:subscribers_minuteassignment_add")).status_code == 403
    change = reverse("admin:subscribers_minuteassignment_change", args=[row.pk])
    assert desk.get(change).status_code == 200
    assert desk.post(change, {"ended_at_0": "01.11.2026"}).status_code == 403


def test_a_price_in_force_is_only_ended(desk: Client, package: MinutePackage) -> None:
    price = MinutePrice.objects.get()
    change = reverse("admin:subscribers_minuteprice_change", args=[price.pk])
    desk.post(change, {"valid_until": "01.12.2026", "monthly_fee": "1", "valid_from": "01.01.2019"})
    price.refresh_from_db()
    assert (price.valid_until, price.monthly_fee, price.valid_from) == (
        date(2026, 12, 1),
        Decimal(24),
        date(2020, 1, 1),
    )
    add = reverse("admin:subscribers_minuteprice_add")
    desk.post(add, {"package": package.pk, "monthly_fee": "25,50", "valid_from": "01.12.2026"})
    assert str(MinutePrice.objects.get(valid_from=date(2026, 12, 1)).monthly_fee) == "25.50"


def test_the_size_of_a_package_stays_what_it_was_sold_as(desk: Client, package: MinutePackage) -> None:
    desk.post(
        reverse("admin:subscribers_minutepackage_change", args=[package.pk]),
        {"minutes": "9", "prices-TOTAL_FORMS": "0", "prices-INITIAL_FORMS": "0"},
    )
    package.refresh_from_db()
    assert (package.minutes, package.is_offered) == (300, False)
