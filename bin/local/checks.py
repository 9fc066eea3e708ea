"""The steps of `bin/test`, in order."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import venv
from .paths import VENV

# Python scripts without the suffix `.py`, which tools do not find by themselves. bin/manage is not checked for types:
# it is too small, and mypy confuses it with manage.py.
TYPED_SCRIPTS = ("bin/run", "bin/test", "bin/shots", "bin/bench")
SCRIPTS = (*TYPED_SCRIPTS, "bin/manage")
# Steps that only read files: they take seconds and need no server (`.pre-commit-config.yaml`).
OF_FILES = ("format", "lint", "templates", "imports")
CORES = os.cpu_count() or 1
JOURNEYS = "sipcabinet/tests/browser"  # the folder of all tests with the mark `browser`
SLOWEST = ("--durations=20", "--durations-min=1")  # seconds: shows tests that are slow
PRODUCTION = {
    "SITE_URL": "https://cabinet.example",
    "ALLOWED_HOSTS": "cabinet.example",
    "DEMO": "false",
    "DEBUG": "false",
    "OPERATOR_UNP": "100000007",
    "OPERATOR_ADDRESS": "220000, Минск",
    "OPERATOR_IBAN": "BY86AKBB10100000002966000000",
    "OPERATOR_BANK": "ОАО «Банк»",
    "OPERATOR_BIC": "AKBBBY2X",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One step: a command that must end with exit code 0, with additional environment variables."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    shows_output: bool = False  # a long step shows its progress; the output of other steps is printed only if they fail
    alone: bool = False  # keeps all processors busy by itself
    needs: Sequence[str] = ()  # the steps that must have ended before; chosen with this one
    after: Sequence[str] = ()  # steps that, if they are chosen, must have ended before


def _tool(name: str) -> str:
    return str(VENV / "bin" / name)


def _manage(*words: str) -> list[str]:
    return [str(venv.python()), "manage.py", *words]


def pytest(
    name: str, marks: str, *words: str, workers: int = 0, alone: bool = False, after: Sequence[str] = ()
) -> Check:
    """Tests with these marks (all tests if empty), in this number of processes besides the first one. Two steps with
    as many processes have databases of the same names, so one must run `after` the other."""
    spread = ["-n", str(workers), "--dist", "worksteal"] if workers else []
    chosen = ["-m", marks] if marks else []
    command = [str(venv.python()), "-m", "pytest", *spread, *chosen, *SLOWEST, *words]
    return Check(
        name, command, {"MIGRATED": "true"}, shows_output=True, alone=alone, needs=("migrate", "static"), after=after
    )


def every(extra: Sequence[str], *, browser: bool, full: bool) -> list[Check]:
    """All steps in their order. Migrations keep one processor busy, so types, templates and imports are checked beside
    them. The browser leaves the processors half idle, so the quick tests run beside the journeys and then the pages,
    and the long tests after the quick ones. Quick tests wait for locks and servers, so they have one process more than
    there are processors. Tests that measure load or start a whole installation run last and alone."""
    return [
        *form(),
        migrate(),
        types(),
        *sense(),
        static_files(),
        pytest("tests", "not browser and not full", *extra, workers=CORES + 1),
        *([pytest("browser", "browser and not full", JOURNEYS, *extra)] if browser else []),
        *database(),
        *(long(extra, browser=browser) if full else []),
    ]


def long(extra: Sequence[str], *, browser: bool) -> list[Check]:
    """The long steps, which only `--full` runs."""
    return [
        *([pytest("pages", "full and browser", JOURNEYS, *extra, after=["browser"])] if browser else []),
        pytest("full", "full and not browser and not alone", *extra, workers=CORES, after=["tests"]),
        pytest("alone", "full and alone", *extra, alone=True),
    ]


def form() -> list[Check]:
    """Checks of the code's format and style, which take seconds."""
    return [
        Check("format", [_tool("ruff"), "format", "--check", ".", *SCRIPTS]),
        Check("lint", [_tool("ruff"), "check", "--output-format=concise", ".", *SCRIPTS]),
    ]


def types() -> Check:
    """Checks the types of the whole project, which takes about a minute."""
    return Check("types", [_tool("mypy"), "--scripts-are-modules", ".", *TYPED_SCRIPTS])


def sense() -> list[Check]:
    """Checks of templates and imports."""
    return [
        Check("templates", [_tool("djlint"), "templates", "--check", "--lint", "--quiet"]),
        Check("imports", [_tool("lint-imports")]),
    ]


def database() -> list[Check]:
    """Checks of migrations and deployment, which start Django."""
    return [
        Check("migrations", _manage("makemigrations", "--check", "--dry-run"), needs=("migrate",)),
        Check("deploy", _manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    ]


def migrate() -> Check:
    """Migrates the database that the databases of tests are copied from."""
    return Check("migrate", _manage("migrate", "--verbosity=0"))


def static_files() -> Check:
    """Collects static files: pages link to style sheets by the hashed names of `collectstatic`."""
    return Check("static", _manage("collectstatic", "--noinput", "--verbosity=0"))


def chosen(checks: Sequence[Check], only: Sequence[str]) -> list[Check]:
    """The checks with these names and the checks that they need; all checks if no name is given."""
    wanted = {*only, *(needed for check in checks if check.name in only for needed in check.needs)}
    return [check for check in checks if not only or check.name in wanted]
