"""Alarms: calls that look like those of a broken-in PBX, and what staff decide about them (16.6)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import AuditEvent, User
from notifications.models import Letter
from sipcabinet.lib import clock
from subscribers.models import (
    AlarmSign,
    AlarmState,
    BarCause,
    Destination,
    FraudAlarm,
    Provisioning,
    Subscriber,
    TrunkBar,
)
from subscribers.services import alarms
from subscribers.services.alarms import AlarmError
from subscribers.switch import live
from subscribers.tests.factories import CallFactory, DestinationFactory, NumberFactory
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.sip_factories import SipAccountFactory


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    """Thresholds that a test reaches with a few calls."""
    settings.ALARMS = settings.ALARMS | {"night_calls": 3, "short_calls": 3, "new_calls": 2, "at_once": 2}


@pytest.fixture
def cuba(db: None) -> Destination:
    return DestinationFactory.create(code="cuba", name="Куба", uses_allowance=False)


def calls(subscriber: Subscriber, count: int, price: str = "0.10", **more: Any) -> None:
    for _ in range(count):
        CallFactory.create(subscriber=subscriber, price_per_minute=Decimal(price), **more)


def raised() -> set[str]:
    alarms.look()
    return set(FraudAlarm.objects.values_list("sign", flat=True))


def test_ordinary_calls_raise_nothing(today: Any, trunk: Subscriber, django_assert_max_num_queries: Any) -> None:
    calls(trunk, 5)
    with django_assert_max_num_queries(7):
        assert raised() == set()


@pytest.mark.parametrize(("moment", "is_night"), [("23:30", True), ("05:59", True), ("06:30", False), ("22:59", False)])
def test_paid_calls_at_night(at: Callable[[str], Any], trunk: Subscriber, moment: str, is_night: bool) -> None:
    at(f"2026-11-22 {moment}")
    calls(trunk, 2)
    assert raised() == set()
    calls(NumberFactory.create(trunk=trunk), 1)
    assert raised() == ({AlarmSign.NIGHT} if is_night else set())


def test_many_short_calls(today: Any, trunk: Subscriber) -> None:
    calls(trunk, 2, talk_seconds=9)
    calls(trunk, 3, talk_seconds=11)
    assert raised() == set()
    calls(trunk, 1, talk_seconds=10)
    assert raised() == {AlarmSign.SHORT}
    row = FraudAlarm.objects.get()
    assert row.facts == {"count": 3, "threshold": 3, "cost": "0.600000"}
    assert AuditEvent.objects.get(action="alarm.raised").account == trunk.account


def test_a_new_dear_destination(today: Any, trunk: Subscriber, cuba: Destination) -> None:
    calls(trunk, 3, "0.99", destination=cuba)
    assert raised() == set()
    calls(trunk, 1, "1.50", destination=cuba)  # the dearer price of the same destination counts for all its calls
    assert raised() == {AlarmSign.NEW_DESTINATION}


def test_a_destination_that_was_called_before_is_not_new(today: Any, trunk: Subscriber, cuba: Destination) -> None:
    calls(trunk, 1, "1.50", destination=cuba, started_at=clock.now() - timedelta(days=20))
    calls(trunk, 3, "1.50", destination=cuba)
    assert raised() == set()


def test_old_and_free_and_incoming_calls_count_for_nothing(today: Any, trunk: Subscriber, cuba: Destination) -> None:
    calls(trunk, 5, "9.00", destination=cuba, talk_seconds=5, started_at=clock.now() - timedelta(minutes=61))
    calls(trunk, 5, "0", talk_seconds=5)
    calls(trunk, 5, "9.00", talk_seconds=5, direction="in", destination=None)
    assert raised() == set()


@pytest.fixture
def talking(today: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Two paid calls and one free call are in progress."""
    found = cast(included_minutes=0)
    SipAccountFactory.create(trunk=found.trunk)
    since = clock.now() - timedelta(seconds=30)
    legs = [live.PaidLeg("375447112030", called, since) for called in ("+48221234567", "+48221234568", "112")]
    monkeypatch.setattr(live, "is_there", lambda: True)
    monkeypatch.setattr(live, "paid_legs", lambda: legs)
    return found


def test_many_paid_calls_at_once(talking: Cast, settings: Any) -> None:
    settings.ALARMS = settings.ALARMS | {"at_once": 3}
    assert raised() == set()
    settings.ALARMS = settings.ALARMS | {"at_once": 2}
    assert raised() == {AlarmSign.AT_ONCE}


def test_an_alarm_waits_once(today: Any, trunk: Subscriber) -> None:
    calls(trunk, 3, talk_seconds=5)
    assert (alarms.look(), alarms.look()) == (1, 0)


def test_after_a_false_alarm_there_is_quiet(
    at: Callable[[str], Any], trunk: Subscriber, staff: User, settings: Any
) -> None:
    at("2026-11-22 10:00")
    calls(trunk, 3, talk_seconds=5)
    alarms.look()
    row = alarms.decide(alarm=FraudAlarm.objects.get(), is_true=False, closes=True, by=Actor(staff, reason="обзвон"))
    assert row.state == AlarmState.FALSE
    assert not TrunkBar.objects.exists()
    at("2026-11-23 09:59")
    calls(trunk, 3, talk_seconds=5)
    assert alarms.look() == 0
    at("2026-11-23 10:01")
    assert alarms.look() == 1
    assert AuditEvent.objects.get(action="alarm.dismissed").user == staff


@pytest.mark.parametrize("closes", [True, False])
def test_a_true_alarm_closes_the_paid_directions(today: Any, trunk: Subscriber, staff: User, closes: bool) -> None:
    calls(trunk, 3, talk_seconds=5)
    alarms.look()
    by = Actor(staff, reason="АТС взломана")
    alarms.decide(alarm=FraudAlarm.objects.get(), is_true=True, closes=closes, by=by)
    assert TrunkBar.objects.filter(cause=BarCause.ALARM, lifted_at=None).exists() is closes
    assert Letter.objects.filter(kind="alarm_closed").exists() is closes
    assert Provisioning.objects.filter(pk=trunk.pk, desired__outgoing_restricted=True).exists() is closes
    assert alarms.look() == 0
    with pytest.raises(AlarmError, match="уже решили: взлом"):
        alarms.decide(alarm=FraudAlarm.objects.get(), is_true=False, closes=False, by=by)


def test_a_decision_needs_a_reason(today: Any, trunk: Subscriber, staff: User) -> None:
    calls(trunk, 3, talk_seconds=5)
    alarms.look()
    with pytest.raises(AlarmError, match="почему"):
        alarms.decide(alarm=FraudAlarm.objects.get(), is_true=True, closes=True, by=Actor(staff, reason=" "))
    assert FraudAlarm.objects.get().state == AlarmState.WAITING
