"""Where things lie in the project's folder."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"


@dataclass(frozen=True, slots=True)
class Var:
    """The folder of everything that `bin/run` makes and keeps (or `bin/test` makes and throws away)."""

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
        """Temporary files of the parts: emptied at each start, as a part that was killed leaves its own behind."""
        return self.folder / "tmp"

    @property
    def static_stamp(self) -> Path:
        """Lies in the folder it speaks of, so that they are deleted together."""
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
        """Makes the folders, for this user's eyes only."""
        for folder in (self.folder, self.logs, self.valkey, self.beat):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
