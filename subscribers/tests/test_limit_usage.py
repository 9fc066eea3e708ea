"""Calls that the switch knows of and the portal has not counted yet count for the limits (16.6)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from accounts.actor import Actor
from sipcabinet.lib import clock
from subscribers.calls import quotes
from subscribers.models import Allowance, LimitOwner, SourceKind, TrunkBar
from subscribers.selectors.limits import Usage
from subscribers.services import limit_checks, limit_usage, limits
from subscribers.switch import live
from subscribers.tests.factories import (
    CallFactory,
    CallImportFactory,
    CallSourceFactory,
    TrunkFactory,
)
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.sip_factories import SipAccountFactory
from subscribers.tests.switch_tables import ACC_CDRS, SwitchTables, switch_database

GOING = "CREATE TABLE cabinet_calls (call_id TEXT, started_at TIMESTAMPTZ, path TEXT)"
WRITTEN = "ALTER TABLE acc_cdrs ADD COLUMN written_at TIMESTAMPTZ DEFAULT now()"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)  # 10:00 in Minsk, as `today` says
POLAND = "+48221234567"
LOGIN = "375447112030"


@pytest.fixture
def known(today: Any, db: None) -> Cast:
    found = cast(included_minutes=0)
    SipAccountFactory.create(trunk=found.trunk)
    return found


@pytest.fixture(scope="module")
def tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SwitchTables]:
    with django_db_blocker.unblock(), switch_database() as made:
        for statement in (ACC_CDRS, WRITTEN, GOING):
            made.run(statement)
        yield made


@pytest.fixture
def switch(known: Cast, tables: SwitchTables, settings: Any) -> SwitchTables:
    """The switch's database without calls; the portal is connected to it."""
    tables.run("TRUNCATE acc_cdrs, cabinet_calls")
    settings.PROVISIONING_BACKEND, settings.KAMAILIO_DATABASE_URL = "kamailio", tables.url
    return tables


def going(switch: SwitchTables, called: str, seconds: int, login: str = LOGIN, call_id: str = "going") -> None:
    since = NOW - timedelta(seconds=seconds)
    switch.add("cabinet_calls", call_id=call_id, started_at=since, path=f"{called}={login}")


def ended(switch: SwitchTables, called: str, seconds: float, call_id: str = "a", login: str = LOGIN) -> None:
    start = (NOW - timedelta(seconds=90)).replace(tzinfo=None)
    switch.add("acc_cdrs", start_time=start, duration=seconds, callee=called, account_code=login, call_id=call_id)


def cost(known: Cast) -> Decimal:
    return limit_usage.of([known.trunk.pk])[known.trunk.pk].day_cost


def price(known: Cast, called: str, seconds: int) -> Decimal:
    return quotes.quote(called=called, talked=seconds, moment=clock.now()).cost


def test_a_call_in_progress_costs_what_its_seconds_cost(switch: SwitchTables, known: Cast) -> None:
    going(switch, POLAND, 125)
    usage = limit_usage.of([known.trunk.pk])[known.trunk.pk]
    assert usage.day_cost == usage.month_cost == price(known, POLAND, 125) > 0
    assert (usage.day_seconds, usage.going) == (125, 1)


def test_each_leg_is_paid_by_its_own_trunk(switch: SwitchTables, known: Cast) -> None:
    SipAccountFactory.create(trunk=known.stranger)
    path = f"+375447112040={LOGIN};{POLAND}=375447112040"
    switch.add("cabinet_calls", call_id="b", started_at=NOW - timedelta(seconds=60), path=path)
    found = limit_usage.of([known.trunk.pk, known.stranger.pk])
    assert found[known.stranger.pk].day_cost == price(known, POLAND, 60)
    assert found[known.trunk.pk].day_cost == price(known, "+375447112040", 60)


def test_emergency_calls_count_for_nothing(switch: SwitchTables, known: Cast) -> None:
    going(switch, "112", 6000)
    usage = limit_usage.of([known.trunk.pk])[known.trunk.pk]
    assert usage == Usage(going=1)


def test_minutes_that_are_left_cover_a_call_in_progress(switch: SwitchTables, known: Cast) -> None:
    mobile = "+375297000001"
    Allowance.objects.create(
        account=known.trunk.account, trunk=known.trunk, month="2026-11-01", granted_seconds=600, used_seconds=540
    )
    going(switch, mobile, 180)
    full, covered = price(known, mobile, 180), price(known, mobile, 60)
    assert cost(known) == full - covered > 0


def test_an_ended_call_counts_until_it_is_imported_and_then_once(switch: SwitchTables, known: Cast) -> None:
    ended(switch, POLAND, 60.0)
    assert cost(known) == price(known, POLAND, 60)
    source = CallSourceFactory.create(name="kamailio", kind=SourceKind.KAMAILIO)
    CallFactory.create(
        subscriber=known.trunk, call_import=CallImportFactory.create(source=source, file_name="k"), call_id="a",
        leg="0", price_per_minute=price(known, POLAND, 60),
    )  # fmt: skip
    assert cost(known) == price(known, POLAND, 60)


def test_a_call_with_a_record_is_not_in_progress_any_more(switch: SwitchTables, known: Cast) -> None:
    ended(switch, POLAND, 60.0, "a")
    going(switch, POLAND, 60, call_id="a")
    usage = limit_usage.of([known.trunk.pk])[known.trunk.pk]
    assert (usage.day_cost, usage.going) == (price(known, POLAND, 60), 0)


def test_old_records_and_those_of_others_are_left_out(switch: SwitchTables, known: Cast) -> None:
    ended(switch, POLAND, 60, "a", login="another")
    ended(switch, POLAND, 60, "b")
    switch.run("UPDATE acc_cdrs SET written_at = now() - interval '11 minutes'")
    going(switch, POLAND, 60, login="another")
    assert cost(known) == 0


def test_calls_of_yesterday_and_of_last_month_are_not_of_today(switch: SwitchTables, known: Cast) -> None:
    going(switch, POLAND, 11 * 3600)
    usage = limit_usage.of([known.trunk.pk])[known.trunk.pk]
    assert usage.day_cost == 0 < usage.month_cost
    going(switch, POLAND, 25 * 24 * 3600)
    assert limit_usage.of([known.trunk.pk])[known.trunk.pk].month_cost == usage.month_cost


def test_a_call_in_progress_reaches_the_limit(switch: SwitchTables, known: Cast) -> None:
    limits.set_limits(trunk=known.trunk, owner=LimitOwner.CUSTOMER, amounts={"day_cost": Decimal("0.01")}, by=Actor())
    limit_checks.run()
    assert not TrunkBar.objects.exists()
    going(switch, POLAND, 60)
    limit_checks.run()
    assert TrunkBar.objects.get().trunk == known.trunk


def test_without_the_switch_counted_calls_count(known: Cast, settings: Any) -> None:
    settings.PROVISIONING_BACKEND, settings.KAMAILIO_DATABASE_URL = "kamailio", "postgres://nobody@127.0.0.1:1/none"
    CallFactory.create(subscriber=known.trunk, price_per_minute=Decimal(2))
    assert cost(known) == 2
    assert live.paid_legs() is None


def test_a_trunk_without_access_has_no_calls_in_progress(switch: SwitchTables, known: Cast) -> None:
    going(switch, POLAND, 60)
    other = TrunkFactory.create()
    assert limit_usage.of([other.pk])[other.pk].month_cost == 0
