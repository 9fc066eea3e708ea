from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Письма")

    def ready(self) -> None:
        """Registers the checks of the settings."""
        from notifications import checks  # noqa: F401
