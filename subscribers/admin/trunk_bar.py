"""Closed paid directions of trunks: read-only; they are lifted on the customer's page (16.6)."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import staff
from subscribers.models import TrunkBar


@admin.register(TrunkBar)
class TrunkBarAdmin(staff.ReadOnlyAdmin[TrunkBar]):
    list_display = ["started_at", "in_force", "trunk", "account", "shown_cause", "amount", "used", "until", "lifted_at"]
    list_display_links = ["started_at", "in_force"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter), "cause", "started_at"]
    list_select_related = ["trunk", "account__customer"]
    search_fields = ["trunk__phone", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер, лицевой счёт или клиент")
    ordering = ["-started_at", "-pk"]
    fields = [
        "account", "trunk", "cause", "period", "measure", "amount", "used", "reason", "started_at", "started_by",
        "until", "lifted_at", "lifted_by", "lifted_why", "waived_until",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("причина"), ordering="cause")
    def shown_cause(self, bar: TrunkBar) -> str:
        return bar.get_cause_display()

    @admin.display(description=gettext_lazy("состояние"))
    def in_force(self, bar: TrunkBar) -> SafeString:
        return staff.badge("err", _("закрыто")) if bar.lifted_at is None else staff.badge("", _("снято"))
