from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import secret_fields


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Письма")

    def ready(self) -> None:
        """Registers the checks of the settings and declares the bodies of letters as secret fields."""
        from notifications import checks  # noqa: F401

        secret_fields.declare("notifications.Letter", "body_text", "body_html")
