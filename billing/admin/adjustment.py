"""Money that came or went wrong, as it was mended: append-only documents (4.12)."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from billing.models import Adjustment
from sipcabinet.lib import money, staff


@admin.register(Adjustment)
class AdjustmentAdmin(staff.ReadOnlyAdmin[Adjustment]):
    """Moved, cancelled and refunded payments, and debts written off; who proposed them and why stands on the page of
    the proposal."""

    list_display = ["booked_on", "kind", "shown_amount", "account", "payment", "document_number", "made_by"]
    list_display_links = ["booked_on", "kind"]
    list_select_related = ["account__customer", "payment__account__customer", "made_by"]
    list_filter = ["kind", "booked_on"]
    search_fields = ["account__number", "account__customer__name", "document_number"]
    search_help_text = gettext_lazy("Лицевой счёт, клиент или номер документа")
    ordering = ["-created_at", "-pk"]
    fields = [
        "kind", "account", "amount", "payment", "booked_on", "document_number", "document_date", "made_by",
        "created_at", "proposed",
    ]  # fmt: skip
    readonly_fields = ["proposed"]

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, row: Adjustment) -> str:
        return money.show_byn(row.amount)

    @admin.display(description=gettext_lazy("кто предложил и почему"))
    def proposed(self, row: Adjustment) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:desk_proposal", args=[row.proposal.pk]), row.proposal)
