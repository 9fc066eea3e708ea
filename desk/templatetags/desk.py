"""Tags of the desk's templates."""

from typing import Any

from django import template

from desk import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_navigation(context: dict[str, Any]) -> list[tuple[str, list[navigation.Link]]]:
    """The side navigation of the page for the signed-in user; empty for a page outside of the desk's sign-in."""
    request = context["request"]
    return navigation.build(request.user, request.path)
