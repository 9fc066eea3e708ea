"""Signed links: expiring, and good for one purpose alone (2.3.2). Who may follow one is the view's question.

Links in letters start at SITE_URL, never at a request's Host header.
"""

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.urls import reverse
from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError


class LinkTamperedError(DomainError):
    """The link was not made here, or was changed or cut on its way."""

    code = "link.tampered"


class LinkExpiredError(DomainError):
    """The link was made here, longer ago than LINK_LIFETIME."""

    code = "link.expired"


def sign(purpose: str, value: str) -> str:
    """A token for an address: `value` in the open, the moment and a signature that only `purpose` accepts."""
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
    # A full stop parts the fields: a colon in the middle of an address confuses some mail programs.
    return TimestampSigner(sep=".", salt=f"sipcabinet.link.{purpose}")
