"""Output for the person who runs a command: one line per step, with the step's time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CommandError(Exception):
    """Ends the command with one line on stderr and, if `log` is given, the end of that log."""

    def __init__(self, message: str, *, log: Path | None = None, code: int = 1) -> None:
        super().__init__(message)
        self.log = log
        self.code = code


class UsageError(CommandError):
    """The command cannot run with these options or settings: exit code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=2)


def say(text: str) -> None:
    print(text, flush=True)


QUIET_SECONDS = 10.0


class Step:
    """One running step. On a terminal its line is rewritten with the progress; in a log it takes few lines."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.live = sys.stdout.isatty()
        self._shown = time.monotonic()

    def progress(self, text: str) -> None:
        if self.live:
            self._rewrite(f"  {self.title}: {text[:60]}")
        elif time.monotonic() - self._shown > QUIET_SECONDS:
            self._shown = time.monotonic()
            say(f"  {self.title}: {text}")

    def done(self, seconds: float, outcome: str) -> None:
        line = f"  {self.title:<44} {outcome} {seconds:7.1f} s"
        if self.live:
            self._rewrite(line)
            print(flush=True)
        else:
            say(line)

    def _rewrite(self, line: str) -> None:
        print(f"\r\x1b[K{line}", end="", flush=True)


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Shows a step's name, its progress and its time. Also works as a decorator of a function that is one step."""
    started = time.monotonic()
    current = Step(title)
    if current.live:
        current.progress("…")
    outcome = "stopped"
    try:
        yield current
        outcome = "ok"
    except Exception:
        outcome = "FAILED"
        raise
    finally:
        current.done(time.monotonic() - started, outcome)


def tail(log: Path, lines: int = 25) -> str:
    """The end of a log file, indented."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def report(failure: CommandError) -> int:
    """Prints the end of the log and then the failure to stderr; returns the exit code."""
    if failure.log and (end := tail(failure.log)):
        print(f"\nThe end of {failure.log}:\n{end}\n", file=sys.stderr)
    print(f"error: {failure}", file=sys.stderr, flush=True)
    return failure.code
