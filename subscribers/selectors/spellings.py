"""Turns a typed number, or a part of one in any spelling, into a condition on a column of E.164 numbers."""

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import BooleanField, F, Func, Q

from sipcabinet.lib import phones

# Prefixes that people type before a number of their own country (meaning «+375») and of another country («+»).
_HOME = ("375", "80", "8", "0")
_ABROAD = ("810", "00")


def digits(text: str) -> str:
    """Keeps digits only, as ASCII; drops all other characters."""
    return "".join(str(int(sign)) for sign in re.findall(r"\d", text))


def looks_like(field: str, text: str) -> Q:
    """Numbers that contain the typed digits, or begin with them after a typed prefix is replaced by its meaning."""
    found = Q(**{f"{field}__contains": digits(text)})
    for begin in _begins(text):
        found |= Q(**{f"{field}__startswith": begin})
    whole = _whole(text)
    return found | Q(**{field: whole}) if whole else found


def patterns(text: str) -> list[str]:
    """What `like_any` takes to find the numbers that `looks_like` finds. No digit has a meaning in a pattern."""
    whole = _whole(text)
    return [f"%{digits(text)}%", *(f"{begin}%" for begin in _begins(text)), *([whole] if whole else [])]


def like_any(field: str, given: Any) -> Func:
    """The condition that a column matches one of the patterns of a list. All texts give a query of one shape, which
    can be prepared (`lib/prepared.py`)."""
    return Func(F(field), given, template="%(expressions)s)", arg_joiner=" LIKE ANY(", output_field=BooleanField())


def _begins(text: str) -> Iterator[str]:
    typed = digits(text)
    for prefixes, meant in ((_HOME, "+375"), (_ABROAD, "+")):
        for prefix in prefixes:
            if typed.startswith(prefix) and len(typed) > len(prefix):
                yield f"{meant}{typed.removeprefix(prefix)}"


def _whole(text: str) -> str:
    """The number, if the text is a whole one."""
    try:
        return phones.parse(text)
    except phones.PhoneError:
        return ""
