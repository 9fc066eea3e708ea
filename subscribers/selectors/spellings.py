"""A number or a part of one, in whatever spelling it was typed, as a condition on a column of E.164 numbers."""

import re

from django.db.models import Q

from sipcabinet.lib import phones

# What people put before a number of their own country, and before one of another: it stands for «+375» and «+».
_HOME = ("375", "80", "8", "0")
_ABROAD = ("810", "00")


def digits(text: str) -> str:
    """The digits of what was typed, in ASCII; any other sign is dress."""
    return "".join(str(int(sign)) for sign in re.findall(r"\d", text))


def looks_like(field: str, text: str) -> Q:
    """Numbers that hold the digits as typed, or begin with them once a prefix is taken for what it stands for."""
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
