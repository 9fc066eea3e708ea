"""Signed links: they expire and are valid for one purpose alone (2.3.2). The view decides who may follow a link.

Links in letters start at SITE_URL, never at a request's Host header.
"""

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.urls import reverse
from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError


class LinkTamperedError(DomainError):
    """The portal did not create this link, or the link was changed or cut afterwards."""

    code = "link.tampered"


class LinkExpiredError(DomainError):
    """The portal created the link longer ago than LINK_LIFETIME."""

    code = "link.expired"


def sign(purpose: str, value: str) -> str:
    """A token for a URL: the readable `value`, the moment, and a signature that is valid for `purpose` alone."""
    return _signer(purpose).sign(value)


def read(purpose: str, token: str) -> str:
    """The value of a token; raises LinkTamperedError or LinkExpiredError."""
    try:
        return _signer(purpose).unsign(token, max_age=settings.LINK_LIFETIME)
    except SignatureExpired:
        raise LinkExpiredError(_("Срок действия ссылки истёк.")) from None
    except BadSignature:
        raise LinkTamperedError(_("Ссылка повреждена или скопирована не полностью.")) from None


def absolute(view: str, *args: object) -> str:
    """The full address of a page, for letters."""
    return f"{settings.SITE_URL}{reverse(view, args=args)}"


def _signer(purpose: str) -> TimestampSigner:
    # A full stop separates the fields: a colon in the middle of a URL confuses some mail programs.
    return TimestampSigner(sep=".", salt=f"sipcabinet.link.{purpose}")
