"""Patterns of numbers as staff type them (4.13): `*00`, `+375 17 2…`, `44 7??00`."""

import re

from django.utils.translation import gettext as _

from subscribers.errors import NumberError

LONGEST = 24
_OPEN = "*…"
_DRESS = re.compile(r"[\s()/\u2010-\u2015\u2212.-]+")
_PATTERN = re.compile(r"\+?[\d*?…]*", re.ASCII)


def like(text: str) -> str:
    """The pattern for SQL LIKE over E.164 digits without «+»; an empty text fits every number.

    `*` and `…` stand for any digits, `?` for one digit. A text without them may stand anywhere in the number; one with
    «+» begins at the country code. After a `*` or `?` the last typed digit is the last of the number. Raises
    NumberError.
    """
    typed = _DRESS.sub("", text.replace("...", "…"))
    if len(typed) > LONGEST or not _PATTERN.fullmatch(typed):
        raise NumberError("pattern", _("Маска номера: цифры, «*» вместо любых цифр, «?» вместо одной"), "pattern")
    if not typed.strip("+"):
        return "%"
    begins, typed = typed.startswith("+"), typed.lstrip("+")
    has_signs = any(sign in typed for sign in "*?…")
    head = "" if begins or typed[0] in _OPEN else "%"
    tail = "" if has_signs else "%"
    body = "".join({"*": "%", "…": "%", "?": "_"}.get(sign, sign) for sign in typed)
    return f"{head}{body}{tail}"
