"""The browser for the tests: the machine's Chromium; no other browser is supported."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from . import apt
from .console import CommandError, say

NAMES = ("chromium", "chromium-browser", "google-chrome")


def is_installed() -> bool:
    return any(shutil.which(name) for name in NAMES)


def ensure(environ: Mapping[str, str], log: Path) -> bool:
    """Installs the browser if it is missing. If this fails: prints it and returns False; in CI raises CommandError."""
    if is_installed():
        return True
    reason = "only root may install it"
    if apt.can_install():
        try:
            apt.install(["chromium", "fonts-dejavu-core"], log)
        except CommandError as failure:
            reason = str(failure)
    if is_installed():
        return True
    message = f"no Chromium here ({reason}); install: {apt.command(['chromium'])}"
    if environ.get("CI") == "true":
        raise CommandError(message, log=log)
    say(f"  {message}. The browser's part alone is left out.")
    return False
