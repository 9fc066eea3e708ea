"""Packages of the operating system: installed if we may install, otherwise the command for it is shown."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from .command import running
from .console import CommandError, step


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def command(packages: Sequence[str]) -> str:
    """The command that a person would type."""
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


def install(packages: Sequence[str], log: Path) -> None:
    """Installs system packages; raises `CommandError`, which shows the end of apt's log."""
    with step(f"System packages: {', '.join(packages)}"[:60]), log.open("ab") as output:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            with running(["apt-get", "-q", *words], stdout=output, environment=environment) as process:
                pass
            if process.returncode != 0 and words[0] == "install":
                raise CommandError(f"apt-get could not install {' '.join(packages)}", log=log)
