"""Life of a number: its rules and refusals (4.11, 1.1a)."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month, midnight
from sipcabinet.lib.phones import PhoneError
from subscribers.errors import NumberError
from subscribers.models import BillingMonth, PlanKind, Subscriber, SubscriberStatus, TariffPlan
from subscribers.services import assignments, numbers, restrictions
from subscribers.tests.factories import (
    CallFactory,
    ChannelAssignmentFactory,
    MinuteAssignmentFactory,
    NumberFactory,
    ServiceAssignmentFactory,
    TariffPlanFactory,
    TrunkFactory,
)

PHONE = "+375447112030"


@pytest.fixture
def trunk_plan(db: None) -> TariffPlan:
    return TariffPlanFactory.create()


@pytest.fixture
def number_plan(db: None) -> TariffPlan:
    return TariffPlanFactory.create(kind=PlanKind.NUMBER)


def refused(code: str, work: Callable[..., Any], **given: Any) -> NumberError:
    before = list(Subscriber.objects.order_by("pk").values())
    with pytest.raises(NumberError) as refusal:
        work(**given)
    assert refusal.value.code == f"number.{code}"
    assert refusal.value.message
    assert list(Subscriber.objects.order_by("pk").values()) == before
    return refusal.value


def test_a_trunk_is_opened_with_its_login(account: Account, trunk_plan: TariffPlan) -> None:
    trunk = numbers.open_trunk(account=account, phone="8 044 711-20-30", plan=trunk_plan, label=" Офис \n главный ")
    assert (trunk.phone, trunk.label, trunk.kind, trunk.trunk_id) == (PHONE, "Офис главный", PlanKind.TRUNK, None)
    assert User.objects.get(phone=PHONE).account == account


def test_a_number_has_no_login(account: Account, number_plan: TariffPlan) -> None:
    trunk = TrunkFactory.create(account=account)
    number = numbers.open_number(trunk=trunk, phone=PHONE, plan=number_plan)
    assert (number.trunk, number.account, number.kind) == (trunk, account, PlanKind.NUMBER)
    assert not User.objects.filter(phone=PHONE).exists()


@pytest.mark.parametrize("phone", ["", "12", "буквы", "+375 44"])
def test_what_is_no_phone_is_refused(phone: str, account: Account, trunk_plan: TariffPlan) -> None:
    with pytest.raises(PhoneError):
        numbers.open_trunk(account=account, phone=phone, plan=trunk_plan)


@pytest.mark.parametrize("phone", ["+7 495 123-45-67", "+375 99 123-45-67", "+48 22 123 45 67"])
def test_foreign_and_unassigned_ranges_are_refused(phone: str, account: Account, trunk_plan: TariffPlan) -> None:
    assert refused("foreign", numbers.open_trunk, account=account, phone=phone, plan=trunk_plan).field == "phone"


def test_a_plan_is_for_its_kind(account: Account, trunk_plan: TariffPlan, number_plan: TariffPlan) -> None:
    refused("plan", numbers.open_trunk, account=account, phone=PHONE, plan=number_plan)
    refused("plan", numbers.open_number, trunk=TrunkFactory.create(account=account), phone=PHONE, plan=trunk_plan)


def test_a_closed_account_gets_no_number(trunk_plan: TariffPlan) -> None:
    account = AccountFactory.create(status="closed", closed_on=date(2026, 1, 1))
    refused("account_closed", numbers.open_trunk, account=account, phone=PHONE, plan=trunk_plan)


def test_a_number_needs_an_open_trunk(account: Account, number_plan: TariffPlan) -> None:
    closed = TrunkFactory.create(account=account, status="closed", closed_at=clock.now())
    number = NumberFactory.create(trunk=TrunkFactory.create(account=account))
    for wrong in (closed, number):
        refused("trunk", numbers.open_number, trunk=wrong, phone=PHONE, plan=number_plan)


def test_connection_lies_between_contract_and_now(account: Account, trunk_plan: TariffPlan) -> None:
    signed = midnight(account.contract_date)
    given: dict[str, Any] = {"account": account, "phone": PHONE, "plan": trunk_plan}
    refused("before_contract", numbers.open_trunk, **given, connected_at=signed - timedelta(seconds=1))
    refused("future", numbers.open_trunk, **given, connected_at=clock.now() + timedelta(minutes=1))
    assert numbers.open_trunk(**given, connected_at=signed).connected_at == signed


def test_a_number_is_not_older_than_its_trunk(account: Account, number_plan: TariffPlan) -> None:
    trunk = TrunkFactory.create(account=account)
    early = trunk.connected_at - timedelta(seconds=1)
    refused("before_trunk", numbers.open_number, trunk=trunk, phone=PHONE, plan=number_plan, connected_at=early)


def test_a_closed_month_takes_no_connection_and_no_end(account: Account, trunk_plan: TariffPlan) -> None:
    last = Month.current().shift(-1)
    trunk = TrunkFactory.create(account=account)
    BillingMonth.objects.create(month=last.first_day, closed_at=clock.now())
    moment = last.end - timedelta(seconds=1)
    refused("month_closed", numbers.open_trunk, account=account, phone=PHONE, plan=trunk_plan, connected_at=moment)
    refused("month_closed", numbers.close, subscriber=trunk, at=moment)
    numbers.close(subscriber=trunk, at=last.end)


def test_a_number_is_connected_once_at_a_time(account: Account, trunk_plan: TariffPlan) -> None:
    holder = TrunkFactory.create(phone=PHONE)
    given: dict[str, Any] = {"account": account, "phone": PHONE, "plan": trunk_plan}
    assert holder.account.number in refused("taken", numbers.open_trunk, **given).message
    Subscriber.objects.filter(pk=holder.pk).update(status="closed", closed_at=clock.now() - timedelta(days=2))
    refused("taken", numbers.open_trunk, **given, connected_at=clock.now() - timedelta(days=3))
    assert numbers.open_trunk(**given, connected_at=clock.now() - timedelta(days=2)).pk != holder.pk


def test_the_label_has_an_end(account: Account, trunk_plan: TariffPlan) -> None:
    trunk = TrunkFactory.create(account=account)
    assert refused("label", numbers.relabel, subscriber=trunk, label="я" * 61).field == "label"
    numbers.relabel(subscriber=trunk, label="я" * 60)
    numbers.relabel(subscriber=trunk, label="")
    assert Subscriber.objects.get(pk=trunk.pk).label == ""


def test_a_trunk_goes_after_its_numbers_with_its_login(account: Account, trunk_plan: TariffPlan) -> None:
    trunk = numbers.open_trunk(account=account, phone=PHONE, plan=trunk_plan)
    number = NumberFactory.create(trunk=trunk, connected_at=trunk.connected_at)
    refused("has_numbers", numbers.close, subscriber=trunk)
    numbers.close(subscriber=number)
    assert number.closed_at is not None
    assert User.objects.get(phone=PHONE).is_active
    refused("has_numbers", numbers.close, subscriber=trunk, at=number.closed_at - timedelta(microseconds=1))
    numbers.close(subscriber=trunk)
    assert not User.objects.get(phone=PHONE).is_active
    refused("closed", numbers.close, subscriber=trunk)


def test_the_end_lies_between_connection_and_now_and_behind_the_calls(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    refused("future", numbers.close, subscriber=trunk, at=clock.now() + timedelta(minutes=1))
    refused("before_connection", numbers.close, subscriber=trunk, at=trunk.connected_at - timedelta(seconds=1))
    call = CallFactory.create(subscriber=trunk, started_at=clock.now() - timedelta(hours=1))
    late = refused("calls", numbers.close, subscriber=trunk, at=call.started_at)
    assert clock.show_moment(call.started_at) in late.message
    numbers.close(subscriber=trunk, at=call.started_at + timedelta(seconds=1))


def test_restriction_comes_and_goes(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    refused("status", restrictions.lift, subscriber=trunk)
    restrictions.restrict(subscriber=trunk)
    refused("status", restrictions.restrict, subscriber=trunk)
    restrictions.lift(subscriber=trunk)
    numbers.close(subscriber=trunk)
    refused("status", restrictions.restrict, subscriber=trunk)
    assert trunk.status == SubscriberStatus.CLOSED


def test_a_closed_account_has_no_open_number_left(account: Account) -> None:
    for _trunk in range(2):
        trunk = TrunkFactory.create(account=account)
        NumberFactory.create(trunk=trunk)
    other = TrunkFactory.create()
    numbers.close_account(account=account)
    assert set(account.subscribers.values_list("status", flat=True)) == {"closed"}
    assert Subscriber.objects.get(pk=other.pk).status == SubscriberStatus.ACTIVE
    kept = Account.objects.get(pk=account.pk)
    assert (kept.status, kept.closed_on) == ("closed", clock.today())
    refused("account_closed", numbers.close_account, account=account)


def test_an_account_closes_whole_or_not_at_all(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    NumberFactory.create(trunk=trunk)
    CallFactory.create(subscriber=trunk, started_at=clock.now() - timedelta(minutes=5))
    refused("calls", numbers.close_account, account=account, at=clock.now() - timedelta(hours=1))
    assert Account.objects.get(pk=account.pk).status == "active"


def _race(account: Account, plan: TariffPlan) -> list[str]:
    """Opens one number in two threads at the same time; returns the outcome of each."""
    start, ends = threading.Barrier(2, timeout=20), []

    def work(which: Account) -> None:
        try:
            start.wait()
            numbers.open_trunk(account=which, phone=PHONE, plan=plan)
            ends.append("opened")
        except DomainError as refusal:
            ends.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(which,)) for which in (account, AccountFactory.create())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(ends)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the service's check only the database prevents two owners.
    monkeypatch.setattr(numbers, "_require_free", lambda _phone, _moment: None)
    ends = _race(AccountFactory.create(), TariffPlanFactory.create())
    assert ends in (["number.taken", "opened"], ["login.taken", "opened"])
    assert Subscriber.objects.filter(phone=PHONE).count() == 1


FACTORIES = (ChannelAssignmentFactory, MinuteAssignmentFactory, ServiceAssignmentFactory)


def test_the_kinds_of_assignments_are_all_that_there_are() -> None:
    """A developer who adds a kind adds its factory here; the test below then closes a number that has it."""
    assert {factory._meta.model for factory in FACTORIES} == set(assignments.kinds())


def test_everything_a_number_has_ends_with_it(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    for factory in FACTORIES:
        factory.create(subscriber=trunk)
    moment = clock.now() - timedelta(hours=1)
    numbers.close(subscriber=trunk, at=moment)
    for kind in assignments.kinds():
        assert kind._default_manager.get(subscriber=trunk).ended_at == moment, kind


def test_what_a_number_has_ends_with_it(account: Account) -> None:
    number = NumberFactory.create(trunk__account=account)
    had = ServiceAssignmentFactory.create(subscriber=number)
    other = ServiceAssignmentFactory.create(subscriber=number.trunk)
    moment = clock.now() - timedelta(hours=1)
    numbers.close(subscriber=number, at=moment)
    had.refresh_from_db()
    other.refresh_from_db()
    assert (had.ended_at, other.ended_at) == (moment, None)


def test_a_number_is_not_closed_before_a_change_of_its_services(account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    changed_at = clock.now() - timedelta(hours=1)
    ChannelAssignmentFactory.create(subscriber=trunk, started_at=changed_at)
    refused("assignments", numbers.close, subscriber=trunk, at=changed_at - timedelta(seconds=1))
    numbers.close(subscriber=trunk, at=changed_at)
