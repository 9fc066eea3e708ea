"""Paths in the project's folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
BYTECODE = ROOT / "var" / "bytecode"  # kept from one `bin/test` to the next


def holds(paths: Sequence[str], tests: Path) -> bool:
    """Whether pytest with these paths runs tests of the file or folder `tests`."""
    chosen = [(ROOT / path.split("::")[0]).resolve() for path in paths]
    return any(tests.is_relative_to(path) or path.is_relative_to(tests) for path in chosen)


@dataclass(frozen=True, slots=True)
class Var:
    """The folder of all files that `bin/run` creates and keeps (or `bin/test` creates and deletes)."""

    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        return self.folder / "valkey"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def beat(self) -> Path:
        return self.folder / "beat"

    @property
    def unfinished(self) -> Path:
        """Temporary files of the parts. Emptied at each start, because a part that is killed leaves its files."""
        return self.folder / "tmp"

    @property
    def static_stamp(self) -> Path:
        """The stamp lies in the folder of the collected files, so that both are deleted together."""
        return self.folder / "static" / ".collected"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.env"

    @property
    def environment(self) -> Path:
        """The environment of the running parts, for `bin/manage`."""
        return self.folder / "run.env"

    @property
    def lock(self) -> Path:
        return self.folder / "run.lock"

    def make(self) -> None:
        """Creates the folders; only this user can read them."""
        for folder in (self.folder, self.logs, self.valkey, self.beat):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
