"""Alarms: calls that look like those of a broken-in PBX; staff decide on a page of the desk (16.6)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import staff
from subscribers.models import AlarmState, FraudAlarm
from subscribers.selectors import alarm_words

TONES = {AlarmState.WAITING: "warn", AlarmState.TRUE: "err", AlarmState.FALSE: ""}


@admin.register(FraudAlarm)
class FraudAlarmAdmin(staff.ReadOnlyAdmin[FraudAlarm]):
    """Waiting alarms come first, the oldest at the top."""

    list_display = ["raised_at", "trunk", "account", "shown_sign", "shown_state", "shown_decision", "decided_by"]
    list_display_links = ["raised_at"]
    list_select_related = ["trunk", "account__customer", "decided_by"]
    list_filter = ["state", "sign", "raised_at"]
    search_fields = ["trunk__phone", "account__number", "account__customer__name", "reason"]
    search_help_text = gettext_lazy("Номер, лицевой счёт, клиент или основание")
    ordering = ["-state", "raised_at", "pk"]  # «waiting» comes after «true» and «false»
    fields = [
        "account", "trunk", "sign", "raised_at", "state", "shown_decision", "reason", "decided_by", "decided_at",
        "quiet_until",
    ]  # fmt: skip
    readonly_fields = ["shown_decision"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Shows the thresholds of all signs above the list (16.6)."""
        return super().changelist_view(request, {**(extra_context or {}), "note": alarm_words.note()})

    @admin.display(description=gettext_lazy("признак"), ordering="sign")
    def shown_sign(self, row: FraudAlarm) -> str:
        return row.get_sign_display()

    @admin.display(description=gettext_lazy("решение"), ordering="state")
    def shown_state(self, row: FraudAlarm) -> SafeString:
        return staff.badge(TONES[AlarmState(row.state)], row.get_state_display())

    @admin.display(description=gettext_lazy("страница"))
    def shown_decision(self, row: FraudAlarm) -> SafeString:
        text = _("решить") if row.state == AlarmState.WAITING else _("открыть")
        return format_html('<a href="{}">{}</a>', reverse("admin:desk_alarm", args=[row.pk]), text)
