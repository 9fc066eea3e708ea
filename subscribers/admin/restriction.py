"""Restrictions of accounts by staff: read-only; they begin and end on the customer's page (4.1)."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import staff
from subscribers.models import StaffRestriction


@admin.register(StaffRestriction)
class StaffRestrictionAdmin(staff.ReadOnlyAdmin[StaffRestriction]):
    list_display = ["started_at", "in_force", "account", "reason", "started_by", "lifted_at", "lifted_why", "lifted_by"]
    list_display_links = ["started_at", "in_force"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter), "started_at"]
    list_select_related = ["account__customer", "started_by", "lifted_by"]
    search_fields = ["reason", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Основание, лицевой счёт или клиент")
    ordering = ["-started_at", "-pk"]
    fields = ["account", "reason", "started_at", "started_by", "lifted_at", "lifted_why", "lifted_by"]

    @admin.display(description=gettext_lazy("состояние"))
    def in_force(self, restriction: StaffRestriction) -> SafeString:
        if restriction.lifted_at is None:
            return staff.badge("err", _("действует"))
        return staff.badge("", _("снято"))
