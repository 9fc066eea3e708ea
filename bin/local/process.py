"""A part: a process of the portal that ends when `bin/run` ends, even if `bin/run` is killed."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 10 * 1024 * 1024


def _nothing() -> None:
    return None


@dataclass
class Part:
    """A process, and how to start it, to stop it and to clean up after it.

    `stop` lists signals to send one after another, each with the seconds to wait; SIGKILL comes last. `clean` runs
    before each start and after the stop: it removes what a killed process of this part has left.
    """

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    stop: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 8.0),)
    clean: Callable[[], object] = _nothing
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        self.kill_group()
        self.clean()
        _rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in self.command],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent(self.stop[0][0]),  # noqa: PLW1509 - we have no threads
            )

    def exit_code(self) -> int | None:
        """The exit code of the process; None while it runs."""
        return self.process.poll() if self.process else 0

    def send(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kills the part and all processes that it has started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def stop_all(parts: Sequence[Part]) -> None:
    """Stops parts together, in bounded time: sends each part's signals in turn, then SIGKILL."""
    for turn in range(max((len(part.stop) for part in parts), default=0)):
        running = [part for part in parts if part.exit_code() is None and turn < len(part.stop)]
        for part in running:
            part.send(part.stop[turn][0])
        deadline = time.monotonic() + max((part.stop[turn][1] for part in running), default=0)
        while time.monotonic() < deadline and any(part.exit_code() is None for part in running):
            time.sleep(0.05)
    for part in parts:
        part.kill_group()
        part.clean()


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` that asks the Linux kernel to send the signal when the parent ends, even by SIGKILL."""
    parent = os.getpid()
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return _nothing

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the call of prctl
            os._exit(1)

    return in_child
