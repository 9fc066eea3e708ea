"""Keeps parts running: a part that ends is started again, after a longer wait each time. A part that ends too often
stops all parts."""

import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from .console import CommandError, say
from .process import Part, stop_all

DEATHS_ALLOWED = 5
WINDOW_SECONDS = 60.0
POLL_SECONDS = 0.2


class Stopped(BaseException):
    """A signal asks the command to stop (Ctrl-C, SIGTERM, a closed terminal)."""


def stop_on_signals() -> None:
    """From this call on a signal to stop raises `Stopped` in the running code, so that every `finally` runs."""

    def raise_stopped(_number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)


def _ignore_signals() -> None:
    """Ignores further signals to stop: stopping takes bounded time anyway."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@dataclass
class Watched:
    """A part, the times of its recent deaths, and the time of its next start while it does not run."""

    part: Part
    deaths: deque[float] = field(default_factory=deque)
    start_at: float | None = None

    def note_death(self, now: float) -> float:
        """Counts a death and returns the seconds to wait before the next start."""
        self.deaths.append(now)
        while self.deaths[0] < now - WINDOW_SECONDS:
            self.deaths.popleft()
        delay: float = min(2.0 ** (len(self.deaths) - 2), 8.0)
        self.start_at = now + delay
        return delay


class Supervisor:
    """The parts in the order of their start; they are stopped in the opposite order, level by level."""

    def __init__(self) -> None:
        self.levels: list[list[Watched]] = []

    def start(self, *parts: Part) -> None:
        """Starts the parts of one level, which may be started and stopped together."""
        level: list[Watched] = []
        self.levels.append(level)
        for part in parts:
            level.append(Watched(part))
            part.start()

    def wait_until(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Waits until `ready()`. Raises CommandError when a part ends meanwhile, or after `seconds`; `what` names the
        server in the message."""
        deadline = time.monotonic() + seconds
        while not ready():
            for watched in self._all():
                if (code := watched.part.exit_code()) is not None:
                    raise CommandError(f"{watched.part.name} ended at its start ({_ended(code)})", log=watched.part.log)
            if time.monotonic() > deadline:
                log = self.levels[-1][0].part.log if self.levels else None
                raise CommandError(f"{what} did not answer within {seconds:.0f} s", log=log)
            time.sleep(0.1)

    def watch(self) -> None:
        """Runs until a signal to stop (raises `Stopped`) or until a part ends too often (raises `CommandError`)."""
        while True:
            for watched in self._all():
                self._tend(watched, time.monotonic())
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        _ignore_signals()
        while self.levels:
            stop_all([watched.part for watched in self.levels.pop()])

    def _all(self) -> list[Watched]:
        return [watched for level in self.levels for watched in level]

    def _tend(self, watched: Watched, now: float) -> None:
        part = watched.part
        if watched.start_at is not None:
            if now >= watched.start_at:
                watched.start_at = None
                part.start()
            return
        code = part.exit_code()
        if code is None:
            return
        delay = watched.note_death(now)
        if len(watched.deaths) > DEATHS_ALLOWED:
            raise CommandError(f"{part.name} keeps ending ({_ended(code)})", log=part.log)
        say(f"  {part.name} ended ({_ended(code)}); starting it again in {delay:.1f} s, see {part.log}")


def _ended(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
