"""Pages that carry out a written application: it is chosen there, and closed in the transaction of the change (4.2)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, User, WrittenApplication
from accounts.services import applications
from desk.tests.papers import paper, stored_in
from sipcabinet.tests.page_text import text, words
from subscribers.models import MinuteAssignment, Operation, Service, ServiceAssignment, Subscriber
from subscribers.tests.factories import (
    MinutePackageFactory,
    NumberFactory,
    PlanTermsFactory,
    ServiceFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: LazySettings, today: Any) -> None:
    stored_in(settings, tmp_path)


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)


@pytest.fixture
def trunk(account: Account, owner: User) -> Subscriber:
    trunk: Subscriber = TrunkFactory.create(account=account, phone="+375447112030", label="Приёмная")
    PlanTermsFactory.create(plan=trunk.plan)
    return trunk


def url(row: WrittenApplication) -> str:
    return reverse("admin:desk_application", args=[row.pk])


def decided(row: WrittenApplication) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.answer


def test_the_page_of_minutes_acts_by_the_paper_and_closes_it(
    desk: Client, account: Account, staff: User, trunk: Subscriber
) -> None:
    row, package = paper(account, staff, "minutes"), MinutePackageFactory.create(minutes=300, fee=24)
    ((_number, way),) = desk.get(url(row)).context["numbers"]
    form = desk.get(way).context["form"]
    assert form.initial.get("application", form.fields["application"].initial) == str(row.pk)
    answer = desk.post(way, {"package": str(package.pk), "at": "now", "application": str(row.pk)})
    assert answer.headers["Location"] == url(row)
    operation = Operation.objects.get()
    assert (operation.reason, operation.made_by) == ("Заявление № 41 от 22.11.2026", staff)
    assert decided(row)[0] == "done"
    assert (row.operation, "Пакет минут" in row.answer) == (operation.number, True)
    assert operation.number in text(desk.get(url(row)))


def test_the_page_of_services_acts_by_the_paper_and_closes_it(
    desk: Client, account: Account, staff: User, trunk: Subscriber
) -> None:
    row = paper(account, staff, "service")
    service: Service = ServiceFactory.create(by_application=True, fee="1.00")
    ((_number, way),) = desk.get(url(row)).context["numbers"]
    desk.post(way, {"change": f"add:{service.pk}", "application": str(row.pk), "reason": "не в счёт", "token": "t"})
    assert ServiceAssignment.objects.get().started_by.reason == "Заявление № 41 от 22.11.2026"  # type: ignore[union-attr]
    assert decided(row)[0] == "done"
    page = desk.get(way)
    assert "application" not in page.context["form"].fields


def test_a_refused_change_leaves_the_paper_waiting(
    desk: Client, account: Account, staff: User, trunk: Subscriber
) -> None:
    row = paper(account, staff, "minutes")
    page = f"{reverse('admin:subscribers_minutes')}?phone=375447112030&application={row.pk}"
    answer = desk.post(page, {"package": "none", "at": "now", "application": str(row.pk)})
    assert "нет пакета минут" in words(answer)
    assert decided(row) == ("received", "")


def test_a_paper_may_ask_for_more_than_one_change(
    desk: Client, account: Account, staff: User, trunk: Subscriber
) -> None:
    row, package = paper(account, staff, "minutes"), MinutePackageFactory.create(minutes=300, fee=24)
    page = f"{reverse('admin:subscribers_minutes')}?phone=375447112030"
    desk.post(page, {"package": str(package.pk), "at": "now", "application": str(row.pk), "unfinished": "on"})
    assert Operation.objects.get().reason == row.reference
    assert decided(row) == ("received", "")


def test_a_paper_decided_meanwhile_changes_nothing(
    desk: Client, account: Account, staff: User, trunk: Subscriber
) -> None:
    row, package = paper(account, staff, "minutes"), MinutePackageFactory.create(minutes=300, fee=24)
    form = {"package": str(package.pk), "at": "now", "application": str(row.pk)}
    applications.withdraw(application=row, reason="Ошибка", by=Actor(staff))
    answer = desk.post(f"{reverse('admin:subscribers_minutes')}?phone=375447112030", form)
    assert "решение уже принято" in words(answer)
    assert not MinuteAssignment.objects.exists()


def test_only_papers_of_this_account_and_kind_are_offered(
    desk: Client, account: Account, other_owner: User, staff: User, trunk: Subscriber
) -> None:
    assert other_owner.account is not None
    other, email = paper(other_owner.account, staff, "minutes"), paper(account, staff, "email")
    mine, package = paper(account, staff, "other"), MinutePackageFactory.create(minutes=300, fee=24)
    page = f"{reverse('admin:subscribers_minutes')}?phone=375447112030&application={other.pk}"
    form = desk.get(page).context["form"]
    assert [key for key, _title in form.fields["application"].choices] == [str(mine.pk), ""]
    for foreign in (other, email):
        desk.post(page, {"package": str(package.pk), "at": "now", "application": str(foreign.pk)})
        assert decided(foreign) == ("received", "")
    assert not MinuteAssignment.objects.exists()


def test_the_number_of_the_paper_is_found_among_many(
    desk: Client, account: Account, other_owner: User, staff: User, trunk: Subscriber
) -> None:
    numbers = [NumberFactory.create(trunk=trunk, phone=f"+37544711{3000 + number}") for number in range(8)]
    row = paper(account, staff, "service")
    assert desk.get(url(row)).context["has_more_numbers"]
    way = desk.get(url(row), {"phone": "8 044 711-30-07"}).headers["Location"]
    assert f"/subscriber/{numbers[7].pk}/?application={row.pk}" in way
    assert desk.get(way).status_code == 200
    strange = TrunkFactory.create(account=other_owner.account)
    for phone, message in ((strange.phone, "нет действующего абонента"), ("", "Введите номер"), ("12", "номер")):
        answer = desk.get(url(row), {"phone": phone})
        assert message in answer.context["number_form"].errors["phone"][0]
    minutes = paper(account, staff, "minutes")
    answer = desk.get(url(minutes), {"phone": numbers[0].phone})
    assert "SIP-соединения" in answer.context["number_form"].errors["phone"][0]
