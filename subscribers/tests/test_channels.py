"""Changes of a channel package: once in seven days from the last change, by anyone; and the other rules (3.3)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.clock import MINSK
from subscribers.models import (
    ChannelAssignment,
    ChannelPackage,
    ChannelPrice,
    Operation,
    Provisioning,
    Subscriber,
    TariffPlan,
)
from subscribers.selectors import channels as channel_selectors
from subscribers.services import channels, numbers
from subscribers.services.channels import ChannelsError, ChannelsLockedError
from subscribers.tests.factories import (
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    NumberFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_channels")]
Change = Callable[..., Operation]
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


@pytest.fixture
def change(trunk: Subscriber, owner: User) -> Change:
    """A change by the customer; each call is a new form."""
    forms = iter(range(100))

    def make(package: ChannelPackage, **given: Any) -> Operation:
        which = given.pop("trunk", trunk)
        form: dict[str, Any] = {"user": owner, "token": f"form-{next(forms)}", **given}
        return channels.change(package=package, trunk=which, by=Actor(**form))

    return make


def refused(change: Change, code: str, *args: Any, **given: Any) -> ChannelsError:
    """Expects a refusal that writes nothing; returns it."""
    before = list(ChannelAssignment.objects.order_by("pk").values()), Operation.objects.count()
    with pytest.raises(ChannelsError) as refusal:
        change(*args, **given)
    assert refusal.value.code == f"channels.{code}"
    assert refusal.value.message
    assert (list(ChannelAssignment.objects.order_by("pk").values()), Operation.objects.count()) == before
    return refusal.value


def locked(change: Change, *args: Any, **given: Any) -> datetime | None:
    """The moment named by a refusal for being too early."""
    refusal = refused(change, "locked", *args, **given)
    assert isinstance(refusal, ChannelsLockedError)
    return refusal.until


# --- What a change does ----------------------------------------------------------------------------------------------
def test_a_change_works_at_once(change: Change, trunk: Subscriber, ten: ChannelPackage, owner: User) -> None:
    operation = change(ten, address="203.0.113.7")
    former, now = ChannelAssignment.objects.filter(subscriber=trunk).order_by("started_at")
    moment = clock.now()
    assert (former.ended_at, former.ended_by, former.package.channels) == (moment, operation, 2)
    assert (now.started_at, now.ended_at, now.package, now.started_by) == (moment, None, ten, operation)
    assert now.locked_until == moment + WEEK
    assert operation.changes == [
        {"name": "SIP-многоканальность", "was": "2 канала", "now": "10 каналов", "price": "11,00\u00a0BYN"}
    ]
    assert (operation.made_by, operation.made_at, operation.reason) == (owner, moment, "")
    state = Provisioning.objects.get(subscriber=trunk)
    assert (state.desired["channels"], state.version) == (10, operation.version)
    event = AuditEvent.objects.get(action="channels.changed")
    assert (event.account, event.user, event.address) == (trunk.account, owner, "203.0.113.7")


def test_a_form_sent_twice_makes_one_change(change: Change, ten: ChannelPackage, thirty: ChannelPackage) -> None:
    first = change(ten, token="same")
    assert change(ten, token="same") == first
    locked(change, thirty, token="same")  # the same form for another package is another form
    assert ChannelAssignment.objects.filter(started_by__isnull=False).count() == 1


def test_a_trunk_without_a_package_gets_its_first(change: Change, owner: User, ten: ChannelPackage) -> None:
    bare = TrunkFactory.create(account=owner.account)
    assert change(ten, trunk=bare).changes[0]["was"] == "нет"
    assert ChannelAssignment.objects.get(subscriber=bare).locked_until == clock.now() + WEEK


# --- Seven days ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("moment", ["2026-11-22 10:00", "2026-11-27 23:59:59", "2026-12-29 00:00", "2027-02-24 12:00"])
def test_seven_days_of_elapsed_time(
    at: Callable[[str], Any], moment: str, change: Change, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    """The interval within a month and over the ends of months, of a year and of February."""
    clock_of_test = at(moment)
    changed_at = clock.now()
    change(ten)
    clock_of_test.shift(WEEK - SECOND)
    assert locked(change, thirty) == changed_at + WEEK
    clock_of_test.shift(SECOND)
    assert change(thirty).made_at == changed_at + WEEK


def test_a_microsecond_is_too_early(at: Callable[[str], Any], change: Change, ten: ChannelPackage) -> None:
    traveller = at("2026-11-22 10:00")
    change(ten)
    two = ChannelPackage.objects.get(channels=2)
    traveller.shift(WEEK - timedelta(microseconds=1))
    locked(change, two)
    traveller.shift(timedelta(microseconds=1))
    change(two)


@pytest.fixture
def plan(db: None) -> TariffPlan:
    ChannelPackageFactory.create(channels=2)
    return PlanTermsFactory.create(plan=TariffPlanFactory.create(), included_channels=2).plan


def test_the_package_of_the_connection_is_no_change(
    at: Callable[[str], Any], account: Account, plan: TariffPlan, change: Change, ten: ChannelPackage
) -> None:
    """A new customer may change the package at once; the seven days begin with that change."""
    traveller, thirty = at("2026-10-27 09:30"), ChannelPackageFactory.create(channels=30)
    fresh = numbers.open_trunk(account=account, phone="+375447112050", plan=plan)
    assert channel_selectors.locked_until(fresh.account, fresh, clock.now()) is None
    traveller.shift(SECOND)
    change(ten, trunk=fresh)
    assert locked(change, thirty, trunk=fresh) == datetime(2026, 11, 3, 9, 30, 1, tzinfo=MINSK)
    traveller.shift(WEEK)
    change(thirty, trunk=fresh)


def test_the_package_of_the_connection_may_be_changed_at_the_same_moment(
    account: Account, plan: TariffPlan, change: Change, staff: User, ten: ChannelPackage
) -> None:
    """Staff connect a trunk and change its package without a reason, while the test's clock does not move."""
    fresh = numbers.open_trunk(account=account, phone="+375447112050", plan=plan)
    assert change(ten, trunk=fresh, user=staff).reason == ""


def test_an_upgrade_ends_the_locks_of_connections_alone(
    change: Change, trunk: Subscriber, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    """Rows from before the migration: the lock of a connection becomes empty, the lock of a change stays."""
    came = ChannelAssignmentFactory.create(subscriber__account=trunk.account, started_at=clock.now())
    fresh = came.subscriber
    change(ten)
    with time_machine.travel(clock.now() + SECOND, tick=False):
        locked(change, thirty, trunk=fresh)
        with connection.cursor() as cursor:
            cursor.execute(import_module("subscribers.migrations.0016_first_package_locks_nothing").UNLOCK)
        assert locked(change, thirty) == clock.now() - SECOND + WEEK
        change(thirty, trunk=fresh)


def test_a_change_by_staff_counts(
    at: Callable[[str], Any], change: Change, staff: User, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    traveller = at("2026-11-26 18:00")
    change(ten, user=staff)
    traveller.shift(WEEK - SECOND)
    assert locked(change, thirty) == datetime(2026, 12, 3, 18, tzinfo=MINSK)
    traveller.shift(SECOND)
    change(thirty)


def test_staff_may_override_with_a_reason(
    at: Callable[[str], Any], change: Change, staff: User, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    traveller = at("2026-11-22 10:00")
    change(ten)
    traveller.shift(timedelta(days=2))
    locked(change, thirty, user=staff)
    locked(change, thirty, user=staff, reason="  \n ")
    moment = clock.now()
    operation = change(thirty, user=staff, reason=" Письмо  № 12\n")
    assert operation.reason == "Письмо № 12"
    locks = ChannelAssignment.objects.order_by("started_at").values_list("locked_until", flat=True)
    assert list(locks)[1:] == [moment, moment + WEEK]
    traveller.shift(WEEK - SECOND)
    assert locked(change, ten) == moment + WEEK  # the override began a new lock
    traveller.shift(SECOND)
    change(ten)


def test_a_reason_before_any_lock_changes_no_lock(
    change: Change, staff: User, trunk: Subscriber, ten: ChannelPackage
) -> None:
    before = ChannelAssignment.objects.get(subscriber=trunk).locked_until
    change(ten, user=staff, reason="Письмо № 12")
    assert ChannelAssignment.objects.order_by("started_at")[0].locked_until == before


def test_a_customer_has_no_override(change: Change, ten: ChannelPackage, thirty: ChannelPackage) -> None:
    change(ten)
    refused(change, "override", thirty, reason="Очень нужно")


def test_the_portals_role_cannot_touch_a_lock(
    change: Change, owner: User, trunk: Subscriber, ten: ChannelPackage
) -> None:
    """Even without the service's own check, a customer's page may not shorten a lock or rewrite a package."""
    change(ten)
    two = ChannelPackage.objects.get(channels=2)
    owner.is_staff = True
    with tenancy.portal(trunk.account_id):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change(two, reason="Обойти")
        for column in ({"locked_until": clock.now()}, {"started_at": clock.now()}, {"package": two}):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                ChannelAssignment.objects.filter(subscriber=trunk).update(**column)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            ChannelAssignment.objects.filter(subscriber=trunk).delete()
    assert ChannelAssignment.objects.get(ended_at=None).package == ten


def test_the_interval_is_a_setting(
    settings: Any, at: Callable[[str], Any], change: Change, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    settings.CHANNEL_CHANGE_INTERVAL = timedelta(hours=3)
    traveller = at("2026-11-22 10:00")
    change(ten)
    assert "в 3 часа" in refused(change, "locked", thirty).message
    traveller.shift(timedelta(hours=3))
    change(thirty)


# --- Constraints of the database -------------------------------------------------------------------------------------
def test_the_database_holds_the_interval(change: Change, trunk: Subscriber, ten: ChannelPackage) -> None:
    change(ten)
    ChannelAssignment.objects.filter(ended_at=None).update(ended_at=clock.now())
    early = clock.now() + WEEK - SECOND
    again = partial(ChannelAssignmentFactory.create, subscriber=trunk, package=ten)
    with pytest.raises(IntegrityError, match="channels_change_is_locked"), transaction.atomic():
        again(started_at=early)
    again(started_at=early + SECOND)


def test_without_the_rule_the_database_refuses_as_the_rule_does(
    change: Change, monkeypatch: pytest.MonkeyPatch, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    monkeypatch.setattr(channels, "require_unlocked", lambda _trunk, _at: None)
    change(ten)
    assert locked(change, thirty) is None


# --- Refusals --------------------------------------------------------------------------------------------------------
def test_only_a_trunk_has_channels(change: Change, trunk: Subscriber, ten: ChannelPackage) -> None:
    refused(change, "not_trunk", ten, trunk=NumberFactory.create(trunk=trunk))


def test_a_closed_trunk_keeps_what_it_had(change: Change, trunk: Subscriber, ten: ChannelPackage) -> None:
    numbers.close(subscriber=trunk)
    refused(change, "closed", ten)


def test_the_same_package_is_no_change(change: Change) -> None:
    refused(change, "same", ChannelPackage.objects.get(channels=2))


def test_a_package_out_of_sale_is_not_connected(change: Change, ten: ChannelPackage) -> None:
    ten.is_offered = False
    ten.save()
    refused(change, "not_offered", ten)


@pytest.mark.parametrize(
    ("valid_from", "valid_until"),
    [(date(2026, 11, 23), None), (date(2020, 1, 1), date(2026, 11, 22)), (None, None)],
    ids=["not yet", "no longer", "never"],
)
def test_a_package_without_a_price_today_is_not_connected(
    change: Change, ten: ChannelPackage, valid_from: date | None, valid_until: date | None
) -> None:
    ten.prices.all().delete()
    if valid_from:
        ChannelPrice.objects.create(package=ten, monthly_fee=11, valid_from=valid_from, valid_until=valid_until)
    refused(change, "no_price", ten)
    assert ten.pk not in {
        one.package.pk for one in channel_selectors.offered(channel_selectors.catalogue(clock.today()))
    }


# --- The effect on the invoice ---------------------------------------------------------------------------------------
def effect(trunk: Subscriber, package: ChannelPackage) -> Any:
    return channel_selectors.effect(channel_selectors.of_trunk(trunk), package, clock.now())


def test_the_effect_is_by_the_day_today_included(trunk: Subscriber, ten: ChannelPackage) -> None:
    found = effect(trunk, ten)  # nine days of thirty, from a fee of 0.00 to one of 11.00
    assert (found.days, found.month.days, found.difference) == (9, 30, Decimal("3.30"))


def test_the_effect_of_a_smaller_package_is_less_to_pay(
    at: Callable[[str], Any], trunk: Subscriber, change: Change, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    traveller = at("2026-11-03 10:00")
    change(thirty)
    traveller.shift(WEEK)
    assert effect(trunk, ten).difference == -(Decimal(30) - Decimal(11)) * 21 / 30


def test_a_package_of_the_same_day_is_paid_for_that_day(
    trunk: Subscriber, change: Change, ten: ChannelPackage, thirty: ChannelPackage
) -> None:
    change(ten)
    # Minus eight days of 11.00 (the day of its connection is charged); plus nine days of 30.00.
    assert effect(trunk, thirty).difference == Decimal("9.00") - (Decimal("3.30") - Decimal("0.37"))


def test_a_package_that_comes_back_is_charged_once_a_day(
    trunk: Subscriber, change: Change, staff: User, ten: ChannelPackage
) -> None:
    change(ten)
    two = ChannelPackage.objects.get(channels=2)
    ChannelPrice.objects.filter(package=two).update(monthly_fee=6)
    # The two-channel package ended today and begins again today: days 1 to 30, and one day of ten channels.
    assert effect(trunk, two).difference == Decimal("6.00") + Decimal("0.37") - (Decimal("4.20") + Decimal("3.30"))


def test_the_effect_is_not_guessed_where_a_price_is_missing(trunk: Subscriber, ten: ChannelPackage) -> None:
    ChannelPrice.objects.exclude(package=ten).update(valid_until=date(2026, 11, 25))
    assert effect(trunk, ten) is None
