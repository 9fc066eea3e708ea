"""Tags of the desk's templates."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from desk import navigation, rows
from desk.queue import Queue
from desk.queues import BY_NAME
from desk.selectors import turns, waiting
from desk.selectors.search import finding
from desk.selectors.turns import Place

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_navigation(context: dict[str, Any]) -> list[tuple[str, list[navigation.Link]]]:
    """The side navigation of the page for the signed-in user; empty for a page outside of the desk's sign-in."""
    request = context["request"]
    query = request.META.get("QUERY_STRING", "")
    return navigation.build(request.user, request.path, query, lambda: waiting.numbers(request.user))


@register.simple_tag(takes_context=True)
def may_search(context: dict[str, Any]) -> bool:
    """Whether the signed-in user may see a table that the search looks in."""
    return bool(finding.groups_of(context["request"].user))


@register.simple_tag
def desk_columns(changelist: Any, headers: list[dict[str, Any]]) -> list[tuple[dict[str, Any], bool]]:
    """The headers of a list, each with whether its column shows sums, which stand at the right."""
    return [
        (header, rows.is_sum(changelist, name, place))
        for place, (name, header) in enumerate(zip(changelist.list_display, headers, strict=True))
    ]


@register.simple_tag
def desk_cells(changelist: Any, cells: list[str], headers: list[dict[str, Any]]) -> SafeString:
    """The cells of a row of Django's list in the desk's words and numbers, each with its column's name (`data-l`).
    Sums stand at the right; on a phone the first sum ends the first line, and empty cells are left out."""
    return rows.cells(changelist, cells, headers)


@register.simple_tag
def readonly_value(field: Any) -> Any:
    """What a form shows for a field that is only read."""
    return rows.value(field)


@register.simple_tag
def inline_cells(row: Any) -> SafeString:
    """The cells of a row that is only read on the page of its parent (staff.ReadOnlyInline)."""
    return rows.inline_cells(row)


@register.simple_tag
def queue(name: str) -> Queue:
    """The queue of a page on which one waiting row is decided (desk/queue_item.html)."""
    return BY_NAME[name]


@register.simple_tag
def queue_place(name: str, pk: Any) -> Place:
    """The place of the page's row in its queue; one query."""
    return turns.place(BY_NAME[name].decided, pk)
