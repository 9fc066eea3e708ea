"""What a person sees while things are set up: one line a step, with its time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CommandError(Exception):
    """Ends the command with one line on stderr and, where it helps, the end of a log."""

    def __init__(self, message: str, *, log: Path | None = None, code: int = 1) -> None:
        super().__init__(message)
        self.log = log
        self.code = code


class UsageError(CommandError):
    """The command cannot be carried out as it was given: exit code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=2)


def say(text: str) -> None:
    print(text, flush=True)


QUIET_SECONDS = 10.0


class Step:
    """One step under way: on a terminal its line is rewritten as it goes on, in a log it takes few lines."""

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
    """Shows a step's name, its progress and how long it took; also a decorator of a function that is one step."""
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
    """Prints a failure to stderr, the log's end first, and gives the exit code."""
    if failure.log and (end := tail(failure.log)):
        print(f"\nThe end of {failure.log}:\n{end}\n", file=sys.stderr)
    print(f"error: {failure}", file=sys.stderr, flush=True)
    return failure.code
