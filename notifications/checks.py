"""Checks of the settings that letters need."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register

from sipcabinet.lib import seals


@register(Tags.security)
def letter_keys(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Requires at least one key in LETTER_KEYS, and Fernet keys only: they seal temporary passwords (1.1b)."""
    return seals.faults("LETTER_KEYS", "notifications")
