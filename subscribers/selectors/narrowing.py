"""Conditions that narrow the calls of a month, as values of a query that is compiled once."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.db.models import Func, QuerySet

from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import any_of
from subscribers.models import CallRecord, Destination
from subscribers.selectors import spellings


class Narrowed(Protocol):
    """What a selection of calls may be narrowed to."""

    @property
    def destination(self) -> Destination | None: ...
    @property
    def charged_in(self) -> Month | None: ...


def columns(selection: Narrowed) -> dict[str, Any]:
    """The columns that narrow a selection to a value."""
    found: dict[str, Any] = {}
    if selection.destination:
        found["destination_id"] = selection.destination.pk
    if selection.charged_in:
        found["charged_in"] = selection.charged_in.first_day
    return found


def narrow(rows: QuerySet[CallRecord], names: Sequence[str], values: Sequence[Any]) -> QuerySet[CallRecord]:
    """The calls for which each name has its value: a column, or one of _LISTS."""
    for name, value in zip(names, values, strict=True):
        condition = _LISTS.get(name)
        rows = rows.filter(condition(value)) if condition else rows.filter(**{name: value})
    return rows


_LISTS: dict[str, Callable[[Any], Func]] = {
    "ids": lambda ids: any_of("id", ids),
    "numbers": lambda numbers: any_of("other_party", numbers),
    "patterns": lambda patterns: spellings.like_any("other_party", patterns),
}
