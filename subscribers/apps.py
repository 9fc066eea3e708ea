from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import secret_fields


class SubscribersConfig(AppConfig):
    name = "subscribers"
    verbose_name = _("Абоненты SIP")

    def ready(self) -> None:
        """Registers the checks of the settings. Sealed SIP passwords are secrets too."""
        from subscribers import checks  # noqa: F401

        secret_fields.declare("subscribers.SipAccount", "password_sealed")
        secret_fields.declare("subscribers.CallSource", "secret")
        secret_fields.declare("subscribers.SipLink", "secret_hash", "token")
        secret_fields.declare("subscribers.ReceivedRecord", "body")  # it names who was called
