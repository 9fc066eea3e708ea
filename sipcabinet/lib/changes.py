"""Changed values in one shape, for the journal: `{field: {"label": …, "before": …, "after": …}}` (4.10).

Values are what JSON holds: texts as pages show them, numbers, booleans, lists of texts, None for no value. A value that
must not be kept (a password, a key) is `hidden`: only the fact of its change is written.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _

LONGEST = 500  # characters of one value
MOST_ITEMS = 100  # of a list
KEY = "changes"  # of an event's details


class Change(TypedDict):
    label: str
    before: Any
    after: Any
    hidden: NotRequired[bool]


Changes = dict[str, Change]


class ShownChange(NamedTuple):
    """A change as the rows of a page or a file show it."""

    label: str
    before: str
    after: str


def of(field: str, label: str | Promise, before: Any, after: Any) -> Changes:
    """One changed value; empty if nothing changed. Long texts and lists are cut."""
    was, now = _kept(before), _kept(after)
    return {} if was == now else {field: {"label": str(label), "before": was, "after": now}}


def hidden(field: str, label: str | Promise) -> Changes:
    """A changed value that the journal must not keep."""
    return {field: {"label": str(label), "before": None, "after": None, "hidden": True}}


def between(before: Mapping[str, Any], after: Mapping[str, Any], labels: Mapping[str, str | Promise]) -> Changes:
    """The values that differ, by the names of either mapping in alphabetical order; a name without a label is one."""
    found: Changes = {}
    for name in sorted(before.keys() | after.keys()):
        found |= of(name, labels.get(name, name), before.get(name), after.get(name))
    return found


def shown(details: Any) -> Iterator[tuple[str, ShownChange]]:
    """The changes of an event's details with their names; nothing for details of another shape."""
    found = details.get(KEY) if isinstance(details, dict) else None
    for name, change in found.items() if isinstance(found, dict) else ():
        if isinstance(change, dict):
            yield str(name), _shown(str(name), change)


def _shown(name: str, change: Mapping[str, Any]) -> ShownChange:
    label = str(change.get("label") or name)
    if change.get("hidden"):
        return ShownChange(label, _("не хранится"), _("изменено, не хранится"))
    return ShownChange(label, in_words(change.get("before")), in_words(change.get("after")))


def in_words(value: Any) -> str:
    """A kept value for people: «да», «—», items of a list after commas."""
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "—"
    return "—" if value is None or value == "" else str(value)


def _kept(value: Any) -> Any:
    """The value as JSON keeps it. An empty text is no value: a field that was never filled has not changed by it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        items = [_cut(str(item)) for item in value]
        more = [_("и ещё %(count)d") % {"count": len(items) - MOST_ITEMS}] if len(items) > MOST_ITEMS else []
        return [*items[:MOST_ITEMS], *more]
    return _cut(str(value)) or None


def _cut(text: str) -> str:
    return Truncator(text).chars(LONGEST)
