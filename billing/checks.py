"""Checks of the settings that must be right before the first invoice is issued."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register(deploy=True)
def requisites(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Checks the operator's requisites: an invoice names its supplier in full and never changes afterwards."""
    missing = [f"OPERATOR_{name.upper()}" for name, value in settings.OPERATOR_REQUISITES.items() if not value]
    hint = "Invoices and acts show them, and payments are told by the account they come to."
    return [Error(f"{name} is not set", hint=hint, id="billing.E001") for name in missing]
