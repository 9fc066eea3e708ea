from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import secret_fields


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Клиенты и доступ")

    def ready(self) -> None:
        """Declares the secret fields, including those in the libraries' tables of the second factor."""
        secret_fields.declare("accounts.User", "password")
        secret_fields.declare("accounts.TemporaryPassword", "password")
        secret_fields.declare("accounts.Session", "session_key", "session_data")
        secret_fields.declare("otp_totp.TOTPDevice", "key")
        secret_fields.declare("otp_static.StaticToken", "token")
