"""Runs the steps of `bin/test`, one after the other, and sums up."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .checks import Check
from .command import running
from .console import say


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    passed: bool
    seconds: float


def run_all(checks: Sequence[Check], environment: Mapping[str, str]) -> int:
    """Runs every check even if one fails; the exit code of the whole."""
    results = []
    for number, check in enumerate(checks, 1):
        say(f"[{number}/{len(checks)}] {check.name} …")
        results.append(_run(check, environment))
        say(_line(results[-1]))
    say("\nSummary")
    for result in results:
        say(_line(result))
    failed = [result.name for result in results if not result.passed]
    if failed:
        print(f"error: failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed or not results else 0


def _run(check: Check, environment: Mapping[str, str]) -> Result:
    started = time.monotonic()
    output = None if check.shows_output else subprocess.PIPE
    with running(check.command, stdout=output, environment={**environment, **check.environment}) as process:
        said, _ = process.communicate()
    if process.returncode != 0 and said:
        say(said.rstrip())
    return Result(check.name, process.returncode == 0, time.monotonic() - started)


def _line(result: Result) -> str:
    return f"  {result.name:<12} {'ok' if result.passed else 'FAILED':<6} {result.seconds:7.1f} s"
