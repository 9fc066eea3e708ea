"""The database of a switch that the portal fetches calls from, and a source of calls for it (4.4)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from subscribers.calls import feeds, imports, partitions
from subscribers.models import CallDirection, CallRecord, CallSource
from subscribers.tests import switch_tables
from subscribers.tests.price_list import cast
from subscribers.tests.switch_tables import SwitchTables

MORNING = datetime(2026, 10, 5, 7, 0, 0)  # noqa: DTZ001 - the switch writes UTC without a zone


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[SwitchTables]:
    with django_db_blocker.unblock(), switch_tables.switch_database() as tables:
        yield tables


@pytest.fixture
def switch(database: SwitchTables, at: Callable[[str], Any], settings: Any) -> SwitchTables:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    cast()
    database.run("DROP TABLE IF EXISTS acc_cdrs, missed_calls, cdr")
    database.run(switch_tables.ACC_CDRS)
    settings.KAMAILIO_DATABASE_URL = database.url
    return database


@pytest.fixture
def source(switch: SwitchTables) -> CallSource:
    return CallSource.objects.create(name="kamailio", kind="kamailio", format="generic", zone="UTC")


def ended(switch: SwitchTables, call_id: str, *, code: str = "200", seconds: float = 60.0, **cells: Any) -> None:
    """A call that Kamailio has just written: rung for five seconds, then talked."""
    answer = MORNING + timedelta(seconds=5)
    told = {
        "setup_time": MORNING, "start_time": answer, "end_time": answer + timedelta(seconds=seconds),
        "duration": seconds, "caller": "+375447112030", "callee": "+375297654321", "sip_code": code,
        "call_id": call_id,
    }  # fmt: skip
    if code != "200":
        told |= {"start_time": MORNING, "duration": 0}
    switch.add("acc_cdrs", **(told | cells))


def pulled() -> int:
    """Imports that were ordered; they are done afterwards."""
    ordered = feeds.pull_all()
    imports.drain()
    return ordered


def known() -> list[str]:
    return sorted(CallRecord.objects.filter(direction=CallDirection.OUT).values_list("call_id", flat=True))


def trouble(source: CallSource) -> str:
    source.refresh_from_db()
    return str(source.position.get("trouble"))
