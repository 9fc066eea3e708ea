"""PgBouncer from Debian, for the tests of DATABASE_POOLED (docs/scaling.md)."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from . import apt
from .console import CommandError, say
from .paths import ROOT

PACKAGES = ("pgbouncer",)
TESTS = ROOT / "sipcabinet" / "tests" / "test_pooler.py"
_FOLDERS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


def program() -> str | None:
    """Where PgBouncer is, or None. Debian keeps it in a folder that is not on every user's PATH."""
    return shutil.which("pgbouncer", path=_FOLDERS)


def ensure(log: Path) -> None:
    """Installs PgBouncer if it is missing and we may; raises CommandError if it is not there then."""
    if program() is None and apt.can_install():
        apt.install(PACKAGES, log)
    if program() is None:
        raise CommandError(f"there is no PgBouncer; on Debian: {apt.command(PACKAGES)}")


def ensure_for_tests(environ: Mapping[str, str], log: Path) -> None:
    """As `ensure`; without PgBouncer its test is left out, which is printed; in CI raises CommandError instead."""
    try:
        ensure(log)
    except CommandError as failure:
        if environ.get("CI") == "true":
            raise
        say(f"  No PgBouncer here: {failure}. The test with it is left out.")
