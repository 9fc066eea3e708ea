"""Turns a typed number, or a part of one in any spelling, into a condition on a column of E.164 numbers."""

import re

from django.db.models import Q

from sipcabinet.lib import phones

# Prefixes that people type before a number of their own country (meaning «+375») and of another country («+»).
_HOME = ("375", "80", "8", "0")
_ABROAD = ("810", "00")


def digits(text: str) -> str:
    """Keeps digits only, as ASCII; drops all other characters."""
    return "".join(str(int(sign)) for sign in re.findall(r"\d", text))


def looks_like(field: str, text: str) -> Q:
    """Numbers that contain the typed digits, or begin with them after a typed prefix is replaced by its meaning."""
    typed = digits(text)
    found = Q(**{f"{field}__contains": typed})
    for prefixes, meant in ((_HOME, "+375"), (_ABROAD, "+")):
        for prefix in prefixes:
            if typed.startswith(prefix) and len(typed) > len(prefix):
                found |= Q(**{f"{field}__startswith": f"{meant}{typed.removeprefix(prefix)}"})
    try:
        return found | Q(**{field: phones.parse(text)})
    except phones.PhoneError:
        return found
