#!/usr/bin/env python3
"""Rows a second from a FreeSWITCH file into the partitions, against a binary COPY of the same rows (target ≥ 0.45).

    bin/bench import_calls [--rows 200000] [--rounds 3] [--profile FILE]

Import and COPY take turns, each into empty tables. A round prints both speeds, and the processor's time of Python and
of PostgreSQL. The main thread works or waits for PostgreSQL; the thread that reads the file works meanwhile. So where
other work keeps the processors busy, the ratio of main thread + PostgreSQL says what an idle machine would give. Exit
code 1 if the median of the clock misses the target.
"""

import argparse
import cProfile
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import scratch
from django.conf import settings
from django.db import connection
from tqdm import tqdm

from accounts.tests.factories import AccountFactory
from subscribers.calls import imports, partitions, sources
from subscribers.models import PlanKind
from subscribers.tests.factories import PlanTermsFactory, TariffPlanFactory, TrunkFactory
from subscribers.tests.price_list import load_price_list

COPIED = (
    "id, month, charged_in, account_id, subscriber_id, trunk_id, source_id, import_id, call_id, leg, direction, "
    "outcome, started_at, duration, talk_seconds, other_party, destination_id, price_per_minute, billed_seconds, "
    "included_seconds, cost, fingerprint"
)
# What an import fills: emptied before each turn.
FILLED = (
    "subscribers_callrecord, subscribers_calldailytotal, subscribers_allowance, subscribers_channelpeak, "
    "subscribers_accountsource, subscribers_secondleg, subscribers_partytotal"
)
TARGET = 0.45
TRUNKS = 200
UNANSWERED, INSIDE, INCOMING = 0.1, 0.05, 0.25  # shares of all calls


def phones() -> list[str]:
    return [f"+37517{2_000_000 + number}" for number in range(TRUNKS)]


def fill() -> None:
    """Writes a customer, the trunks and the price list."""
    load_price_list()
    PlanTermsFactory.create(plan=TariffPlanFactory.create(kind=PlanKind.TRUNK))
    account = AccountFactory.create()
    for phone in phones():
        TrunkFactory.create(account=account, phone=phone)
    partitions.open_ahead()


def lines(count: int) -> Iterator[str]:
    """Rows of calls of this month, in order of time: three quarters outgoing, some between our trunks, one in ten
    unanswered."""
    chance = random.Random(1)
    ours, others = phones(), [f"+37529{chance.choice('258')}{chance.randrange(10**6):06d}" for _ in range(20_000)]
    moment = datetime.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ005 - a switch's local time
    step = timedelta(seconds=max(0.001, (datetime.now() - moment).total_seconds() / count))  # noqa: DTZ005
    for serial in range(count):
        moment += step
        start = moment.replace(microsecond=0)
        talked = 0 if chance.random() < UNANSWERED else chance.randrange(1, 400)
        answer, end = start + timedelta(seconds=5), start + timedelta(seconds=5 + talked)
        pair = [chance.choice(ours), chance.choice(ours if chance.random() < INSIDE else others)]
        if chance.random() < INCOMING:
            pair.reverse()
        values = (
            "Имя", pair[0], pair[1], "default", start, answer if talked else "", end, talked + 5, talked,
            "NORMAL_CLEARING" if talked else "USER_BUSY", f"{chance.getrandbits(128):032x}", f"{serial:032x}",
            "", "PCMA", "PCMA",
        )  # fmt: skip
        yield ",".join(f'"{value}"' for value in values) + "\n"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a piece of work took: seconds by the clock, and of the processor in Python, in its main thread, and in the
    PostgreSQL backend."""

    clock: float
    python: float
    main: float
    postgres: float

    @property
    def alone(self) -> float:
        """Seconds that it would take if nothing else used the processors."""
        return self.main + self.postgres

    @classmethod
    def by(cls, work: Callable[[], None]) -> "Spent":
        postgres = backend()
        clocks = (time.perf_counter, time.process_time, time.thread_time, postgres)
        before = [clock() for clock in clocks]
        work()
        return cls(*(clock() - begin for clock, begin in zip(clocks, before, strict=True)))

    def each(self, records: int) -> str:
        python, main, postgres = (1e6 * spent / records for spent in (self.python, self.main, self.postgres))
        speed = f"{records / self.clock:,.0f} records/s"
        return (
            f"{speed} (processor, µs a record: Python {python:.1f}, of it main {main:.1f}; PostgreSQL {postgres:.1f})"
        )


def backend() -> Callable[[], float]:
    """A reader of the processor's seconds that this connection's PostgreSQL backend has used; of this machine only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        place = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: int(place.read_text().split()[0]) / 1e9


def import_file(path: Path) -> None:
    """Imports the file as a command does."""
    job = imports.begin(path=path, source=sources.find(name="bench", fmt="freeswitch"))
    with tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc="import", file=sys.stderr) as bar:

        def progress(position: int) -> None:
            bar.update(position - bar.n)

        counts = imports.run(job, path, progress=progress)
    if counts.new != counts.read:
        sys.exit(f"not all rows were taken: {counts}")


def empty(tables: str) -> None:
    """Empties the tables and writes what is in memory to the disk, so that neither side pays for the other."""
    with as_owner() as cursor:
        cursor.execute(f"TRUNCATE {tables}")
        cursor.execute("CHECKPOINT")


@contextmanager
def as_owner() -> Iterator[Any]:
    """A cursor with the rights of the tables' owner: COPY into a table with row policies is refused to others."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield cursor
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")


def dump(path: Path) -> int:
    """Writes the imported records to a binary file, in order of time; returns how many."""
    query = f"SELECT {COPIED} FROM subscribers_callrecord ORDER BY started_at"
    with as_owner() as cursor, path.open("wb") as file:
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as out:
            for block in out:
                file.write(block)
        return int(cursor.rowcount)


def copy_in(path: Path) -> None:
    """The comparison: a binary COPY of the same records into the same table, with all its keys, without triggers."""
    copied = f"COPY subscribers_callrecord ({COPIED}) FROM STDIN (FORMAT binary)"
    with as_owner() as cursor, path.open("rb") as file, cursor.copy(copied) as copy:
        while block := file.read(1 << 20):
            copy.write(block)


def sum_up(*, on: bool) -> None:
    """Switches the trigger that keeps the sums by party."""
    with as_owner() as cursor:
        cursor.execute(f"ALTER TABLE subscribers_callrecord {'ENABLE' if on else 'DISABLE'} TRIGGER party_added")


def round_of(path: Path, binary: Path, profile: str) -> tuple[float, float]:
    """One turn of each; returns the ratio of their speeds by the clock, and by the processor's time."""
    empty(FILLED)
    profiler = cProfile.Profile(time.thread_time)
    with profiler if profile else nullcontext():
        whole = Spent.by(lambda: import_file(path))
    if profile:
        profiler.dump_stats(profile)
    records = dump(binary)
    empty("subscribers_callrecord")
    sum_up(on=False)
    copied = Spent.by(lambda: copy_in(binary))
    sum_up(on=True)
    ratio, alone = copied.clock / whole.clock, copied.alone / whole.alone
    print(
        f"import: {whole.each(records)}\n  COPY: {copied.each(records)}\n  ratio {ratio:.2f}, {alone:.2f} by processor"
    )
    sys.stdout.flush()
    return ratio, alone


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="", help="file for cProfile's statistics of the main thread, last round")
    asked = parser.parse_args()
    with scratch.database(), tempfile.TemporaryDirectory() as folder:
        fill()
        path = Path(folder) / "Master.csv"
        with path.open("w") as file:
            file.writelines(tqdm(lines(asked.rows), total=asked.rows, desc="file", file=sys.stderr))
        ratios = [round_of(path, Path(folder) / "records.bin", asked.profile) for _ in range(asked.rounds)]
    median, alone = (statistics.median(column) for column in zip(*ratios, strict=True))
    load = os.getloadavg()[0]
    print(f"median of {asked.rounds}: {median:.2f}, {alone:.2f} by processor (target ≥ {TARGET}); load {load:.1f}")
    return int(median < TARGET)


if __name__ == "__main__":
    sys.exit(main())
