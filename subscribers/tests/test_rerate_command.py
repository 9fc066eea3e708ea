"""`manage.py rerate`: counts, exit codes, one line per refusal (4.5)."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Sum

from sipcabinet.lib import clock
from sipcabinet.lib.durable import ClockTimestamp
from sipcabinet.tests.commands import exit_code
from subscribers.calls import imports, partitions, sources
from subscribers.models import BillingMonth, CallImport, CallRecord, Rate
from subscribers.tests.imported import snapshot, take
from subscribers.tests.new_prices import dearer
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - a switch writes local time
DEARER = {"before": "1.296000", "after": "1.400000", "change": "0.104000"}


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any], tmp_path: Path) -> Cast:
    """A call to Russia, whose rate has risen since, and one to Poland."""
    at("2026-10-20 12:00")
    partitions.open_ahead()
    found = cast()
    called = {"u-1": "810 7 495 1234567", "u-2": "+48221234567"}
    take(write(tmp_path / "Master.csv", [Line(name, NOON, called=number) for name, number in called.items()]))
    dearer("7", "0.6", since=date(2026, 10, 1))
    return found


def run(capsys: pytest.CaptureFixture[str], *args: str, code: int) -> dict[str, Any]:
    assert ended(*args, "--json") == code
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def ended(*args: str) -> int:
    return exit_code("rerate", *args)


def test_counts_what_it_changes(people: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    expected = {"month": "2026-10", "trunks": 1, "calls": 2, "changed": 1, "without_rate": 0, "imports": 0, **DEARER}
    number = people.trunk.account.number
    before = snapshot()
    assert run(capsys, "--month", "2026-10", "--dry-run", code=0) == expected
    assert snapshot() == before
    assert run(capsys, "--month", "2026-10", "--account", people.stranger.account.number, code=0)["calls"] == 0
    assert run(capsys, "--month", "2026-10", "--account", number, code=0) == expected
    assert str(CallRecord.objects.aggregate(sum=Sum("cost"))["sum"]) == DEARER["after"]
    assert run(capsys, "--month", "2026-10", code=0)["changed"] == 0


def test_says_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--month", "2026-10") == 0
    line = "2026-10: trunks 1, calls 2, changed 1, without rate 0, cost 1.296000 → 1.400000 (+0.104000)\n"
    assert capsys.readouterr().out == line


def test_a_call_without_a_tariff_is_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    Rate.objects.filter(prefix__in=["48", ""]).delete()
    report = run(capsys, "--month", "2026-10", code=3)
    assert (report["without_rate"], report["changed"]) == (1, 1)


def test_an_import_under_way_is_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A running import writes at the rates it loaded: the month must be re-rated again after it."""
    path = write(tmp_path / "other.csv", [])
    imports.begin(path=path, source=sources.find(name="main", fmt="freeswitch"))
    assert run(capsys, "--month", "2026-10", code=3)["imports"] == 1
    assert ended("--month", "2026-10") == 3
    assert "imports under way 1: run again after them" in capsys.readouterr().out
    CallImport.objects.update(claimed_until=ClockTimestamp())  # its claim has expired
    assert run(capsys, "--month", "2026-10", code=0)["imports"] == 0


@pytest.mark.parametrize(
    "args",
    [("--month", "2026-13"), ("--month", "октябрь"), ("--month", "2026-10", "--account", "999999999")],
)
def test_bad_input_is_one_line_and_code_2(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot()
    assert ended(*args) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert snapshot() == before


def test_a_closed_month_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    BillingMonth.objects.update(closed_at=clock.now())
    assert ended("--month", "2026-10") == 2
    assert capsys.readouterr().err == "rerate: Октябрь 2026 уже закрыт для расчётов\n"


@pytest.mark.parametrize(
    "args",
    [
        ("--month", "2026-10", "extra"),
        *(pytest.param(args, marks=pytest.mark.full) for args in ((), ("--month",))),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(args: tuple[str, ...]) -> None:
    manage = [sys.executable, "manage.py", "rerate", *args]
    done = subprocess.run(manage, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
