#!/usr/bin/env python3
"""Rows a second from a FreeSWITCH file into the partitions, against a binary COPY of the same rows (target ≥ 0.35).

bin/bench import_calls [--rows 200000]
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import scratch
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


def import_file(path: Path) -> float:
    """Imports the file; returns the seconds of the whole import."""
    started = time.perf_counter()
    job = imports.begin(path=path, source=sources.find(name="bench", fmt="freeswitch"))
    with tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc="import", file=sys.stderr) as bar:

        def progress(position: int) -> None:
            bar.update(position - bar.n)

        counts = imports.run(job, path, progress=progress)
    if counts.new != counts.read:
        sys.exit(f"not all rows were taken: {counts}")
    return time.perf_counter() - started


def copy_same_rows(dump: Path) -> tuple[int, float]:
    """The comparison: a binary COPY of the same records into the same table, emptied first, with all its keys.

    Returns the number of records and the seconds.
    """
    with connection.cursor() as cursor, dump.open("w+b") as file:
        cursor.execute("RESET ROLE")
        query = f"SELECT {COPIED} FROM subscribers_callrecord ORDER BY started_at"
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as out:
            for block in out:
                file.write(block)
        cursor.execute("TRUNCATE subscribers_callrecord")
        cursor.execute("CHECKPOINT")
        file.seek(0)
        started = time.perf_counter()
        with cursor.copy(f"COPY subscribers_callrecord ({COPIED}) FROM STDIN (FORMAT binary)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        return cursor.rowcount, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    with scratch.database(), tempfile.TemporaryDirectory() as folder:
        fill()
        path = Path(folder) / "Master.csv"
        with path.open("w") as file:
            file.writelines(tqdm(lines(rows), total=rows, desc="file", file=sys.stderr))
        whole = import_file(path)
        records, copied = copy_same_rows(Path(folder) / "records.bin")
    print(f"import: {rows / whole:,.0f} rows/s, {records / whole:,.0f} records/s")
    print(f"binary COPY of its {records:,} records: {records / copied:,.0f} records/s")
    print(f"ratio: {copied / whole:.2f}")


if __name__ == "__main__":
    main()
