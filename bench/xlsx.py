#!/usr/bin/env python3
"""An XLSX of 1,000,000 calls with nine columns, against zlib (level 6) of the same XML.

    bin/bench xlsx [--rows 1000000] [--turns 3]

The calls are invented, so that neither the database nor formatting counts. The rows are written in parts, each in turn
with the yardstick; times are of the processor. Target: less than 100 MB of memory more than an empty process has.
"""

import argparse
import resource
import statistics
import sys
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from tempfile import TemporaryFile
from zipfile import ZipFile

import scratch  # noqa: F401 - sets the portal up
from tqdm import tqdm

from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, xlsx

MEGABYTES = 100
COLUMNS = [
    Column("Дата", CellKind.DATE, 12), Column("Время", CellKind.TIME, 10), Column("Номер", CellKind.PHONE, 20),
    Column("Собеседник", CellKind.PHONE, 20), Column("Направление вызова", width=14), Column("Направление", width=30),
    Column("Длительность", CellKind.SECONDS), Column("Из пакета", CellKind.SECONDS),
    Column("Стоимость", CellKind.PRICE),
]  # fmt: skip
SHEET = Sheet("Детализация", COLUMNS, head=[("Лицевой счёт", "400123456"), ("Период", "март 2026")])
PLACES = ["Беларусь, мобильные других операторов", "Россия", "Польша", "Внутри сети"]


def calls(count: int) -> Iterator[list[Cell]]:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    for at in range(count):
        moment = begin + timedelta(seconds=at * 2)
        yield [
            *(moment, moment, f"+37517{3_000_000 + at % 300}", f"+37529{at * 7919 % 10_000_000:07d}"),
            *("исходящий", PLACES[at % 4], at % 900, 0, Decimal(at % 9000) / 10_000),
        ]


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def turn(rows: int) -> tuple[float, float]:
    """Processor seconds of writing the rows, and of zlib over the sheet's XML."""
    with TemporaryFile() as file:
        begin = time.process_time()
        xlsx.write(file, SHEET, calls(rows))
        written = time.process_time() - begin
        packed = 0.0
        with ZipFile(file).open("xl/worksheets/sheet1.xml") as xml:
            pack = zlib.compressobj(6)
            while part := xml.read(1024 * 1024):
                begin = time.process_time()
                pack.compress(part)
                packed += time.process_time() - begin
    return written, packed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    turn(1000)
    before = memory()
    times = [turn(given.rows) for _ in tqdm(range(given.turns), file=sys.stderr)]
    written, packed = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(zipped / whole for whole, zipped in times)
    more = memory() - before
    print(f"{given.rows:,} rows: {written:.1f} s, {given.rows / written:,.0f} rows/s")
    print(f"zlib of the same XML: {packed:.1f} s, {given.rows / packed:,.0f} rows/s; ratio {ratio:.2f}")
    print(f"memory {memory()} MB, {more} MB more than before (target < {MEGABYTES})")
    return 0 if more < MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
