"""SQL scripts of Kamailio's tables, for the tests of provisioning: unpacked from Debian's package, not installed."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import apt
from .console import CommandError, say, step
from .paths import ROOT

PACKAGE = "kamailio-postgres-modules"
SCRIPTS = Path("usr/share/kamailio/postgres")
TESTS = ROOT / "sipcabinet" / "tests" / "kamailio"


def ensure(environ: Mapping[str, str], folder: Path, log: Path) -> dict[str, str]:
    """Unpacks the scripts into the folder; returns the environment variable with their path.

    If this fails, prints the reason and returns no variable; in CI raises CommandError.
    """
    try:
        with step("Kamailio's own schema"):
            return {"KAMAILIO_SCHEMA": str(_unpacked(folder, log))}
    except CommandError as failure:
        message = f"no schema of Kamailio here ({failure}); its part needs `apt-get download {PACKAGE}`"
        if environ.get("CI") == "true":
            raise CommandError(message, log=log) from None
        say(f"  {message}. That part alone is left out.")
        return {}


def _unpacked(folder: Path, log: Path) -> Path:
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise CommandError(f"there is no {program}")
    folder.mkdir(parents=True, exist_ok=True)
    download = ["apt-get", "-q", "download", PACKAGE]
    if not _run(download, folder, log):  # the lists of packages are missing or old
        if apt.can_install():
            _run(["apt-get", "-q", "update"], folder, log)
        if not _run(download, folder, log):
            raise CommandError("apt-get could not download its package")
    package = next(folder.glob(f"{PACKAGE}_*.deb"))
    if not _run(["dpkg-deb", "-x", str(package), str(folder)], folder, log) or not (folder / SCRIPTS).is_dir():
        raise CommandError("its package could not be unpacked")
    return folder / SCRIPTS


def _run(command: Sequence[str], folder: Path, log: Path) -> bool:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        ran = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    return ran.returncode == 0
