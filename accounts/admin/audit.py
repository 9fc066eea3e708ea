from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.models import AuditEvent
from sipcabinet.lib import staff


@admin.register(AuditEvent)
class AuditEventAdmin(staff.ReadOnlyAdmin[AuditEvent]):
    """Журнал действий of all accounts and of the operator (4.10). Nobody can change its events."""

    list_display = ["at", "shown_account", "summary", "user", "by_staff", "address"]
    list_display_links = ["at", "summary"]
    list_select_related = ["account__customer", "user"]
    list_filter = ["by_staff", "at"]
    search_fields = ["summary", "action", "account__number", "account__customer__name", "address"]
    phone_search_fields = ["user__phone"]
    search_help_text = gettext_lazy("Описание, лицевой счёт, клиент, IP-адрес, номер телефона того, кто действовал")
    ordering = ["-at", "-pk"]
    show_full_result_count = False  # the journal only grows
    fields = ["at", "account", "summary", "action", "details", "user", "by_staff", "address"]

    @admin.display(description=gettext_lazy("лицевой счёт"), ordering="account__number")
    def shown_account(self, event: AuditEvent) -> str:
        return event.account.number if event.account else ""
