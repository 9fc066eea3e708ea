"""Checks of what must be right before the first invoice is issued."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.db import Error as DatabaseError

from operator_profile.models import Requisites
from operator_profile.selectors import requisites as of_operator
from sipcabinet.lib import clock

HINT = "Invoices and acts show them, and payments are told by the account they come to."


@register(deploy=True)
def requisites(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Checks the operator's requisites: an invoice names its supplier in full and never changes afterwards.

    Those in force today count. The environment's count only while no administrator has entered any at the desk, or
    while there is no database to ask.
    """
    try:
        row = of_operator.on(clock.today())
    except DatabaseError:
        row = of_operator.first()
    missing = [name for name in of_operator.PRINTED if not getattr(row, name)]
    return [Error(_told(row, name), hint=HINT, id="billing.E001") for name in missing]


def _told(row: Any, name: str) -> str:
    if isinstance(row, Requisites) and row.pk:
        since = row.valid_from.isoformat()
        return f"the requisites in force since {since} have no {name}: enter them at the desk, «Вид и реквизиты»"
    return f"OPERATOR_{name.upper()} is not set, and no requisites are entered at the desk"
