"""Working days moved by the state or by a bank (4.8)."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from billing.models import MovedDay
from sipcabinet.lib import staff


@admin.register(MovedDay)
class MovedDayAdmin(staff.StaffAdmin[MovedDay]):
    """A day that works although the calendar says it is off, or the other way round. A move consists of two such
    days."""

    list_display = ["day", "is_working", "reason"]
    list_filter = ["is_working", "day"]
    search_fields = ["reason"]
    search_help_text = gettext_lazy("Основание")
    ordering = ["-day"]
