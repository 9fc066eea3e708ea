"""Channel packages at the desk: the catalogue, and «Сменить пакет» of a trunk (3.3, 4.3)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import clock
from subscribers.models import ChannelAssignment, ChannelPackage, ChannelPeak, ChannelPrice, Operation, Subscriber
from subscribers.services import numbers
from subscribers.tests.factories import ChannelAssignmentFactory, NumberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def trunk(account: Account, at: Callable[[str], Any]) -> Subscriber:
    """A trunk whose package was changed two days ago: the customer cannot change it yet."""
    at("2026-11-22 10:00")
    return ChannelAssignmentFactory.create(
        subscriber__account=account, started_at=clock.now() - timedelta(days=2)
    ).subscriber


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)


def page_of(trunk: Subscriber) -> str:
    return reverse("admin:subscribers_channelassignment_of_trunk", args=[trunk.pk])


def card_of(subscriber: Subscriber) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])


def test_the_trunks_page_leads_to_the_change(desk: Client, trunk: Subscriber) -> None:
    page = desk.get(card_of(trunk)).content.decode()
    assert "2 канала" in page
    assert page_of(trunk) in page
    assert page_of(trunk) not in desk.get(card_of(NumberFactory.create(trunk=trunk))).content.decode()


def test_before_the_customers_time_a_reason_is_needed(
    desk: Client, trunk: Subscriber, ten: ChannelPackage, staff: User
) -> None:
    assert "27.11.2026, 10:00" in desk.get(page_of(trunk)).content.decode()
    form = {"package": ten.pk, "reason": " ", "token": "t"}
    answer = desk.post(page_of(trunk), form)
    assert "Укажите основание" in answer.context["form"].errors["reason"][0]
    assert not Operation.objects.exists()
    for _twice in range(2):
        answer = desk.post(page_of(trunk), form | {"reason": "Письмо № 12"})
        assert answer.headers["Location"] == card_of(trunk)
    operation = Operation.objects.get()
    assert (operation.made_by, operation.reason) == (staff, "Письмо № 12")
    assert ChannelAssignment.objects.get(subscriber=trunk, ended_at=None).package == ten
    event = AuditEvent.objects.get(action="channels.changed")
    assert (event.account, event.user, event.by_staff) == (trunk.account, staff, True)


@pytest.mark.parametrize("package", ["", "999999", "same"])
def test_a_wrong_package_is_refused(desk: Client, trunk: Subscriber, ten: ChannelPackage, package: str) -> None:
    chosen = ChannelPackage.objects.get(channels=2).pk if package == "same" else package
    answer = desk.post(page_of(trunk), {"package": chosen, "reason": "Письмо"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Operation.objects.exists()


def test_only_a_connected_trunk_has_the_page(desk: Client, trunk: Subscriber, ten: ChannelPackage) -> None:
    number = NumberFactory.create(trunk=trunk)
    assert desk.get(page_of(number)).status_code == 404
    numbers.close(subscriber=number)
    numbers.close(subscriber=trunk)
    assert desk.get(page_of(trunk)).status_code == 404
    assert desk.post(page_of(trunk), {"package": ten.pk, "reason": "Письмо"}).status_code == 404


def test_who_may_not_change_packages_is_refused(
    trunk: Subscriber, ten: ChannelPackage, owner: User, client_of: Callable[[User], Client]
) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(Permission.objects.get(codename="view_channelassignment"))
    form = {"package": ten.pk, "reason": "Письмо"}
    for user, status in ((clerk, 403), (owner, 302)):
        assert client_of(user).get(page_of(trunk)).status_code == status
        assert client_of(user).post(page_of(trunk), form).status_code == status
    assert not Operation.objects.exists()


def test_a_forged_form_is_refused(staff: User, trunk: Subscriber, ten: ChannelPackage) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)
    assert browser.post(page_of(trunk), {"package": ten.pk, "reason": "Письмо"}).status_code == 403


def test_a_price_in_force_can_only_be_ended(desk: Client, ten: ChannelPackage) -> None:
    row = ten.prices.get()
    address = reverse("admin:subscribers_channelprice_change", args=[row.pk])
    desk.post(address, {"monthly_fee": "1,00", "valid_until": ""})
    assert ChannelPrice.objects.get(pk=row.pk).monthly_fee == 11
    ahead = clock.today() + timedelta(days=10)
    desk.post(address, {"valid_until": clock.show_date(ahead)})
    fields = {"package": ten.pk, "monthly_fee": "12,50", "valid_from": clock.show_date(ahead), "valid_until": ""}
    desk.post(reverse("admin:subscribers_channelprice_add"), fields)
    found = ChannelPrice.objects.order_by("valid_from").values_list("monthly_fee", "valid_from", "valid_until")
    assert list(found) == [(Decimal(11), date(2020, 1, 1), ahead), (Decimal("12.50"), ahead, None)]
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"channelprice.changed", "channelprice.added"}


def test_lists_open_and_rows_of_the_past_are_only_read(desk: Client, trunk: Subscriber) -> None:
    ChannelPeak.objects.create(account_id=trunk.account_id, trunk=trunk, day=clock.today(), calls=3)
    for name in ("channelpackage", "channelprice", "channelassignment", "channelpeak"):
        answer = desk.get(reverse(f"admin:subscribers_{name}_changelist"), {"q": "8 044 711-20-30"})
        assert answer.status_code == 200
    row = ChannelAssignment.objects.get()
    address = reverse("admin:subscribers_channelassignment_change", args=[row.pk])
    assert desk.post(address, {"locked_until_0": "01.01.2020", "locked_until_1": "00:00"}).status_code == 403
    assert ChannelAssignment.objects.get().locked_until == row.locked_until
