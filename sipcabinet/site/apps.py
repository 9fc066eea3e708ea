from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "sipcabinet.site"
    label = "site"
    verbose_name = _("кабинет")

    def ready(self) -> None:
        """Registers the check of the menu."""
        from sipcabinet.site import checks  # noqa: F401
