"""Messages that a page shows once, carried over a redirect in a signed cookie."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class PortalCookieStorage(CookieStorage):
    """Django's storage; the cookie's name has the `__Host-` prefix where the portal is reached by HTTPS."""

    cookie_name = settings.MESSAGES_COOKIE_NAME
