"""Whether the static files must be collected again."""

import hashlib
from pathlib import Path

from . import venv
from .paths import ROOT


def fingerprint(root: Path = ROOT) -> str:
    """A text that changes with any static file of the project, and with the packages, which have static files too."""
    found = hashlib.sha256(venv.STAMP.read_bytes() if venv.STAMP.exists() else b"")
    for folder in sorted((root / "static", *root.glob("*/static"), *root.glob("sipcabinet/*/static"))):
        for path in sorted(folder.rglob("*")):
            facts = path.stat()
            found.update(f"{path.relative_to(root)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return found.hexdigest()


def is_collected(stamp: Path) -> bool:
    return stamp.exists() and stamp.read_text() == fingerprint()


def note_collected(stamp: Path) -> None:
    stamp.write_text(fingerprint())
