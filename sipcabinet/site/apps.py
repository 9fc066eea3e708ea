from django.apps import AppConfig
from django.core.signals import request_started
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "sipcabinet.site"
    label = "site"
    verbose_name = _("кабинет")

    def ready(self) -> None:
        """Registers the check of the menu, and the look at connections before a request uses them."""
        from sipcabinet.lib import live_connections
        from sipcabinet.site import checks  # noqa: F401

        request_started.connect(live_connections.look, dispatch_uid="live_connections")
