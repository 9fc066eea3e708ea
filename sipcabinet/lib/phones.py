"""Telephone numbers as people type and read them. In the database they are E.164 (`+375447112030`)."""

import re
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError

REGION = "BY"
SHORTEST_PART = 3  # digits of a number that are worth a search
_NOT_IN_A_PHONE = re.compile(r"[^\d\s()+./\u2010-\u2015\u2212-]")
_PUNCTUATION = re.compile(r"[\s()./\u2010-\u2015\u2212-]+")


class PhoneError(DomainError):
    """The text is not a telephone number."""

    code = "phone.invalid"


def parse(text: str) -> str:
    """The E.164 number of any spelling (`8 044 …`, `+375 44 …`, `44 711-20-30`); raises PhoneError (1.1a)."""
    cleaned = _PUNCTUATION.sub("", text)
    if cleaned.startswith("375") and len(cleaned) == 12:
        cleaned = "+" + cleaned
    try:
        number = phonenumbers.parse(cleaned, REGION)
    except phonenumbers.NumberParseException:
        raise PhoneError(_("Введите номер телефона, например 44 711-20-30")) from None
    if not phonenumbers.is_possible_number(number):
        raise PhoneError(_("Проверьте номер: в нём не столько цифр, сколько нужно. Пример: 44 711-20-30"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_in_use(e164: str) -> bool:
    """Whether the numbering plan of the number's country has such a number."""
    return phonenumbers.is_valid_number(phonenumbers.parse(e164))


def is_premium(e164: str) -> bool:
    """Whether the number is in a range where the caller pays extra (902 in Belarus)."""
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    return kind in {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST}


def part(term: str) -> str:
    """The digits to search for when the term may be a telephone number or a part of one, else an empty string."""
    if _NOT_IN_A_PHONE.search(term):
        return ""
    found = digits(term)
    return found if len(found) >= SHORTEST_PART else ""


def digits(text: str) -> str:
    """The digits of a part of a number, for a search: without the country code 375 or the national prefix 80."""
    found = re.sub(r"\D", "", text)
    for prefix in ("375", "80"):
        if found.startswith(prefix) and len(found) > len(prefix):
            return found[len(prefix) :]
    return found


@lru_cache(maxsize=20_000)
def display(e164: str) -> str:
    """`+375 44 711-20-30`; a foreign number in the international format of its country; other text unchanged."""
    if e164.startswith("+375") and len(e164) == 13 and e164[4:6] in _TWO_DIGIT_CODES:
        return f"+375 {e164[4:6]} {e164[6:9]}-{e164[9:11]}-{e164[11:]}"
    if not e164.startswith("+"):
        return e164
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(e164: str) -> str:
    """`+375 29 •••-••-17`: for staff who need no dialled numbers. Country, code and the last two digits stay. Numbers
    of up to 5 digits (emergency services, extensions) stay whole, and so does text without digits."""
    if sum(map(str.isdigit, e164)) <= _LONGEST_SHORT:
        return e164
    shown = display(e164)
    head = _OPEN_HEAD.match(shown) or _COUNTRY.match(shown)
    return _hide(shown, sum(map(str.isdigit, head[0])) if head else 0)


def mask_within(text: str) -> str:
    """The text with every telephone number in it masked: a line of a switch's file, the text of a reason. Any other run
    of seven and more digits is masked too; dates and times stay."""
    return _NUMBER_OR_MOMENT.sub(lambda found: found[0] if found["moment"] else _hide(found[0], _OPEN_WITHIN), text)


def _hide(text: str, first: int) -> str:
    """The text with dots for its digits, but for the `first` ones and the last two."""
    places = [place for place, sign in enumerate(text) if sign.isdigit()][first:-_OPEN_TAIL]
    return "".join("•" if place in places else sign for place, sign in enumerate(text))


_LONGEST_SHORT = 5
_OPEN_TAIL = 2
_OPEN_WITHIN = 3
_OPEN_HEAD = re.compile(r"\+\d{1,3}[ -]\d{1,4}(?=[ -]\d)")
_COUNTRY = re.compile(r"\+\d{1,3}(?=[ -]\d)")
_NUMBER_OR_MOMENT = re.compile(
    r"(?P<moment>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(?!\d)|\d{1,2}:\d\d(?::\d\d)?(?!\d))"
    r"|\+?\(?\d(?:[ ().-]{0,2}\d){6,}"
)
_TWO_DIGIT_CODES = {"17", "25", "29", "33", "44"}
