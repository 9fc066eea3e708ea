"""Services at the desk: the catalogue, dated prices and VAT, operations, and changes by staff (3.2, 4.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import clock
from subscribers.models import (
    Operation,
    OperationKind,
    Service,
    ServiceAssignment,
    ServicePrice,
    Subscriber,
    SubscriberStatus,
    VatRate,
)
from subscribers.tests.factories import (
    OperationFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    VatRateFactory,
)


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client], at: Any) -> Client:
    at("2026-11-22 10:00")
    return client_of(staff)


def page_of(subscriber: Subscriber) -> str:
    return reverse("admin:subscribers_serviceassignment_of_subscriber", args=[subscriber.pk])


def edit(model: str, pk: int) -> str:
    return reverse(f"admin:subscribers_{model}_change", args=[pk])


# --- The catalogue and its prices ------------------------------------------------------------------------------------
def test_a_new_service_is_offered_once_it_has_a_price(desk: Client, trunk: Subscriber) -> None:
    other = ServiceFactory.create()
    data = {
        "code": "hold-music", "name": "Мелодия", "for_trunks": "on", "is_offered": "on", "parameter": "", "order": "5",
        "excludes": [other.pk], "prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert desk.post(reverse("admin:subscribers_service_add"), data).status_code == 302
    service = Service.objects.get(code="hold-music")
    assert list(service.excludes.all()) == [other]
    price = {"service": service.pk, "monthly_fee": "3,50", "valid_from": "01.12.2026", "valid_until": ""}
    assert desk.post(reverse("admin:subscribers_serviceprice_add"), price).status_code == 302
    assert service.prices.get().monthly_fee == Decimal("3.50")
    assert "Мелодия" in desk.get(edit("service", service.pk)).content.decode()


def test_the_code_and_what_it_needs_are_not_rewritten(desk: Client) -> None:
    service = ServiceFactory.create(parameter="numbers")
    data = {
        "code": "other", "name": "Другое имя", "for_trunks": "on", "parameter": "", "order": "5",
        "prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0,
    }  # fmt: skip
    desk.post(edit("service", service.pk), data)
    changed = Service.objects.get()
    assert (changed.code, changed.parameter, changed.name) == (service.code, "numbers", "Другое имя")


def test_a_price_in_force_is_ended_and_never_rewritten(desk: Client) -> None:
    price = ServiceFactory.create(fee="1.50").prices.get()
    desk.post(edit("serviceprice", price.pk), {"monthly_fee": "9", "valid_until": "01.12.2026"})
    price.refresh_from_db()
    assert (price.monthly_fee, price.valid_until) == (Decimal("1.50"), date(2026, 12, 1))
    overlap = {"service": price.service_id, "monthly_fee": "2", "valid_from": "30.11.2026", "valid_until": ""}
    assert desk.post(reverse("admin:subscribers_serviceprice_add"), overlap).status_code == 200
    assert ServicePrice.objects.count() == 1
    after = overlap | {"valid_from": "01.12.2026"}
    assert desk.post(reverse("admin:subscribers_serviceprice_add"), after).status_code == 302


def test_vat_changes_with_a_month(desk: Client) -> None:
    VatRateFactory.create(valid_until=date(2026, 12, 1))
    add = reverse("admin:subscribers_vatrate_add")
    assert desk.post(add, {"percent": "20", "valid_from": "15.12.2026", "valid_until": ""}).status_code == 200
    assert desk.post(add, {"percent": "20", "valid_from": "01.12.2026", "valid_until": ""}).status_code == 302
    assert list(VatRate.objects.order_by("valid_from").values_list("percent", flat=True)) == [25, 20]


# --- Operations and assignments --------------------------------------------------------------------------------------
def test_an_operation_is_found_by_its_number_and_only_read(desk: Client, trunk: Subscriber) -> None:
    operation = OperationFactory.create(subscriber=trunk)
    found = desk.get(reverse("admin:subscribers_operation_changelist"), {"q": operation.number}).content.decode()
    assert edit("operation", operation.pk) in found
    page = desk.get(edit("operation", operation.pk)).content.decode()
    assert "Чёрный список: нет → подключена" in page
    assert desk.post(edit("operation", operation.pk), {"reason": "x"}).status_code == 403
    assert desk.get(reverse("admin:subscribers_operation_add")).status_code == 403
    row = ServiceAssignmentFactory.create(subscriber=trunk)
    assert desk.post(edit("serviceassignment", row.pk), {"started_at_0": "01.01.2026"}).status_code == 403


# --- The staff's change ----------------------------------------------------------------------------------------------
def test_staff_connect_what_only_an_application_does(desk: Client, trunk: Subscriber, staff: User) -> None:
    service = ServiceFactory.create(by_application=True)
    assert page_of(trunk) in desk.get(edit("subscriber", trunk.pk)).content.decode()
    data = {"change": f"add:{service.pk}", "reason": "Заявление № 7", "token": "t"}
    assert desk.post(page_of(trunk), data).status_code == 302
    operation = Operation.objects.get()
    assert (operation.kind, operation.reason, operation.made_by) == (
        OperationKind.SERVICES_ADDED, "Заявление № 7", staff,
    )  # fmt: skip
    event = AuditEvent.objects.get(action="service.added")
    assert (event.by_staff, event.account) == (True, trunk.account)


def test_staff_remove_and_set(desk: Client, trunk: Subscriber) -> None:
    row = ServiceAssignmentFactory.create(
        subscriber=trunk, service__parameter="numbers", parameters={"numbers": ["+375296000001"]}
    )
    data = {"change": f"set:{row.service_id}", "reason": "Заявление № 7", "numbers": "29 600-00-02\n29 600-00-03"}
    assert desk.post(page_of(trunk), data).status_code == 302
    kept = ServiceAssignment.objects.get(ended_at=None).parameters
    assert kept == {"numbers": ["+375296000002", "+375296000003"]}
    assert desk.post(page_of(trunk), data | {"change": f"remove:{row.service_id}"}).status_code == 302
    assert not ServiceAssignment.objects.filter(ended_at=None).exists()


def test_staff_replace_what_is_in_the_way(desk: Client, trunk: Subscriber) -> None:
    access, bar = ServiceFactory.create(name="Доступ"), ServiceFactory.create(name="Запрет")
    access.excludes.add(bar)
    ServiceAssignmentFactory.create(subscriber=trunk, service=access)
    assert "вместо: Доступ" in desk.get(page_of(trunk)).content.decode()
    assert desk.post(page_of(trunk), {"change": f"add:{bar.pk}", "reason": "Заявление № 7"}).status_code == 302
    assert ServiceAssignment.objects.get(ended_at=None).service == bar


@pytest.mark.parametrize(
    "given", [{"reason": ""}, {"reason": "  "}, {"change": ""}, {"change": "add:999999"}, {"numbers": "раз"}]
)
def test_bad_answers_change_nothing(desk: Client, trunk: Subscriber, given: dict[str, str]) -> None:
    service = ServiceFactory.create(parameter="numbers")
    data = {"change": f"add:{service.pk}", "reason": "Заявление № 7", "numbers": "29 600-00-01"} | given
    answer = desk.post(page_of(trunk), data)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Operation.objects.exists()


def test_the_same_form_sent_twice_is_one_change(desk: Client, trunk: Subscriber) -> None:
    service, other = ServiceFactory.create(), ServiceFactory.create()
    data = {"change": f"add:{service.pk}", "reason": "Заявление № 7", "token": "t"}
    desk.post(page_of(trunk), data)
    desk.post(page_of(trunk), data | {"change": f"add:{other.pk}"})
    assert Operation.objects.count() == 1


def test_nobody_else_changes_services_at_the_desk(
    desk: Client, trunk: Subscriber, owner: User, client_of: Callable[[User], Client]
) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(Permission.objects.get(codename="view_serviceassignment"))
    assert client_of(clerk).get(page_of(trunk)).status_code == 403
    assert client_of(owner).get(page_of(trunk)).status_code != 200
    assert desk.get(reverse("admin:subscribers_serviceassignment_of_subscriber", args=[999_999])).status_code == 404
    Subscriber.objects.update(status=SubscriberStatus.CLOSED, closed_at=clock.now())
    assert desk.get(page_of(trunk)).status_code == 404
