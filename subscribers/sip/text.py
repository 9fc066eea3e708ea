"""Checks of texts for settings files: the reader of a file must see a value and nothing more."""

import re
import unicodedata
from urllib.parse import quote

from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError

_NOT_IN_A_REMARK = re.compile(r"[^\w .,:+/()«»–-]|-(?=-)")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,98}[A-Za-z0-9])?")
_BREAKING = ("Cc", "Cn", "Cs", "Zl", "Zp")  # control, unassigned, surrogate, line and paragraph separators


class UnwritableError(DomainError):
    """A value that a format cannot hold. Names the field, never the value: it may be a password."""

    code = "sip.unwritable"


def plain(text: str, field: str) -> str:
    """Returns the text if it is one line without spaces at its ends; else raises UnwritableError."""
    if text != text.strip() or any(unicodedata.category(char) in _BREAKING for char in text):
        message = _("Файл настроек не может передать поле «%(field)s»: в нём есть недопустимые знаки.")
        raise UnwritableError(message % {"field": field})
    return text


def host(text: str, field: str) -> str:
    """Returns the name or IPv4 address of a server; else raises UnwritableError."""
    if not _HOST.fullmatch(text):
        message = _("Файл настроек не может передать поле «%(field)s»: это не имя сервера.")
        raise UnwritableError(message % {"field": field})
    return text


def uri_user(text: str) -> str:
    """The text escaped for the user part of a SIP URI, before the @ (RFC 3261, 25.1)."""
    return quote(text, safe="-_.!~*'()+")


def remark(text: str) -> str:
    """The text for a comment: characters that could end a comment or begin a command in it become spaces."""
    return " ".join(_NOT_IN_A_REMARK.sub(" ", text).split())
