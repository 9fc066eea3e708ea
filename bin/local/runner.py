"""Runs the steps of `bin/test` and prints a summary."""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from subprocess import Popen
from typing import IO

from .checks import Check
from .command import running
from .console import say

ABREAST = 2  # steps that run at once; a step with `alone` runs by itself
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    passed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class _UnderWay:
    check: Check
    process: "Popen[str]"
    output: IO[str]
    started: float

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def result(self) -> Result:
        """The result of the step. Prints the output of a failed step that did not show it."""
        passed = self.process.returncode == 0
        self.output.seek(0)
        if not passed and (said := self.output.read().rstrip()):
            say(said)
        return Result(self.check.name, passed, time.monotonic() - self.started)


def run_all(checks: Sequence[Check], environment: Mapping[str, str]) -> int:
    """Runs every check even if another check fails; returns the exit code of the whole run."""
    results = []
    for alone, group in groupby(checks, key=lambda check: check.alone):
        results += _run(list(group), environment, abreast=1 if alone else ABREAST)
    order = [check.name for check in checks]
    say("\nSummary")
    whole = sum(result.seconds for result in results) or 1
    for result in sorted(results, key=lambda result: order.index(result.name)):
        say(f"{_line(result)} {result.seconds / whole:4.0%}".replace("%", " %"))
    failed = [name for name in order if any(name == result.name and not result.passed for result in results)]
    if failed:
        print(f"error: failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed or not results else 0


def _run(checks: Sequence[Check], environment: Mapping[str, str], *, abreast: int) -> list[Result]:
    """Runs the checks in their order, at most `abreast` at once, each after the checks that it needs."""
    waiting, busy, results = list(checks), list[_UnderWay](), list[Result]()
    with ExitStack() as stack:
        while waiting or busy:
            while waiting and len(busy) < abreast and not _waits(waiting[0], busy):
                busy.append(stack.enter_context(_under_way(waiting.pop(0), environment)))
            time.sleep(LOOK_SECONDS)
            for one in [one for one in busy if one.has_ended()]:
                busy.remove(one)
                results.append(one.result())
                say(_line(results[-1]))
    return results


def _waits(check: Check, busy: Sequence[_UnderWay]) -> bool:
    return not {one.check.name for one in busy}.isdisjoint((*check.needs, *check.after))


@contextmanager
def _under_way(check: Check, environment: Mapping[str, str]) -> Iterator[_UnderWay]:
    say(f"{check.name} …")
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        stdout = None if check.shows_output else output
        with running(check.command, stdout=stdout, environment={**environment, **check.environment}) as process:
            yield _UnderWay(check, process, output, time.monotonic())


def _line(result: Result) -> str:
    return f"  {result.name:<12} {'ok' if result.passed else 'FAILED':<6} {result.seconds:7.1f} s"
