"""Runs other programs and waits for them."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

from .paths import ROOT

Stream = IO[str] | IO[bytes] | int | None


@contextmanager
def running(
    command: Sequence[str],
    *,
    stdout: Stream,
    stderr: Stream = subprocess.STDOUT,
    environment: Mapping[str, str] = os.environ,
) -> Iterator["subprocess.Popen[str]"]:
    """Runs a program in the project's folder and waits for its end; an exception in the block also ends the program."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="replace",
    ) as process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise
