"""Tags of the desk's templates."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from desk import navigation
from desk.queue import Queue
from desk.queues import BY_NAME
from desk.selectors import turns, waiting
from desk.selectors.search import finding
from desk.selectors.turns import Place
from sipcabinet.lib import staff_tables

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
def desk_cells(changelist: Any, cells: list[str], headers: list[dict[str, Any]]) -> SafeString:
    """The cells of a row of Django's list, each with the name of its column (`data-l`). Sums stand at the right; on a
    phone the first sum ends the first line."""
    marks, has_sum = [], False
    for name, header in zip(changelist.list_display, headers, strict=True):
        is_sum = staff_tables.is_sum(changelist, name)
        marks.append(_marks(name, header, is_sum=is_sum, is_first_sum=is_sum and not has_sum))
        has_sum = has_sum or is_sum
    # Each cell is HTML that Django has escaped: it begins with its tag, `<td …>` or `<th …>`.
    return mark_safe("".join(cell[:3] + mark + cell[3:] for cell, mark in zip(cells, marks, strict=False)))  # noqa: S308


def _marks(name: str, header: dict[str, Any], *, is_sum: bool, is_first_sum: bool) -> SafeString:
    """The attributes that tables.css and ops.css read."""
    if name == staff_tables.CHECKBOX:
        return SafeString(' data-role="choice"')
    looks = (" data-sum" if is_sum else "") + (' data-role="end"' if is_first_sum else "")
    return format_html(' data-l="{}"{}', capfirst(header["text"]), SafeString(looks))


@register.simple_tag
def queue(name: str) -> Queue:
    """The queue of a page on which one waiting row is decided (desk/queue_item.html)."""
    return BY_NAME[name]


@register.simple_tag
def queue_place(name: str, pk: Any) -> Place:
    """The place of the page's row in its queue; one query."""
    return turns.place(BY_NAME[name].decided, pk)
