"""Debits of the bank that seem to take a payment back, for staff (4.2, 4.6)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import PaymentReturn, ReturnState
from billing.selectors import returns, suspense
from sipcabinet.lib import money, staff


@admin.register(PaymentReturn)
class PaymentReturnAdmin(staff.ReadOnlyAdmin[PaymentReturn]):
    """Debits that seem to take a payment back; waiting ones come first, the oldest at the top."""

    list_display = [
        "returned_on",
        "shown_amount",
        "payer_name",
        "kind",
        "shown_state",
        "decision",
        "taken_back",
        "purpose",
    ]
    list_display_links = ["returned_on"]
    list_select_related = ["payment__account__customer", "suspense"]
    list_filter = ["state", "kind", "returned_on"]
    search_fields = ["payer_name", "payer_unp", "payer_iban", "purpose", "reference", "payment__account__number"]
    search_help_text = gettext_lazy("Кому, УНП, счёт, назначение, номер документа или лицевой счёт")
    ordering = ["-state", "returned_on", "pk"]  # «waiting» comes after «settled»
    fields = [
        "state", "kind", "amount", "returned_on", "payer_name", "payer_unp", "payer_iban", "reference", "purpose",
        "taken_back", "statement", "created_at", "decision",
    ]  # fmt: skip
    readonly_fields = ["taken_back", "decision"]

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, row: PaymentReturn) -> str:
        return money.show_byn(row.amount)

    @admin.display(description=gettext_lazy("состояние"), ordering="state")
    def shown_state(self, row: PaymentReturn) -> SafeString:
        return staff.badge("warn" if row.state == ReturnState.WAITING else "ok", row.get_state_display())

    @admin.display(description=gettext_lazy("какой платёж"))
    def taken_back(self, row: PaymentReturn) -> SafeString | str:
        credit = row.payment or row.suspense
        if credit is None:
            return _("не найден")
        url = reverse(f"admin:billing_{credit._meta.model_name}_change", args=[credit.pk])
        return format_html('<a href="{}">{}</a>', url, suspense.describe(credit))

    @admin.display(description=gettext_lazy("решение"))
    def decision(self, row: PaymentReturn) -> SafeString:
        waits = row.state == ReturnState.WAITING
        url = reverse("admin:desk_return", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("решить") if waits else row.get_outcome_display() or "—")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Shows how many returns wait for a decision."""
        note = _("Ждут решения: %(count)d") % {"count": returns.waiting()}
        return super().changelist_view(request, {**(extra_context or {}), "note": note})
