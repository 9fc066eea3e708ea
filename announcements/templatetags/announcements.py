"""The banners of a customer's page."""

from typing import Any

from django import template

from announcements.selectors import announcements

register = template.Library()


@register.simple_tag(takes_context=True)
def announcement_banners(context: dict[str, Any]) -> list[announcements.Banner]:
    """The announcements that the signed-in customer has not hidden; empty for staff and guests."""
    account = getattr(context.get("user"), "account", None)
    return announcements.banners(account) if account is not None else []
