"""The common part of the pages of what the portal counts each day."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock, staff


class DailyAdmin(staff.ReadOnlyAdmin[Any]):
    """Rows of days, the last day first. The table grows every day: its rows are not counted."""

    ordering = ["-day", "-pk"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("день"), ordering="day")
    def shown_day(self, row: Any) -> str:
        return clock.show_date(row.day)
