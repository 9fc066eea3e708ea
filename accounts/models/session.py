import uuid
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.user import User
from sipcabinet.lib import clock


class Session(AbstractBaseSession):
    """A signed-in browser: its login, network address, and the time of its last use (1.2, 1.3)."""

    # SHA-256 of the key in the browser's cookie (accounts/sessions.py): the hash gives no access to the session.
    session_key = models.CharField(_("хеш ключа"), max_length=64, primary_key=True, editable=False)
    # Identifies the session on pages and in links.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("логин"))
    account = models.ForeignKey(Account, models.CASCADE, null=True, verbose_name=_("лицевой счёт"))
    started_at = models.DateTimeField(_("начата"), default=clock.now)
    last_seen_at = models.DateTimeField(_("последнее действие"), default=clock.now)
    address = models.GenericIPAddressField(_("IP-адрес"), null=True)
    user_agent = models.CharField(_("устройство"), max_length=300, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = _("сеанс")  # type: ignore[assignment]
        verbose_name_plural = _("сеансы")  # type: ignore[assignment]

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")  # the engine imports models
