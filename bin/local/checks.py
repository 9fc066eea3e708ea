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
# The steps that must have been before.
_HOUSE = ("migrate", "static")
NEEDS = {"migrations": ("migrate",), "tests": _HOUSE, "browser": _HOUSE, "full": _HOUSE}
# Tests wait now and then: one worker more than processors keeps all of them busy.
WORKERS = (os.cpu_count() or 1) + 1
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


def _tool(name: str) -> str:
    return str(VENV / "bin" / name)


def _manage(*words: str) -> list[str]:
    return [str(venv.python()), "manage.py", *words]


def pytest(name: str, *words: str) -> Check:
    return Check(name, [str(venv.python()), "-m", "pytest", *words], {"MIGRATED": "true"}, shows_output=True)


def static_checks() -> list[Check]:
    """What can be said without running the product; the longest first."""
    return [
        Check("types", [_tool("mypy"), "--scripts-are-modules", ".", *TYPED_SCRIPTS]),
        migrate(),
        Check("format", [_tool("ruff"), "format", "--check", ".", *SCRIPTS]),
        Check("lint", [_tool("ruff"), "check", "--output-format=concise", ".", *SCRIPTS]),
        Check("templates", [_tool("djlint"), "templates", "--check", "--lint", "--quiet"]),
        Check("imports", [_tool("lint-imports")]),
        Check("migrations", _manage("makemigrations", "--check", "--dry-run")),
        Check("deploy", _manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    ]


def migrate() -> Check:
    """Databases of tests are copies of the one that this makes."""
    return Check("migrate", _manage("migrate", "--verbosity=0"))


def static_files() -> Check:
    """Pages name their style sheets by what `collectstatic` has made of them."""
    return Check("static", _manage("collectstatic", "--noinput", "--verbosity=0"))


def test_checks(extra: Sequence[str], *, browser: bool, full: bool) -> list[Check]:
    """pytest's runs: what needs a browser, and what takes long, each by itself."""
    checks = [
        static_files(),
        pytest("tests", "-n", str(WORKERS), "--dist", "worksteal", "-m", "not browser and not full", *extra),
    ]
    if browser:
        checks.append(pytest("browser", "-m", "browser and not full", *extra))
    if full:
        checks.append(pytest("full", "-m", "full" if browser else "full and not browser", *extra))
    return checks


def chosen(checks: Sequence[Check], only: Sequence[str]) -> list[Check]:
    """The checks of these names and what they stand on; all when none is given."""
    wanted = {*only, *(needed for name in only for needed in NEEDS.get(name, ()))}
    return [check for check in checks if not only or check.name in wanted]
