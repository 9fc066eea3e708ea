"""Limits of spending: usage, warnings, the bar of paid directions and how it ends (16.6)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from notifications.models import Letter
from subscribers.models import (
    BarCause,
    LimitCrossing,
    LimitOwner,
    Provisioning,
    Subscriber,
    TrunkBar,
    TrunkLimit,
)
from subscribers.selectors import limits as limit_selectors
from subscribers.services import limit_checks, limits
from subscribers.services.limits import LimitError
from subscribers.tests.factories import CallFactory, DestinationFactory, NumberFactory, TrunkFactory

CUSTOMER, OPERATOR = LimitOwner.CUSTOMER, LimitOwner.OPERATOR


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    return NumberFactory.create(trunk=trunk, phone="+375447112031")


@pytest.fixture
def by(owner: User) -> Actor:
    return Actor(owner, "203.0.113.7")


def talk(subscriber: Subscriber, cost: str, **more: Any) -> None:
    """A counted call of one minute at this price, now."""
    CallFactory.create(subscriber=subscriber, price_per_minute=Decimal(cost), **more)


def limit(trunk: Subscriber, by: Actor, owner: str = CUSTOMER, **amounts: Any) -> TrunkLimit | None:
    return limits.set_limits(trunk=trunk, owner=owner, amounts=amounts, by=by)


def is_barred(*subscribers: Subscriber) -> bool:
    """What the switch is told: of the trunk and of its numbers the same."""
    told = {bool(Provisioning.objects.get(pk=one.pk).desired["outgoing_restricted"]) for one in subscribers}
    assert len(told) == 1
    return told.pop()


def kinds() -> list[tuple[str, str]]:
    return [(letter.kind, letter.subject) for letter in Letter.objects.order_by("pk")]


def test_each_threshold_has_one_letter_and_the_last_one_bars(
    today: Any, trunk: Subscriber, number: Subscriber, by: Actor
) -> None:
    limit(trunk, by, day_cost=Decimal("10.00"))
    for cost, letters, barred in (("4.99", 0, False), ("0.01", 1, False), ("3.00", 2, False), ("2.00", 3, True)):
        talk(number, cost)
        limit_checks.run()
        limit_checks.run()
        assert Letter.objects.count() == letters
        assert TrunkBar.objects.filter(lifted_at=None).exists() is barred
    assert [kind for kind, _subject in kinds()] == ["limit_warning", "limit_warning", "limit_reached"]
    assert "50 %" in kinds()[0][1]
    assert "80 %" in kinds()[1][1]
    assert is_barred(trunk, number)
    assert list(LimitCrossing.objects.order_by("percent").values_list("percent", flat=True)) == [50, 80, 100]
    assert AuditEvent.objects.filter(action="limit.barred", account=trunk.account).count() == 1


def test_a_jump_over_all_thresholds_is_one_letter(today: Any, trunk: Subscriber, by: Actor) -> None:
    limit(trunk, by, day_cost=Decimal(10), month_cost=Decimal(1000))
    talk(trunk, "11.00")
    limit_checks.run()
    assert [kind for kind, _subject in kinds()] == ["limit_reached"]
    assert LimitCrossing.objects.filter(is_told=False).count() == 2


def test_bars_do_not_wait_for_warnings(today: Any, trunk: Subscriber, by: Actor) -> None:
    """Hundreds of trunks take a minute."""
    beyond = TrunkFactory.create(account=trunk.account)
    for one, cost in ((trunk, "6.00"), (beyond, "11.00")):
        limit(one, by, day_cost=Decimal(10))
        talk(one, cost)
    assert limit_checks.run() == 2
    assert list(LimitCrossing.objects.order_by("pk").values_list("trunk", flat=True)) == [*[beyond.pk] * 3, trunk.pk]


def test_calls_of_yesterday_count_for_the_month_alone(at: Callable[[str], Any], trunk: Subscriber, by: Actor) -> None:
    at("2026-11-21 23:59")
    talk(trunk, "7.00")
    at("2026-11-22 00:01")
    talk(trunk, "4.00")
    usage = limit_selectors.recorded([trunk.pk], date(2026, 11, 22))[trunk.pk]
    assert usage == limit_selectors.Usage(Decimal(4), Decimal(11), 60, 120)
    limit(trunk, by, day_cost=Decimal(10), month_cost=Decimal(11))
    limit_checks.run()
    assert TrunkBar.objects.get().period == "month"


def test_included_and_free_calls_cost_nothing(today: Any, trunk: Subscriber, by: Actor) -> None:
    limit(trunk, by, day_cost=Decimal("0.50"), day_minutes=2)
    talk(trunk, "1.00", included_seconds=60)
    talk(trunk, "0", destination=DestinationFactory.create(code="emergency", is_free=True), talk_seconds=6000)
    limit_checks.run()
    assert not TrunkBar.objects.exists()
    talk(trunk, "0.10", included_seconds=60)
    limit_checks.run()
    assert TrunkBar.objects.get().measure == "minutes"


def test_the_bar_of_a_day_ends_at_midnight(at: Callable[[str], Any], trunk: Subscriber, by: Actor) -> None:
    at("2026-11-22 10:00")
    limit(trunk, by, day_cost=Decimal(1))
    talk(trunk, "2.00")
    limit_checks.run()
    at("2026-11-22 23:59:59")
    limit_checks.run()
    assert is_barred(trunk)
    at("2026-11-23 00:00")
    limit_checks.run()
    assert not is_barred(trunk)
    assert AuditEvent.objects.filter(action="limit.ended").count() == 1


def test_the_bar_of_a_month_ends_with_the_month(at: Callable[[str], Any], trunk: Subscriber, by: Actor) -> None:
    at("2026-11-22 10:00")
    limit(trunk, by, month_cost=Decimal(1))
    talk(trunk, "2.00")
    limit_checks.run()
    for moment, barred in (("2026-11-23 00:01", True), ("2026-11-30 23:59", True), ("2026-12-01 00:00", False)):
        at(moment)
        limit_checks.run()
        assert is_barred(trunk) is barred, moment


def test_a_bar_stays_although_the_usage_shrinks(today: Any, trunk: Subscriber, by: Actor) -> None:
    """A call that has just ended is for a moment neither in progress nor counted."""
    limit(trunk, by, day_cost=Decimal(1))
    limit_checks.settle(trunk_id=trunk.pk, usage=limit_selectors.Usage(day_cost=Decimal(2)))
    limit_checks.run()
    assert is_barred(trunk)


def test_the_customer_lifts_until_midnight(at: Callable[[str], Any], trunk: Subscriber, by: Actor) -> None:
    at("2026-11-22 10:00")
    limit(trunk, by, month_cost=Decimal(1))
    talk(trunk, "2.00")
    limit_checks.run()
    limits.lift(trunk=trunk, cause=BarCause.CUSTOMER, by=by)
    assert not is_barred(trunk)
    talk(trunk, "2.00")
    limit_checks.run()
    assert not is_barred(trunk)
    with pytest.raises(LimitError, match="уже открыты"):
        limits.lift(trunk=trunk, cause=BarCause.CUSTOMER, by=by)
    at("2026-11-23 00:00")
    limit_checks.run()
    assert is_barred(trunk)
    assert Letter.objects.count() == 1


def test_what_is_lifted_for_today_is_not_told_as_closed(today: Any, trunk: Subscriber, by: Actor) -> None:
    limit(trunk, by, day_cost=Decimal(5), month_cost=Decimal(2 * 5))
    talk(trunk, "6.00")
    limit_checks.run()
    limits.lift(trunk=trunk, cause=BarCause.CUSTOMER, by=by)
    talk(trunk, "6.00")
    limit_checks.run()
    assert not is_barred(trunk)
    assert [kind for kind, _subject in kinds()] == ["limit_reached", "limit_warning"]
    assert LimitCrossing.objects.filter(percent=100, period="month", is_told=False).count() == 1


def test_a_new_limit_counts_at_once(today: Any, trunk: Subscriber, by: Actor) -> None:
    limit(trunk, by, day_cost=Decimal(1))
    talk(trunk, "2.00")
    limit_checks.run()
    limit(trunk, by, day_cost=Decimal(3))
    assert not is_barred(trunk)
    limit(trunk, by, day_cost=Decimal(2))
    assert is_barred(trunk)
    limits.lift(trunk=trunk, cause=BarCause.CUSTOMER, by=by)
    limit(trunk, by, day_cost=Decimal("1.50"))
    assert is_barred(trunk)  # the new limit ends the waiver
    assert limit(trunk, by) is None
    assert not is_barred(trunk)
    assert TrunkLimit.objects.filter(ended_at=None).count() == 0


def test_the_lower_of_both_limits_holds_and_the_operators_is_not_the_customers(
    today: Any, trunk: Subscriber, by: Actor, staff: User
) -> None:
    operator = Actor(staff, reason="новый клиент")
    limit(trunk, by, day_cost=Decimal(10))
    limit(trunk, operator, OPERATOR, day_cost=Decimal(2))
    talk(trunk, "3.00")
    limit_checks.run()
    assert TrunkBar.objects.get().cause == BarCause.OPERATOR
    with pytest.raises(LimitError, match="закрыл оператор"):
        limits.lift(trunk=trunk, cause=BarCause.OPERATOR, by=by)
    with pytest.raises(LimitError, match="основание"):
        limits.lift(trunk=trunk, cause=BarCause.OPERATOR, by=Actor(staff))
    limits.lift(trunk=trunk, cause=BarCause.OPERATOR, by=operator)
    assert not is_barred(trunk)
    talk(trunk, "7.00")
    limit_checks.run()
    assert is_barred(trunk)  # now by the customer's own


@pytest.mark.parametrize(
    ("amounts", "field"),
    [({"day_cost": Decimal(0)}, "day_cost"), ({"day_minutes": 20, "month_minutes": 10}, "day_minutes")],
)
def test_a_limit_that_makes_no_sense_is_refused(
    today: Any, trunk: Subscriber, by: Actor, amounts: dict[str, Any], field: str
) -> None:
    with pytest.raises(LimitError) as refusal:
        limit(trunk, by, **amounts)
    assert refusal.value.field == field
    assert not TrunkLimit.objects.exists()


def test_a_number_and_a_closed_trunk_have_no_limit(
    today: Any, trunk: Subscriber, number: Subscriber, by: Actor
) -> None:
    with pytest.raises(LimitError, match="SIP-соединения"):
        limit(number, by, day_cost=Decimal(1))
    Subscriber.objects.filter(pk=trunk.pk).update(status="closed", closed_at=trunk.connected_at)
    with pytest.raises(LimitError, match="отключён"):
        limit(trunk, by, day_cost=Decimal(1))


def test_the_same_limit_again_writes_nothing(today: Any, trunk: Subscriber, by: Actor) -> None:
    first = limit(trunk, by, day_cost=Decimal(10))
    assert limit(trunk, by, day_cost=Decimal(10)) == first
    assert AuditEvent.objects.filter(action="limit.set").count() == 1


def test_an_account_without_a_usable_address_is_barred_too(
    today: Any, trunk: Subscriber, account: Account, by: Actor
) -> None:
    Account.objects.filter(pk=account.pk).update(cabinet_email="")
    limit(trunk, by, day_cost=Decimal(1))
    talk(trunk, "2.00")
    limit_checks.run()
    assert is_barred(trunk)
    assert not Letter.objects.exists()


def test_a_fault_leaves_neither_letter_nor_bar(
    today: Any, trunk: Subscriber, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(trunk, by, day_cost=Decimal(1))
    talk(trunk, "2.00")
    with monkeypatch.context() as broken:
        broken.setattr(limit_checks, "tell_switch", lambda _trunk: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            limit_checks.run()
    assert not Letter.objects.exists()
    assert not TrunkBar.objects.exists()
    limit_checks.run()
    assert (Letter.objects.count(), TrunkBar.objects.count()) == (1, 1)


def test_a_portal_without_limits_is_not_looked_at(
    today: Any, trunk: Subscriber, django_assert_num_queries: Any
) -> None:
    talk(trunk, "100.00")
    with django_assert_num_queries(5):  # the lock of the check, and one look for limits
        limit_checks.run()
