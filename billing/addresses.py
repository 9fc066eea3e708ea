"""E-mail addresses as people type them into one field. Pure."""

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
    """What was typed cannot be a list of addresses."""

    code = "addresses.invalid"


def read(text: str) -> list[str]:
    """Addresses parted by lines, commas or semicolons, or by spaces alone, their domains in small letters.

    Raises AddressesError that names the first address in the wrong, and for none, twins, and more than MOST.
    """
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    return checked([word for part in parts for word in _words(part)])


def checked(typed: Sequence[str]) -> list[str]:
    """The same for addresses that are apart already."""
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
    """A part as several addresses, if that is what it is; else a whole that can be named."""
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
    """What two spellings of one mailbox share; raises UnicodeError for a domain that has no ASCII form."""
    local, _at, domain = address.rpartition("@")
    return f"{local.casefold()}@{domain.encode('idna').decode('ascii')}"
