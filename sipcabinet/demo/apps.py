from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """The app that only a demo installation has: the mailbox of its letters. Never install it for real customers."""

    name = "sipcabinet.demo"
    label = "demo"
    verbose_name = _("демонстрация")
