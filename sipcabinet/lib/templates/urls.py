"""URLs of pages with numbers or short words in them, made from a text that is kept: Django's `reverse` looks through
all patterns of the name and quotes each argument."""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse

_FIRST = 7_000_000_000_000_001  # numbers that stand for the arguments in the URL that is reversed
_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)  # is in the URL as it is, and matches `str`, `slug` and `number`
_texts: dict[tuple[str, str, str, tuple[type, ...]], str] = {}


def url(view: str, args: Sequence[Any]) -> str:
    """The same as `reverse(view, args=args)`. Raises NoReverseMatch."""
    made = kept(view, args)
    return reverse(view, args=args) if made is None else made


def kept(view: str, args: Sequence[Any]) -> str | None:
    """The URL from the kept text; None if an argument is neither a number nor a word that needs no quoting. Raises
    NoReverseMatch."""
    types = tuple(map(type, args))
    for kind, value in zip(types, args, strict=True):
        if not (value >= 0 if kind is int else kind is str and _WORD.fullmatch(value)):
            return None
    key = (get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF, view, types)
    text = _texts.get(key)
    if text is None:
        _texts[key] = text = _text(view, types)
    return text % tuple(args) if text else None


def _text(view: str, types: Sequence[type]) -> str:
    """The URL with a place for each argument; empty if an argument does not stand in it as it is, or if the page takes
    only some words, such as identifiers."""
    marks = [_FIRST + place if kind is int else f"w{_FIRST + place}" for place, kind in enumerate(types)]
    try:
        text = reverse(view, args=marks).replace("%", "%%")
    except NoReverseMatch:
        if str not in types:
            raise
        return ""
    places = [text.find(str(mark)) for mark in marks]
    if -1 in places or places != sorted(places):
        return ""
    for mark in marks:
        text = text.replace(str(mark), "%s", 1)
    return text
