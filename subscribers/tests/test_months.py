"""Months close one after another, once, and not before they end (4.7)."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.durable import JobState
from subscribers.calls import months, partitions, rejects
from subscribers.calls.months import EarlierMonthOpenError, MonthNotOverError
from subscribers.models import BillingMonth, CallReject, RejectState
from subscribers.selectors import close_checks
from subscribers.tests.closed_months import NOTHING, NOVEMBER, OCTOBER, SEPTEMBER
from subscribers.tests.factories import CallFactory, CallImportFactory
from subscribers.tests.imported import take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
AUGUST = SEPTEMBER.shift(-1)


@pytest.fixture(autouse=True)
def _today(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-10 12:00")
    partitions.open_ahead()


def test_a_month_closes_once() -> None:
    assert not months.closed(OCTOBER)
    assert months.close(OCTOBER)
    before = BillingMonth.objects.get(month=OCTOBER.first_day).closed_at
    assert months.closed(OCTOBER)
    assert not months.close(OCTOBER)
    assert BillingMonth.objects.get(month=OCTOBER.first_day).closed_at == before


@pytest.mark.parametrize("month", [NOVEMBER, NOVEMBER.shift(1)])
def test_a_month_closes_when_it_is_over(month: Any) -> None:
    with pytest.raises(MonthNotOverError, match="ещё не закончился"):
        months.close(month)
    assert not BillingMonth.objects.filter(closed_at__isnull=False).exists()


def test_the_last_moment_and_the_first_after_it(at: Callable[[str], Any]) -> None:
    at("2026-10-31 23:59:59")
    with pytest.raises(MonthNotOverError):
        months.close(OCTOBER)
    at("2026-11-01 00:00:00")
    assert months.close(OCTOBER)


def test_months_close_one_after_another() -> None:
    assert months.close(AUGUST)
    with pytest.raises(EarlierMonthOpenError, match="Сначала нужно закрыть сентябрь 2026") as refused:
        months.close(OCTOBER)
    assert refused.value.month == SEPTEMBER
    assert [months.close(month) for month in (SEPTEMBER, OCTOBER)] == [True, True]


def test_the_first_close_leaves_no_calls_behind() -> None:
    CallFactory.create(started_at=datetime(2026, 9, 30, 12, tzinfo=MINSK))
    months.hold([SEPTEMBER.first_day])
    with pytest.raises(EarlierMonthOpenError, match="сентябрь 2026"):
        months.close(OCTOBER)
    assert not months.closed(AUGUST)
    assert months.close(SEPTEMBER)
    assert months.closed(AUGUST)
    assert not months.close(AUGUST)
    assert months.close(OCTOBER)


def test_which_month_charges_a_call() -> None:
    days = [month.first_day for month in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER)]
    assert months.hold_charging(days) == dict(zip(days, days, strict=True))
    assert months.hold(days) == frozenset()
    months.close(SEPTEMBER)
    assert months.hold_charging(days) == {
        days[0]: OCTOBER.first_day, days[1]: OCTOBER.first_day, days[2]: days[2], days[3]: days[3]
    }  # fmt: skip
    assert months.hold(days) == {days[0], days[1]}


# --- What prevents a close -------------------------------------------------------------------------------------------
@pytest.fixture
def file_with_faults(tmp_path: Path) -> Path:
    cast()
    lines = [
        Line("ok", datetime(2026, 10, 3)),  # noqa: DTZ001
        Line("nobody", datetime(2026, 10, 3), calling="375172999999"),  # noqa: DTZ001
        Line("nobody-later", datetime(2026, 11, 3), calling="375172999999"),  # noqa: DTZ001
    ]
    return write(tmp_path / "Master.csv", [*map(str, lines), '"без конца'])


def test_lines_that_wait_stand_in_the_way(file_with_faults: Path) -> None:
    assert close_checks.of(OCTOBER) == NOTHING
    take(file_with_faults)
    found = close_checks.of(OCTOBER)
    assert (found.rejects, found.waiting, found.unrated, found.imports) == ({"not_ours": 1, "truncated": 1}, 2, 0, 0)
    assert close_checks.of(NOVEMBER).waiting == 3
    for row in CallReject.objects.exclude(raw__contains="later"):
        rejects.dismiss(row)
    assert close_checks.of(OCTOBER) == NOTHING
    assert CallReject.objects.filter(state=RejectState.WAITING).count() == 1


def test_calls_without_a_price_and_files_to_come_stand_in_the_way() -> None:
    job = CallImportFactory.create(state=JobState.DONE)
    call = CallFactory.create(
        started_at=datetime(2026, 10, 3, 12, tzinfo=MINSK), destination=None, call_import=job, cost=0
    )
    assert close_checks.of(OCTOBER).unrated == 1
    assert close_checks.of(SEPTEMBER) == NOTHING
    CallFactory.create(subscriber=call.subscriber, started_at=call.started_at, destination=None, outcome="busy")
    assert close_checks.of(OCTOBER).unrated == 1
    job.state = JobState.WAITING
    job.save()
    assert close_checks.of(SEPTEMBER).imports == 1
