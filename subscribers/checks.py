"""System checks of settings needed before the first trunk is connected."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register

from sipcabinet.lib import seals


@register(Tags.security)
def sip_keys(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """SIP_KEYS must hold at least one key and only Fernet keys; else SIP passwords cannot be sealed or read (3.4)."""
    return seals.faults("SIP_KEYS", "subscribers")
