"""Numbers as switches write them → E.164, by simple rules of the Belarusian numbering plan. Runs for each call."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class NumberKind(StrEnum):
    """What kind of text a switch wrote in the field of a number."""

    E164 = "e164"
    SHORT = "short"  # 101–104, 112 and other 1xx, kept as dialled
    EXTENSION = "extension"  # up to five digits: a number inside a PBX
    SERVICE = "service"  # `*43`: a command to the switch, not a number
    HIDDEN = "hidden"  # the caller withheld the number
    UNKNOWN = "unknown"


class Number(NamedTuple):
    """A number and its kind: `+375447112030` for E164, else the digits as written (empty for HIDDEN)."""

    kind: NumberKind
    value: str


_HIDDEN = frozenset({"", "anonymous", "anonymous.invalid", "private", "restricted", "unavailable", "unknown", "hidden",
                     "withheld", "скрыт", "скрытый", "номер скрыт", "<unknown>"})  # fmt: skip
_DRESS = re.compile(r"^(?:sips?|tel):|[;@].*$", re.IGNORECASE)
_PUNCTUATION = str.maketrans("", "", " \t\u00a0()-./~\u2010\u2011\u2012\u2013\u2014\u2212")
_NATIONAL = re.compile(r"(?:1[567]|2[1-59]|33|44)\d{7}|(?:80[013]|902)\d{7}", re.ASCII)
_FOREIGN = re.compile(r"7\d{10}|(?!375)[1-689]\d{7,14}", re.ASCII)
_SHORT = re.compile(r"1\d\d", re.ASCII)
_INTERNAL = re.compile(r"\d{1,5}", re.ASCII)
_NATIONAL_EIGHT = re.compile(r"8(?:0(?P<area>\d{9})|(?P<service>(?:80[013]|902)\d{7}))", re.ASCII)
_INTERNATIONAL = re.compile(r"(?:810|00)(?P<number>[1-9]\d{7,14})", re.ASCII)
_BARE_FOREIGN = re.compile(r"(?!375)(?:[1-79]\d{9,14}|8[1-8]\d{10,13})", re.ASCII)


@lru_cache(maxsize=200_000)
def normalise(written: str) -> Number:
    """The E.164 number for any spelling of a switch; UNKNOWN if several readings are possible, never a guess.

    Accepts `+375…`, `375…`, `8 0XX …`, nine national digits, `8~10…`, `00…`, a foreign number with or without plus,
    8 801 / 8 902, numbers inside `sip:` and `tel:`, 1xx, extensions and service codes.
    """
    dressed = written.strip().casefold()
    text = _DRESS.sub("", dressed).translate(_PUNCTUATION)
    if dressed in _HIDDEN or text in _HIDDEN:
        return Number(NumberKind.HIDDEN, "")
    if text.startswith(("*", "#")):
        return Number(NumberKind.SERVICE, text)
    international = text.startswith("+")
    digits = text[1:] if international else text
    if not (digits.isascii() and digits.isdecimal()):
        return Number(NumberKind.UNKNOWN, written.strip())
    e164 = _e164(digits) if international else _from_digits(digits)
    if e164:
        return Number(NumberKind.E164, e164)
    if international or not _INTERNAL.fullmatch(digits):
        return Number(NumberKind.UNKNOWN, digits)
    return Number(NumberKind.SHORT if _SHORT.fullmatch(digits) else NumberKind.EXTENSION, digits)


def _e164(digits: str) -> str | None:
    """E.164 from digits that begin with a country code; None if they do not form a number."""
    if digits.startswith("375"):
        return f"+{digits}" if _NATIONAL.fullmatch(digits, 3) else None
    return f"+{digits}" if _FOREIGN.fullmatch(digits) else None


def _from_digits(digits: str) -> str | None:
    """E.164 from digits without a plus: tries national forms first, then international ones."""
    if _NATIONAL.fullmatch(digits):
        return f"+375{digits}"
    if found := _NATIONAL_EIGHT.fullmatch(digits):
        return _e164("375" + (found["area"] or found["service"]))
    if found := _INTERNATIONAL.fullmatch(digits):
        return _e164(found["number"])
    if digits.startswith("375") or _BARE_FOREIGN.fullmatch(digits):
        return _e164(digits)
    return None
