from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from billing.models import SuspenseRefund
from sipcabinet.lib import money, staff


@admin.register(SuspenseRefund)
class SuspenseRefundAdmin(staff.ReadOnlyAdmin[SuspenseRefund]):
    """Credits in suspense that went back to their payers; decided on a page of the desk (4.12)."""

    list_display = ["proposed_at", "payer", "shown_amount", "document_number", "document_date", "state", "proposed_by"]
    list_display_links = ["proposed_at"]
    list_select_related = ["suspense", "proposed_by"]
    list_filter = ["state", "document_date"]
    search_fields = ["document_number", "suspense__payer_name", "suspense__payer_unp"]
    search_help_text = gettext_lazy("Номер платёжного поручения, плательщик или УНП")
    ordering = ["-proposed_at", "-pk"]
    fields = [
        "suspense", "amount", "document_number", "document_date", "reason", "state", "proposed_by", "proposed_at",
        "decided_by", "decided_at", "answer",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("плательщик"))
    def payer(self, row: SuspenseRefund) -> SafeString:
        url = reverse("admin:desk_payer_refund_one", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, row.suspense.payer_name or "—")

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, row: SuspenseRefund) -> str:
        return money.show_byn(row.amount)
