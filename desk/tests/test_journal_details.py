"""Details of the journal are told in words: every name that the portal's code writes has its Russian name (4.10)."""

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings

from desk.selectors import journal_details

PARTS = ("accounts", "announcements", "billing", "desk", "notifications", "operator_profile", "subscribers", "switch")
NOT_SHOWN = {"changes"}
HOLD_DETAILS = {"details", "about", "facts"}  # names of variables that services pass as details


def written() -> dict[str, str]:
    """The names in the texts of all `details=…`, with a file that writes each."""
    found: dict[str, str] = {}
    for part in PARTS:
        for path in (settings.BASE_DIR / part).rglob("*.py"):
            if not {"tests", "migrations"} & set(path.parts) and "audit" in (text := path.read_text("utf-8")):
                found |= dict.fromkeys(_names(ast.parse(text)), str(path.relative_to(settings.BASE_DIR)))
    return found


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="details", value=value) | ast.Assign(targets=[ast.Name(id="details")], value=value):
                yield from _keys(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in HOLD_DETAILS:
                yield from _keys(value)


def _keys(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            yield from (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def test_each_written_name_has_words() -> None:
    found = written()
    assert {"subscriber_id", "owner", "bar_id", "load_id"} <= set(found)
    without = {name: path for name, path in found.items() if name not in journal_details.NAMES.keys() | NOT_SHOWN}
    assert not without, f"add a name to desk/selectors/journal_details.py: {without}"


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ({"owner": "operator"}, ("Чей лимит", "лимит оператора")),
        ({"cause": "alarm"}, ("Причина", "похоже на взлом АТС")),
        ({"kind": "former"}, ("Вид", "former")),
        ({"valid_from": "2026-12-01"}, ("Действует с", "01.12.2026")),
        ({"valid_from": "2026-13-41"}, ("Действует с", "2026-13-41")),
        ({"nobody_knows": 3}, ("nobody_knows", "3")),
    ],
)
def test_values_are_told_in_words(details: dict[str, object], shown: tuple[str, str]) -> None:
    assert journal_details.of({**details, "changes": {}, "reason": ""}) == [shown]
