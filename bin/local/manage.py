"""Running `manage.py`."""

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
    """Turns this process into a command of the portal that `bin/run` has started here.

    Raises `UsageError` on a file of a value that is none.
    """
    kept = envfile.read(Var(ROOT / "var").environment)
    if not kept:
        raise SystemExit("error: nothing has been started here yet; start the portal first: bin/run")
    command = [str(venv.python()), str(ROOT / "manage.py"), *words]
    os.execve(command[0], command, environment_of(kept, os.environ))  # noqa: S606


def environment_of(kept: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """What `bin/run` has kept, and above it what a person gives the command: settings, files of them, or ENV_FILE."""
    known = secret_files.names(ROOT / ".env.example")
    from_file = envfile.read(Path(environ["ENV_FILE"])) if environ.get("ENV_FILE") else {}
    given = {name: value for name, value in {**from_file, **environ}.items() if value and name != "ENV_FILE"}
    given = secret_files.opened(given, known)
    if "DATABASE_URL" in given:  # the kept login of customers' pages is of another database
        given.setdefault("PORTAL_DATABASE_URL", "")
    return {**kept, **given}


def manage(words: Sequence[str], environment: Mapping[str, str], log: Path, progress: Progress | None = None) -> str:
    """Runs a command and gives its output; its stderr goes to the log, and line by line to `progress`.

    A progress bar's carriage returns split it into lines of their own; events of the log, in JSON, are no progress.
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
    """What a line of stderr tells of the progress. An event of the log, which may follow a bar on its line, is none."""
    return line.partition('{"')[0].strip()
