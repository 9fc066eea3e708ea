from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Счета и документы")

    def ready(self) -> None:
        """Registers the checks of the settings."""
        from billing import checks  # noqa: F401
