"""URLs of pages with numbers in them, made from a text that is kept: Django's `reverse` looks through all patterns of
the name and quotes each argument."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

_FIRST = 7_000_000_000_000_001  # numbers that stand for the arguments in the URL that is reversed
_texts: dict[tuple[str, str, str, int], str] = {}


def url(view: str, args: Sequence[Any]) -> str:
    """The same as `reverse(view, args=args)`. Raises NoReverseMatch."""
    made = kept(view, args)
    return reverse(view, args=args) if made is None else made


def kept(view: str, args: Sequence[Any]) -> str | None:
    """The URL from the kept text; None if the arguments are not all numbers. Raises NoReverseMatch."""
    if not all(type(value) is int and value >= 0 for value in args):
        return None
    key = (get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF, view, len(args))
    text = _texts.get(key)
    if text is None:
        _texts[key] = text = _text(view, len(args))
    return text % tuple(args) if text else None


def _text(view: str, count: int) -> str:
    """The URL with `%d` for each argument; empty if an argument does not stand in it as it is."""
    marks = range(_FIRST, _FIRST + count)
    text = reverse(view, args=list(marks)).replace("%", "%%")
    places = [text.find(str(mark)) for mark in marks]
    if -1 in places or places != sorted(places):
        return ""
    for mark in marks:
        text = text.replace(str(mark), "%d", 1)
    return text
