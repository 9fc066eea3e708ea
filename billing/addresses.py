"""Parses e-mail addresses that people type into one field. Pure."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError

MOST = 5
LONGEST = 254
_BETWEEN = re.compile(r"[\r\n,;]+")


class AddressesError(DomainError):
    """The typed text is not a valid list of addresses."""

    code = "addresses.invalid"


def read(text: str) -> list[str]:
    """Parses addresses separated by line breaks, commas or semicolons, or only by spaces; puts domains in lower case.

    Raises AddressesError for the first wrong address (it is named), for no address, repeated ones, and more than MOST.
    """
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    return checked([word for part in parts for word in _words(part)])


def checked(typed: Sequence[str]) -> list[str]:
    """Does the same for addresses that are already separated."""
    if not typed:
        raise AddressesError(_("Введите хотя бы один адрес E-mail"))
    addresses = [_one(part) for part in typed]
    seen: set[str] = set()
    for address in addresses:
        if (key := _key(address)) in seen:
            raise AddressesError(_("Адрес %(address)s указан дважды. Оставьте один") % {"address": address})
        seen.add(key)
    if len(addresses) > MOST:
        raise AddressesError(_("Укажите не больше %(most)d адресов") % {"most": MOST})
    return addresses


def _words(part: str) -> list[str]:
    """The part's words if all of them look like addresses; otherwise the whole part, so that the error can show it."""
    words = part.split()
    return words if all("@" in word for word in words) else [part]


def _one(text: str) -> str:
    local, _at, domain = text.rpartition("@")
    address = f"{local}@{domain.lower()}"
    try:
        validate_email(address)
        MaxLengthValidator(LONGEST)(address)
        _key(address)
    except (ValidationError, UnicodeError):
        shown = "".join(sign if sign.isprintable() else "?" for sign in text[:60])
        raise AddressesError(_("Проверьте адрес: %(address)s") % {"address": shown}) from None
    return address


def _key(address: str) -> str:
    """A key that different spellings of one mailbox share; raises UnicodeError for a domain without an ASCII form."""
    local, _at, domain = address.rpartition("@")
    return f"{local.casefold()}@{domain.encode('idna').decode('ascii')}"
