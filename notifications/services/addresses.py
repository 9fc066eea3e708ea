"""The domain that the portal gives to mail servers."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings


def mail_domain() -> str:
    """The domain of SITE_URL in ASCII, for Message-ID and EHLO; an IP address as a literal (RFC 5321 4.1.3)."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host.encode("idna").decode("ascii")
    return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"
