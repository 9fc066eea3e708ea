"""Icons of static/icons.svg as HTML."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


@lru_cache(maxsize=1000)  # templates keep constant icons too: a process knows one address of the file
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon; the text beside it must say what it means."""
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f"i {css}".rstrip(),
        static("icons.svg"),
        name,
    )
