#!/usr/bin/env python3
"""The machine of billing/tests/test_money_machine.py for as long as one likes: random steps, all promises after each.

    bin/bench money_machine [--steps 20000] [--minutes 25] [--seed 1]

All invariants are checked after every step. A broken promise ends the run and prints the shortest steps that break it;
the same seed finds them again. With `--minutes` it ends when the time is over.
"""

import argparse
import math
import sys
import tempfile
import time
from pathlib import Path

import scratch
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, seed
from hypothesis import settings as effort
from hypothesis.stateful import invariant, run_state_machine_as_test
from tqdm import tqdm

from billing.tests.machine import MoneyMachine, prepared, world

STEPS = 50  # per example
ROUND = 20  # examples


def run(machine: type[MoneyMachine], steps: int, seconds: float, number: int) -> None:
    """Runs rounds with the seeds from `number` on, until `steps` steps are done or the time is over."""
    end = time.perf_counter() + seconds
    # The bar shows no rate: the machine moves the clock that the rate is computed from.
    with tqdm(total=steps, bar_format="{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} steps", file=sys.stderr) as bar:

        class Shown(machine):  # type: ignore[misc, valid-type]
            @invariant()
            def is_shown(self) -> None:
                bar.n += 1
                if bar.n % 10 == 0:
                    bar.refresh()

        while machine.reached["steps"] < steps and time.perf_counter() < end:
            left = steps - machine.reached["steps"]
            how = effort(
                max_examples=max(1, min(ROUND, left // STEPS)),
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            run_state_machine_as_test(seed(number)(Shown), settings=how)
            number += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with (
        scratch.database(),
        override_settings(**world.SETTINGS),
        tempfile.TemporaryDirectory() as folder,
        transaction.atomic(),
    ):
        machine = prepared(Path(folder))
        started = time.perf_counter()
        run(machine, options.steps, 60 * options.minutes, options.seed)
        took = time.perf_counter() - started
        transaction.set_rollback(True)
    steps = machine.reached.pop("steps")
    print(f"{steps:,} steps in {took:.0f} s, {1000 * took / steps:.0f} ms each: every promise held")
    print("among them: " + ", ".join(f"{what} {count}" for what, count in sorted(machine.reached.items())))


if __name__ == "__main__":
    main()
