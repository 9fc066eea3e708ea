"""The steps of `bin/test`, in order."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import venv
from .paths import VENV

# Python without an ending, which tools do not find by themselves. bin/manage is too small to have types, and mypy takes
# it for the other manage.py.
TYPED_SCRIPTS = ("bin/run", "bin/test", "bin/shots", "bin/bench")
SCRIPTS = (*TYPED_SCRIPTS, "bin/manage")
# Steps that read files alone: seconds each, and no server is started for them (`.pre-commit-config.yaml`).
OF_FILES = ("format", "lint", "templates", "imports")
CORES = os.cpu_count() or 1
WORKERS = CORES + 1  # tests wait now and then: one worker more than processors keeps all processors busy
SLOWEST = ("--durations=20", "--durations-min=1")  # seconds: tests that are worth a look
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
    """One step: a command that must end with 0, with variables of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    shows_output: bool = False  # a long one tells how it gets on; the others speak only when they fail
    alone: bool = False  # keeps all processors busy by itself
    needs: Sequence[str] = ()  # the steps that must have ended before


def _tool(name: str) -> str:
    return str(VENV / "bin" / name)


def _manage(*words: str) -> list[str]:
    return [str(venv.python()), "manage.py", *words]


def pytest(name: str, marks: str, *words: str, workers: int = 0, alone: bool = False) -> Check:
    """Tests with these marks (all where the text is empty), in this number of processes besides the first one."""
    spread = ["-n", str(workers), "--dist", "worksteal"] if workers else []
    chosen = ["-m", marks] if marks else []
    command = [str(venv.python()), "-m", "pytest", *spread, *chosen, *SLOWEST, *words]
    return Check(name, command, {"MIGRATED": "true"}, shows_output=True, alone=alone, needs=("migrate", "static"))


def every(extra: Sequence[str], *, browser: bool, full: bool) -> list[Check]:
    """All steps in their order. What can be said without running the product is said beside the browser, which leaves
    the processors half idle. The long tests run beside the pages in the browser, for the same reason; those that
    measure load or start a whole installation run last and alone."""
    return [
        *form(),
        migrate(),
        static_files(),
        pytest("tests", "not browser and not full", *extra, workers=WORKERS, alone=True),
        *([pytest("browser", "browser and not full", *extra)] if browser else []),
        *sense(),
        *(long(extra, browser=browser) if full else []),
    ]


def long(extra: Sequence[str], *, browser: bool) -> list[Check]:
    """The long parts, of `--full` alone."""
    return [
        pytest("full", "full and not browser and not alone", *extra, workers=CORES),
        *([pytest("pages", "full and browser", *extra)] if browser else []),
        pytest("alone", "full and alone", *extra, alone=True),
    ]


def form() -> list[Check]:
    """How the code is written: said at once."""
    return [
        Check("format", [_tool("ruff"), "format", "--check", ".", *SCRIPTS]),
        Check("lint", [_tool("ruff"), "check", "--output-format=concise", ".", *SCRIPTS]),
    ]


def sense() -> list[Check]:
    """Whether its parts fit each other, the longest first."""
    return [
        Check("types", [_tool("mypy"), "--scripts-are-modules", ".", *TYPED_SCRIPTS]),
        Check("templates", [_tool("djlint"), "templates", "--check", "--lint", "--quiet"]),
        Check("imports", [_tool("lint-imports")]),
        Check("migrations", _manage("makemigrations", "--check", "--dry-run"), needs=("migrate",)),
        Check("deploy", _manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    ]


def migrate() -> Check:
    """Databases of tests are copies of the one that this makes."""
    return Check("migrate", _manage("migrate", "--verbosity=0"))


def static_files() -> Check:
    """Pages name their style sheets by what `collectstatic` has made of them."""
    return Check("static", _manage("collectstatic", "--noinput", "--verbosity=0"))


def chosen(checks: Sequence[Check], only: Sequence[str]) -> list[Check]:
    """The checks of these names and what they stand on; all when none is given."""
    wanted = {*only, *(needed for check in checks if check.name in only for needed in check.needs)}
    return [check for check in checks if not only or check.name in wanted]
