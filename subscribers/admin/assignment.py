"""The common part of the pages of what subscribers have or had: services, packages of channels and of minutes."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from sipcabinet.lib import phones, staff


class AssignmentAdmin(staff.ReadOnlyAdmin[Any]):
    """Assignments, the newest first; found by number, account, customer or operation."""

    search_fields = ["account__number", "account__customer__name", "started_by__number", "ended_by__number"]
    phone_search_fields = ["subscriber__phone"]
    search_help_text = gettext_lazy("Номер в любом написании, лицевой счёт, клиент или номер операции")
    ordering = ["-started_at", "-pk"]


class TrunkAssignmentAdmin(AssignmentAdmin):
    """Lists of things assigned to trunks; the column `shown_trunk` shows the trunk's number."""

    @admin.display(description=gettext_lazy("SIP-соединение"), ordering="subscriber__phone")
    def shown_trunk(self, row: Any) -> str:
        return phones.display(row.subscriber.phone)
