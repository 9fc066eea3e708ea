"""Every URL pattern of the portal, read from the URLconf itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Pattern:
    """One route: its full name (`billing:order`), its path as written, and the names of its arguments.

    Two kinds of the admin's routes have no name: the old URL of each row's page, and the route for all other paths.
    """

    name: str
    route: str
    arguments: tuple[str, ...]
    is_named: bool = True
    view: Callable[..., Any] = field(default=all, compare=False)


def all_patterns() -> list[Pattern]:
    """All routes of the URLconf, including those of the admin."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(entries: list[URLPattern | URLResolver], namespace: str, route: str) -> Iterator[Pattern]:
    for entry in entries:
        path = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, inner, path)
        else:
            arguments = tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex)
            yield Pattern(
                f"{namespace}{entry.name or path}", path, arguments, is_named=bool(entry.name), view=entry.callback
            )
