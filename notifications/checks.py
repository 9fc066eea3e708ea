"""What must be right before the first letter is written."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register

from sipcabinet.lib import seals


@register(Tags.security)
def letter_keys(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """LETTER_KEYS must hold at least one key, and Fernet keys only: else no temporary password could be sent (1.1b)."""
    return seals.faults("LETTER_KEYS", "notifications")
