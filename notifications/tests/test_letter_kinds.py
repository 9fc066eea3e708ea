"""Every kind of letter that the code orders has a folder of templates, and every folder's kind is ordered."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LETTERS = ROOT / "templates/letters"
APPS = ("accounts", "announcements", "billing", "subscribers")
ORDERING = {"write", "credentials_changed", "_tell"}  # functions with a kind of letter as an argument
TELLS_STEPS = "billing/services/guarantee_letters.py"  # a kind there is «guarantee_» plus the step


def sources() -> dict[str, str]:
    """The sources of the product's modules by path."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _named(file: str, call: ast.Call) -> Iterator[str]:
    """The kinds of letters in a call: `kind=`, `letter=` of `DocumentKind.of`, the second argument of `_tell`."""
    called = _called(call)
    found = [word.value for word in call.keywords if word.arg == "kind" and called in ORDERING]
    found += [word.value for word in call.keywords if word.arg == "letter" and called == "of"]
    found += call.args[1:2] if called == "_tell" else []
    for value in found:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield f"guarantee_{value.value}" if file == TELLS_STEPS else value.value


def ordered(modules: dict[str, str]) -> dict[str, str]:
    """Each kind of letter that the modules order, with the first module that orders it."""
    found: dict[str, str] = {}
    for file, source in sorted(modules.items()):
        if re.search(r"\b(letters|account_letters|DocumentKind)\b", source):
            calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
            for kind in (kind for call in calls for kind in _named(file, call)):
                found.setdefault(kind, file)
    return found


def differing(orders: dict[str, str], folders: set[str]) -> list[str]:
    """In words: the ordered kinds without a folder, and the folders of kinds that nobody orders."""
    return sorted(
        [
            f"{file} orders «{kind}»: templates/letters/{kind}/ is missing"
            for kind, file in orders.items()
            if kind not in folders
        ]
        + [f"templates/letters/{kind}/ is ordered by nobody" for kind in folders - {*orders}]
    )


def test_letters_and_their_folders_are_the_same() -> None:
    found = ordered(sources())
    assert len(found) > 15
    assert differing(found, {path.name for path in LETTERS.iterdir() if path.is_dir()}) == []


def test_a_difference_is_named() -> None:
    module = 'from notifications.services import letters\nletters.write(kind="welcome", recipient=to, context={})\n'
    assert differing(ordered({"accounts/services/new.py": module}), {"farewell"}) == [
        "accounts/services/new.py orders «welcome»: templates/letters/welcome/ is missing",
        "templates/letters/farewell/ is ordered by nobody",
    ]
