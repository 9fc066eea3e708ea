"""The project's virtual environment: created and filled if necessary, otherwise left unchanged."""

import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

from . import apt
from .command import running
from .console import CommandError, Step, UsageError, step
from .paths import ROOT, VENV

RUN = "requirements-run.txt"
DEV = "requirements-dev.txt"
# Each set contains the sets before it, so a later set also serves where an earlier one is needed.
SETS = (RUN, DEV)
STAMP = VENV / "installed.stamp"


def python() -> Path:
    return VENV / "bin" / "python"


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing the package."""
    for folder in VENV.glob(f"lib/python3.*/site-packages/{name}"):
        return folder
    raise CommandError(f"the package {name} is not installed in {VENV}")


def stamp_of(requirements: Path) -> str:
    """One line for the stamp: the requirements, their hash and the version of Python."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{requirements.name} {digest} python{platform.python_version()}"


def is_filled(requirements: str, stamp: Path = STAMP, root: Path = ROOT) -> bool:
    """Whether this set, or a set that contains it, was installed completely and has not changed since."""
    if not stamp.exists():
        return False
    found = stamp.read_text(encoding="utf-8")
    return any(found == stamp_of(root / name) for name in SETS[SETS.index(requirements) :])


def ensure(requirements: str, log: Path) -> None:
    """Creates the environment and installs the set, checking the hashes of the file, unless this was done before."""
    if not _works():
        _make(log)
    if is_filled(requirements):
        return
    with step("Python packages") as current:
        STAMP.unlink(missing_ok=True)
        _install(ROOT / requirements, log, current)
        STAMP.write_text(stamp_of(ROOT / requirements), encoding="utf-8")


def _works() -> bool:
    """Whether the environment exists, works and has the version of this Python."""
    if not python().exists():
        return False
    asked = "import pip, sys; print(sys.version_info[:2])"
    ran = subprocess.run([python(), "-c", asked], capture_output=True, text=True, check=False)
    return ran.stdout.strip() == str(sys.version_info[:2])


def _make(log: Path) -> None:
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if importlib.util.find_spec("ensurepip") is None:
        if not apt.can_install():
            raise UsageError(f"this Python cannot make virtual environments; install: {apt.command([package])}")
        apt.install([package], log)
    with step("Virtual environment"), log.open("ab") as output:
        command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        if subprocess.run(command, stdout=output, stderr=output, check=False).returncode != 0:
            raise CommandError(f"could not make {VENV}; if «ensurepip» is missing: {apt.command([package])}", log=log)


def _install(requirements: Path, log: Path, current: Step) -> None:
    """Runs pip and shows how many of the pinned packages it has reached."""
    total = sum("==" in line for line in requirements.read_text(encoding="utf-8").splitlines())
    # Compiling all modules takes a third of the time, and Python compiles a module anyway when it is imported.
    options = ["--require-hashes", "--no-compile", "--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    command = [str(python()), "-m", "pip", "install", *options, "-r", str(requirements)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    collected = 0
    with (
        log.open("a", encoding="utf-8") as output,
        running(command, stdout=subprocess.PIPE, environment=environment) as process,
    ):
        for line in process.stdout or ():
            output.write(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                collected += 1
                current.progress(f"{collected} of {total}")
            elif line.startswith("Installing"):
                current.progress(f"installing {total}")
    if process.returncode != 0:
        raise CommandError("pip could not install the packages; is the package index reachable?", log=log)
