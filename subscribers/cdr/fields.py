"""Single fields of a switch's row: times, seconds, texts. Each error says what is wrong; nothing is guessed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from hashlib import sha256

from subscribers.cdr.records import BadRowError, Reason

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST = 31 * 86_400  # seconds; no real call is longer than a month
_DIGITS = len(str(LONGEST))
FIELD_LIMIT = 100  # characters of an id, a leg, a number

_MINUTE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d([.,]\d{1,6})?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_EPOCH = re.compile(r"(\d{10})(?:\d{3}|\d{6}|[.,]\d{1,9})?", re.ASCII)  # of seconds, milli- or microseconds
_RUSSIAN = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})[ ,T]+(\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?)", re.ASCII)
_FRACTION = re.compile(r"(\d{1,9})[.,](\d)\d{0,8}", re.ASCII)
_NO_SECONDS = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[ T,]+\d{1,2}:\d{1,2}", re.ASCII)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DIALLED = re.compile(r"\w|^[*#]")
_SECONDS = {f":{second:02d}": timedelta(seconds=second) for second in range(60)}
_NEVER = ("", "0", "0000-00-00 00:00:00", "1970-01-01 00:00:00", "1970-01-01 03:00:00")

Stamp = Callable[[str], datetime]


@cache
def stamps(zone: tzinfo) -> Stamp:
    """A reader of stamps written in the local time of `zone`: `2026-11-02 10:15:30` → aware UTC; raises BadRowError.

    Calls are roughly in time order, so the minute is parsed once (cached) and its seconds are added.
    """

    @lru_cache(maxsize=20_000)
    def minute(text: str) -> datetime:
        found = _MINUTE.fullmatch(text)
        if found is None:
            raise BadRowError(Reason.BAD_STAMP, text)
        return _utc(text, zone)

    def stamp(text: str) -> datetime:
        seconds = _SECONDS.get(text[16:])
        if seconds is None:
            return _unusual(text, zone)
        return minute(text[:16]) + seconds

    return stamp


def _utc(iso: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        raise BadRowError(Reason.BAD_STAMP, iso) from None
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise BadRowError(Reason.ABSURD_DATE, iso)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _unusual(text: str, zone: tzinfo) -> datetime:
    """Accepts parts of a second (cut off), an explicit UTC offset and Unix time; refuses the rest with the reason."""
    if found := _EPOCH.fullmatch(text):
        return _utc(datetime.fromtimestamp(int(found[1]), UTC).isoformat(), zone)
    if _ISO.fullmatch(text):
        return _utc(text.replace(",", "."), zone).replace(microsecond=0)
    raise BadRowError(Reason.NO_SECONDS if _NO_SECONDS.fullmatch(text) else Reason.BAD_STAMP, text)


def generic_stamps(zone: tzinfo) -> Stamp:
    """Like `stamps`, but also reads the Russian `02.11.2026 10:15:30`."""
    iso = stamps(zone)

    def stamp(text: str) -> datetime:
        found = _RUSSIAN.fullmatch(text)
        return iso(f"{found[3]}-{found[2]}-{found[1]} {found[4]}" if found else text)

    return stamp


def moment_or_none(text: str, stamp: Stamp) -> datetime | None:
    """The time of an answer; None for an empty text and for the zeros that some switches write."""
    return None if text in _NEVER else stamp(text)


@lru_cache(maxsize=10_000)
def seconds(text: str) -> int:
    """Seconds; a fraction counts as the nearest whole second, a half as one more. Raises BadRowError."""
    if found := _FRACTION.fullmatch(text):
        text = str(int(found[1]) + (found[2] >= "5"))
    if text.isdecimal() and text.isascii() and len(text) <= _DIGITS and (value := int(text)) <= LONGEST:
        return value
    negative = text.startswith("-") and text[1:].isdecimal()
    raise BadRowError(Reason.NEGATIVE if negative else Reason.BAD_DURATION, text)


def clock_or_seconds(text: str) -> int:
    """Seconds, or `1:02:03`; refuses `02:03`, which is ambiguous."""
    if found := _CLOCK.fullmatch(text):
        hours, minutes, rest = map(int, found.groups())
        return seconds(str(hours * 3600 + minutes * 60 + rest))
    return seconds(text)


def require_bounded(*texts: str) -> None:
    """Checks that ids, legs and numbers have a bounded length and no control characters; raises BadRowError."""
    whole = "".join(texts)
    if len(whole) > FIELD_LIMIT and (long := [text for text in texts if len(text) > FIELD_LIMIT]):
        raise BadRowError(Reason.OVERLONG, long[0])
    if not whole.isprintable() and _CONTROL.search(whole):
        raise BadRowError(Reason.CONTROL_CHARACTERS)


def key(text: str) -> str:
    """A text as a key: unchanged, or its hash if it is too long or not printable."""
    return text if len(text) <= FIELD_LIMIT and text.isprintable() else sha256(text.encode()).hexdigest()


def destination(text: str) -> str:
    """The called number as the switch wrote it; refuses an empty one or a stray sign such as `&`."""
    if not text:
        raise BadRowError(Reason.NO_DESTINATION)
    if not (text[-1].isalnum() or _DIALLED.search(text)):
        raise BadRowError(Reason.BAD_DESTINATION, text)
    return text
