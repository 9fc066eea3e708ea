"""New prices do not change imported calls: a message shows staff the command that re-rates those calls (4.5)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from sipcabinet.lib import staff
from subscribers.selectors import open_months


def remind(page: staff.StaffAdmin[Any], request: HttpRequest, *, since: date) -> None:
    """Shows the command for each open month with calls on that day or later."""
    for month in open_months.with_calls(since):
        text = _(
            "Звонки, уже принятые за %(month)s, посчитаны по прежним условиям. "
            "Пересчитать их: manage.py rerate --month %(code)s"
        )
        page.message_user(request, text % {"month": month.label, "code": month.code}, messages.WARNING)
