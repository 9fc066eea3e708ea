from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscribersConfig(AppConfig):
    name = "subscribers"
    verbose_name = _("Абоненты SIP")

    def ready(self) -> None:
        """Registers the checks of the settings."""
        from subscribers import checks  # noqa: F401
