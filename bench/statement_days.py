#!/usr/bin/env python3
"""Made days of a bank's statements, without a database: which documents would be lost, or booked twice?

    bin/bench statement_days [--days 20000] [--seed 0]

Exit codes: 0 none, 1 some: prints the seeds of these days, from which billing/tests/days.py generates them again.
"""

import argparse
import sys
import time
from random import Random

import scratch  # noqa: F401 - sets the portal up
from tqdm import tqdm

from billing.tests import days


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    total, wrong, started = days.Result(), [], time.perf_counter()
    for seed in tqdm(range(options.seed, options.seed + options.days), file=sys.stderr):
        found = days.result(days.made(Random(seed)))
        total.add(found)
        wrong += [seed] if found.lost or found.twice else []
    took = time.perf_counter() - started
    each = 1000 * took / options.days
    print(f"{options.days:,} days, {total.documents:,} documents in {took:.0f} s, {each:.1f} ms a day")
    print(f"lost {total.lost}, twice {total.twice}, waiting for a person {total.waiting}")
    if wrong:
        print("days: " + ", ".join(map(str, wrong[:20])))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
