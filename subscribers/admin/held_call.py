"""Calls on hold: longer than their source's limit; staff decide on a page of the desk (4.4)."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import staff
from subscribers.models import HeldCall, HeldState


@admin.register(HeldCall)
class HeldCallAdmin(staff.ReadOnlyAdmin[HeldCall]):
    """What the switch wrote, and the decision; waiting ones come first, the oldest at the top."""

    list_display = ["started_at", "shown_talk", "source", "shown_state", "shown_decision", "settled_by"]
    list_display_links = ["started_at"]
    list_select_related = ["source", "settled_by"]
    list_filter = ["state", "source", "started_at"]
    search_fields = ["call_id", "note"]
    search_help_text = gettext_lazy("Ид звонка или причина решения")
    ordering = ["-state", "started_at", "pk"]  # «waiting» comes after «settled»
    fields = [
        "source", "call_import", "call_id", "started_at", "duration", "talk_seconds", "state", "shown_decision",
        "billed_as", "note", "settled_by", "settled_at", "created_at",
    ]  # fmt: skip
    readonly_fields = ["shown_decision"]

    @admin.display(description=gettext_lazy("разговор"), ordering="talk_seconds")
    def shown_talk(self, row: HeldCall) -> str:
        return str(timedelta(seconds=row.talk_seconds))

    @admin.display(description=gettext_lazy("состояние"), ordering="state")
    def shown_state(self, row: HeldCall) -> SafeString:
        return staff.badge("warn" if row.state == HeldState.WAITING else "ok", row.get_state_display())

    @admin.display(description=gettext_lazy("решение"))
    def shown_decision(self, row: HeldCall) -> SafeString:
        url = reverse("admin:desk_held_call", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, row.get_decision_display() or _("решить"))
