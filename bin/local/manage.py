"""Runs `manage.py`."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from . import envfile, secret_files, venv
from .command import running
from .console import CommandError
from .paths import ROOT, Var

Progress = Callable[[str], None]


def become(words: Sequence[str]) -> NoReturn:
    """Replaces this process with a `manage.py` command of the portal that `bin/run` has started here.

    Raises `UsageError` for a `NAME_FILE` that cannot be read. Ends the process if `bin/run` was never started here.
    """
    kept = envfile.read(Var(ROOT / "var").environment)
    if not kept:
        raise SystemExit("error: nothing has been started here yet; start the portal first: bin/run")
    command = [str(venv.python()), str(ROOT / "manage.py"), *words]
    os.execve(command[0], command, environment_of(kept, os.environ))  # noqa: S606


def environment_of(kept: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that `bin/run` has stored, overridden by what the person gives this command: settings, files of
    settings, or ENV_FILE."""
    known = secret_files.names(ROOT / ".env.example")
    from_file = envfile.read(Path(environ["ENV_FILE"])) if environ.get("ENV_FILE") else {}
    given = {name: value for name, value in {**from_file, **environ}.items() if value and name != "ENV_FILE"}
    given = secret_files.opened(given, known)
    if "DATABASE_URL" in given:  # the stored logins of customers' pages belong to another database
        given = {"PORTAL_DATABASE_URL": "", "VIEWER_DATABASE_URL": "", **given}
    return {**kept, **given}


def manage(words: Sequence[str], environment: Mapping[str, str], log: Path, progress: Progress | None = None) -> str:
    """Runs a command and returns its output. Its stderr goes to the log, and line by line to `progress`.

    The carriage returns of a progress bar count as ends of lines. Events of the log (JSON) are no progress.
    """
    command = [str(venv.python()), str(ROOT / "manage.py"), *words]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output, log.open("a", encoding="utf-8") as errors:
        with running(command, stdout=output, stderr=subprocess.PIPE, environment=environment) as process:
            for line in process.stderr or ():
                errors.write(line)
                if progress and (said := progress_in(line)):
                    progress(said)
        if process.returncode != 0:
            raise CommandError(f"manage.py {words[0]} failed", log=log)
        output.seek(0)
        return output.read()


def progress_in(line: str) -> str:
    """The text of the progress in a line of stderr, without an event of the log, which may follow on the same line."""
    return line.partition('{"')[0].strip()
