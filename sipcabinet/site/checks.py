"""Django system checks of the portal's pages."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import NoReverseMatch, reverse

from sipcabinet.site import navigation


@register(Tags.urls)
def menu(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """An error for each entry of the menu without a page: the menu leaves such entries out, so a misspelt name would
    go unnoticed."""
    hint = "The names are in sipcabinet/site/navigation.py, the pages in urls.py of the apps."
    return [
        Error(f"The menu's «{entry.title}» names no page: {entry.view}", hint=hint, id="site.E001")
        for entry, args in navigation.entries()
        if entry.view and not _is_page(entry.view, args)
    ]


def _is_page(view: str, args: Sequence[Any]) -> bool:
    try:
        reverse(view, urlconf=settings.ROOT_URLCONF, args=args)
    except NoReverseMatch:
        return False
    return True
