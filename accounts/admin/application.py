"""The table of written applications. Papers are registered and decided on the desk's own pages."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import WrittenApplication
from sipcabinet.lib import staff


@admin.register(WrittenApplication)
class WrittenApplicationAdmin(staff.ReadOnlyAdmin[WrittenApplication]):
    list_display = ["shown_reference", "kind", "state", "account", "received_at", "decided_at", "operation"]
    list_filter = ["state", "kind", "received_at"]
    list_select_related = ["account__customer"]
    search_fields = ["number", "operation", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер заявления или операции, лицевой счёт, клиент")
    ordering = ["-received_at", "-pk"]
    fields = [
        "kind", "number", "written_on", "account", "received_at", "received_by", "note", "scan_name", "scan_size",
        "state", "decided_at", "decided_by", "answer", "operation", "page",
    ]  # fmt: skip
    readonly_fields = ["page"]

    @admin.display(description=gettext_lazy("заявление"), ordering="written_on")
    def shown_reference(self, row: WrittenApplication) -> str:
        return row.reference

    @admin.display(description=gettext_lazy("страница"))
    def page(self, row: WrittenApplication) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:desk_application", args=[row.pk]), _("Открыть"))
