"""Prices do not reach back by themselves: staff are told how calls that are in already are counted anew (4.5)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from sipcabinet.lib import staff
from subscribers.selectors import open_months


def remind(page: staff.StaffAdmin[Any], request: HttpRequest, *, since: date) -> None:
    """Names the command for each open month that has calls of that day or later."""
    for month in open_months.with_calls(since):
        text = _(
            "Звонки, уже принятые за %(month)s, посчитаны по прежним условиям. "
            "Пересчитать их: manage.py rerate --month %(code)s"
        )
        page.message_user(request, text % {"month": month.label, "code": month.code}, messages.WARNING)
