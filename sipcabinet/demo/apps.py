from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """What only a demo installation has: the mailbox that its letters go to. Never installed for real customers."""

    name = "sipcabinet.demo"
    label = "demo"
    verbose_name = _("демонстрация")
