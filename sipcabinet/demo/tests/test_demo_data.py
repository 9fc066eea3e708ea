"""The demo operator: complete, plausible, the same for the same seed, and never loaded beside real customers."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Customer, User
from accounts.tests.factories import CustomerFactory
from sipcabinet.demo.operator import cast, switch_files, traffic
from sipcabinet.demo.tests.demo import NOON, fingerprint, load
from sipcabinet.lib.periods import Month
from subscribers.cdr import CallFormat, RejectedLine, read
from subscribers.models import Rate


@pytest.fixture(autouse=True)
def demo(settings: LazySettings, tmp_path: Path) -> None:
    import_module(settings.ROOT_URLCONF)  # imported before DEMO is set, which would add the URLs of the mailbox
    settings.DEMO = True
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}


# --- Loaded once, completely, and with the same data -----------------------------------------------------------------
def _rolled_back(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Append-only tables cannot be emptied, so a transaction around the load is rolled back, as in a test."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        found = work()
        transaction.set_rollback(True)
    return found


@pytest.mark.full
def test_the_same_seed_makes_the_same_rows(db: None, at: Callable[[str], Any]) -> None:
    at("2026-10-14 12:00")

    def made(seed: str) -> dict[str, Any]:
        load("--seed", seed)
        return fingerprint()

    first, second, other = (_rolled_back(partial(made, seed)) for seed in ("7", "7", "8"))
    assert first == second
    assert first["calls"] != other["calls"]
    assert first["numbers"] == other["numbers"]


def test_it_is_never_mixed_with_real_customers(db: None) -> None:
    CustomerFactory.create()
    with pytest.raises(CommandError):
        load()
    assert load("--if-empty") == {"logins": [], "staff": {}}
    assert Customer.objects.count() == 1


def test_real_installations_refuse_it(db: None, settings: LazySettings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=true") as refusal:
        load("--if-empty")
    assert refusal.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.parametrize("options", [["--months", "0"], ["--months", "13"], ["--calls", "0"], ["--calls", "1000001"]])
def test_absurd_sizes_are_refused(db: None, options: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("demo_data", *options, "--verbosity", "0")
    assert refusal.value.returncode == 2
    assert not Customer.objects.exists()


def test_a_broken_load_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_fields: Any) -> Iterator[Any]:
        raise RuntimeError("killed in the middle")

    monkeypatch.setattr(switch_files, "write", broken)
    with pytest.raises(RuntimeError):
        load()
    assert not Customer.objects.exists()
    assert not Rate.objects.exists()


# --- The generator by itself -----------------------------------------------------------------------------------------
def test_calls_look_like_an_offices() -> None:
    calls = traffic.calls(seed=1, count=6000, months=7, now=NOON)
    assert 5900 < len(calls) <= 6000
    assert calls == sorted(calls)
    assert Month.of(calls[0].started_at) == Month(2026, 4)
    assert calls[-1].started_at < NOON
    office = [call for call in calls if 8 <= call.started_at.hour < 19 and call.started_at.weekday() < 5]
    assert len(office) > 0.85 * len(calls)
    results = {result: sum(call.result == result for call in calls) / len(calls) for result in switch_files.CAUSES}
    assert 0.6 < results["answered"] < 0.85
    assert all(results.values())
    assert all((call.talk > 0) == (call.result == "answered") for call in calls)


def test_lines_are_silent_before_they_are_connected() -> None:
    young = next(customer for customer in cast.CUSTOMERS if customer.contract_days == cast.YOUNG_CONTRACT_DAYS)
    phones = {line.phone for _trunk, line in young.lines()}
    connected_on = traffic.connected_on(young, NOON.date())
    for call in traffic.calls(seed=1, count=6000, months=7, now=NOON):
        if phones & {call.calling, call.called}:
            assert call.started_at.date() > connected_on


def test_files_hold_every_call_and_some_faults(tmp_path: Path) -> None:
    calls = traffic.calls(seed=3, count=2000, months=3, now=NOON)
    files = switch_files.write(tmp_path, calls, seed=3)
    assert {file.format for file in files} == {"freeswitch", "asterisk"}
    assert len(files) == 6
    good, bad = 0, []
    for file in files:
        with file.path.open("rb") as stream:
            rows = list(read(stream, CallFormat(file.format)))
        assert len(rows) == file.rows
        bad += [row.reason.value for row in rows if isinstance(row, RejectedLine)]
        good += sum(not isinstance(row, RejectedLine) for row in rows)
    assert good + len(bad) == len(calls) + 3 * len(files)
    assert good >= len(calls) - 2  # the last line of each switch's newest file is cut
    assert bad.count("truncated") == 2
