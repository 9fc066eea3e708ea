"""A rate sheet of 5,000 prefixes is checked and applied in seconds; killed in the middle, whole or not at all (4.3)."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accounts.actor import Actor
from desk.imports import KINDS, running
from desk.models import TableImport
from desk.tests.price_tables import RATES_HEAD, applied, kept, place, rates_file
from sipcabinet.tests import table_files
from sipcabinet.tests.processes import ended
from subscribers.models import Rate

RATES = KINDS["rates"]
PREFIXES, SECONDS = 5_000, 5.0
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
MOST_MIB = 512


def sheet(price: str, count: int = PREFIXES) -> list[list[Any]]:
    return [[str(1_000_000 + number), "poland", price] for number in range(count)]


def in_seconds(work: Callable[[], Any]) -> Any:
    began = time.monotonic()
    found = work()
    taken = time.monotonic() - began
    print(f"{taken:.2f} s")  # noqa: T201 - the figure of the report
    assert taken < SECONDS
    return found


@pytest.mark.full
@pytest.mark.django_db
@pytest.mark.parametrize("write", [table_files.csv, table_files.xlsx], ids=["csv", "xlsx"])
def test_five_thousand_prefixes_are_checked_and_applied_within_seconds(
    at: Callable[[str], Any], write: Callable[[Any], bytes]
) -> None:
    at("2026-11-22 10:00")
    place()
    for price, day in (("0,8", DECEMBER), ("0,62", JANUARY), ("0,7", JANUARY)):  # new, ended, replaced
        table = kept(write([RATES_HEAD[:3], *sheet(price)]), day)
        seen = in_seconds(partial(running.compared, table, RATES))
        told = {"table": table, "kind": RATES, "fingerprint": seen.fingerprint, "actor": Actor(table.uploaded_by)}
        in_seconds(partial(running.apply, **told))
    assert Rate.objects.filter(valid_until=None, price_per_minute=Decimal("0.7")).count() == PREFIXES
    assert Rate.objects.count() == 2 * PREFIXES


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_a_killed_application_leaves_all_rows_or_none(at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00")
    place()
    applied(rates_file(*sheet("0,8")), DECEMBER)
    table = kept(rates_file(*sheet("0,62")), JANUARY)
    script = Path(__file__).with_name("killed_table.py")
    assert ended(script, table.pk, 1, "in") == -9
    assert TableImport.objects.get(pk=table.pk).is_open
    assert Rate.objects.filter(valid_until=None, price_per_minute=Decimal("0.8")).count() == Rate.objects.count()
    assert ended(script, table.pk, 1, "after") == -9
    assert not TableImport.objects.filter(pk=table.pk, applied_at=None).exists()
    assert Rate.objects.filter(valid_until=None, price_per_minute=Decimal("0.62")).count() == PREFIXES
    assert Rate.objects.filter(valid_until=JANUARY).count() == PREFIXES


READING = """
import sys
import django
django.setup()
from sipcabinet.lib import tables

for path in sys.argv[1:]:
    try:
        tables.read(open(path, "rb").read(), tables.Bounds())
    except tables.TableFileError:
        pass
    # `ru_maxrss` would count the memory of the process that started this one.
    print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
PACKED, SHEET = table_files.packed, table_files.sheet_of
HOSTILE: dict[str, Callable[[], bytes]] = {
    "spaces": lambda: table_files.bomb(30),
    "depth": lambda: PACKED(b"<a>" * 8_000_000),
    "attribute": lambda: PACKED(b"<a b='" + b"x" * 25_000_000 + b"'/>"),
    "attributes": lambda: PACKED(b"<a " + b" ".join(b"a%d=''" % place for place in range(2_000_000)) + b"/>"),
    "rows": lambda: PACKED(SHEET("<row><c/></row>" * 1_500_000)),
    "texts": lambda: PACKED(SHEET("<row/>"), sharedStrings=b"<sst>" + b"<si><t>a</t></si>" * 1_500_000 + b"</sst>"),
    "cells": lambda: table_files.csv([["a"] * 49] * 50_000),
    "lines": lambda: b"\n" * 5_000_000,
}


@pytest.mark.full
def test_no_file_takes_much_memory(tmp_path: Path) -> None:
    paths = []
    for name, make in HOSTILE.items():
        path = tmp_path / name
        path.write_bytes(make())
        paths.append(str(path))
    command = [sys.executable, "-c", READING, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    assert len(done.stdout.split()) == len(HOSTILE)
    assert max(map(int, done.stdout.split())) < MOST_MIB
