"""Received money for staff: payments, credits in suspense, statements, the ledger (4.2, 4.6)."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.forms.desk_payments import EntryForm
from billing.models import LedgerEntry, Payment, StatementImport, SuspensePayment
from billing.selectors import adjustments, suspense
from billing.statements import StatementFormat
from sipcabinet.lib import money, requests, staff

FORM = "admin/billing/money_form.html"
TOLD = ["amount", "received_on", "source", "payer_name", "payer_unp", "payer_iban", "reference", "purpose", "statement"]


def _who(request: HttpRequest) -> tuple[User, str]:
    return cast("User", request.user), requests.client_address(request)


@admin.register(Payment)
class PaymentAdmin(staff.ReadOnlyAdmin[Payment]):
    """Payments never change; staff enter those that are in no statement."""

    list_display = ["received_on", "account", "shown_amount", "source", "reference", "payer_name", "statement"]
    list_display_links = ["received_on", "account"]
    list_select_related = ["account__customer", "statement"]
    list_filter = ["source", "received_on"]
    search_fields = ["account__number", "account__customer__name", "reference", "payer_name", "payer_unp", "purpose"]
    search_help_text = gettext_lazy("Лицевой счёт, клиент, плательщик, номер документа или назначение")
    ordering = ["-received_on", "-pk"]
    fields = ["account", *TOLD, "suspense", "entered_by", "created_at", "mended"]
    readonly_fields = ["mended", "ways"]

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, payment: Payment) -> str:
        return money.show_byn(payment.amount)

    def get_fields(self, request: HttpRequest, obj: Payment | None = None) -> Any:
        """Adds what may be done with the payment, for those who may propose it (4.12)."""
        own = [*super().get_fields(request, obj)]
        return [*own, "ways"] if obj and request.user.has_perm("billing.add_moneyproposal") else own

    @admin.display(description=gettext_lazy("что с ним сделано"))
    def mended(self, payment: Payment) -> SafeString | str:
        """What was taken from the payment, and where it came from; each with its link."""
        links: list[tuple[str, object]] = [
            (reverse("admin:billing_adjustment_change", args=[one.pk]), one)
            for one in payment.adjustments.order_by("pk")
        ]
        if (came := adjustments.moved_from(payment)) is not None:
            url = reverse("admin:billing_payment_change", args=[came.payment_id])
            links.append((url, _("перенесён с лицевого счёта %(number)s") % {"number": came.account.number}))
        return format_html_join(" · ", '<a href="{}">{}</a>', links) if links else "—"

    @admin.display(description=gettext_lazy("исправить"))
    def ways(self, payment: Payment) -> SafeString | str:
        if not adjustments.left(payment):
            return _("от платежа ничего не осталось")
        pages = (("desk_payment_move", _("Перенести…")), ("desk_payment_reverse", _("Отменить…")))
        return format_html_join(
            " · ", '<a href="{}">{}</a>', ((reverse(f"admin:{page}", args=[payment.pk]), name) for page, name in pages)
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.add_payment"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """«Внести платёж»: the service books the payment and writes the audit journal."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = EntryForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and (payment := form.carry_out(*_who(request))):
            amount = money.show_byn(payment.amount)
            messages.success(request, _("Зачислено %(sum)s: %(what)s") % {"sum": amount, "what": payment})
            return redirect("admin:billing_payment_change", payment.pk)
        context = {"title": _("Внести платёж"), "form": form, "submit_label": _("Зачислить"), "opts": self.opts}
        return TemplateResponse(request, FORM, {**self.admin_site.each_context(request), **context})


@admin.register(SuspensePayment)
class SuspensePaymentAdmin(staff.ReadOnlyAdmin[SuspensePayment]):
    """Waiting credits come first, the oldest at the top."""

    list_display = ["received_on", "shown_amount", "payer_name", "payer_unp", "purpose", "reason", "whose"]
    list_display_links = ["received_on"]
    list_select_related = ["payment__account"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "received_on"]
    search_fields = ["payer_name", "payer_unp", "payer_iban", "purpose", "reference"]
    search_help_text = gettext_lazy("Плательщик, УНП, счёт, назначение или номер документа")
    ordering = [F("resolved_at").desc(nulls_first=True), "received_on", "pk"]
    fields = ["whose", "reason", "resembled", *TOLD, "created_at", "resolved_at", "resolved_by"]
    readonly_fields = ["whose", "resembled"]

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, row: SuspensePayment) -> str:
        return money.show_byn(row.amount)

    @admin.display(description=gettext_lazy("чей"))
    def whose(self, row: SuspensePayment) -> SafeString | str:
        if row.resolved_at is not None:
            return (
                row.settled_words
                if row.is_same or row.is_returned or row.is_undone
                else str(row.payment.account.number)
            )
        url = reverse("admin:desk_suspense", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Разобрать"))

    @admin.display(description=gettext_lazy("похож на"))
    def resembled(self, row: SuspensePayment) -> SafeString | str:
        like = suspense.resembled(row)
        if like is None:
            return "—"
        url = reverse(f"admin:billing_{like._meta.model_name}_change", args=[like.pk])
        return format_html('<a href="{}">{}</a>', url, suspense.describe(like))


@admin.register(StatementImport)
class StatementImportAdmin(staff.ReadOnlyAdmin[StatementImport]):
    """Imported statements; a new file is reviewed before it is imported."""

    list_display = [
        "imported_at",
        "file_name",
        "shown_format",
        "first_day",
        "last_day",
        "booked",
        "duplicate",
        "suspended",
        "returns",
        "undone_at",
    ]
    list_display_links = ["imported_at", "file_name"]
    list_filter = ["format", "imported_at", "undone_at"]
    search_fields = ["file_name", "iban"]
    search_help_text = gettext_lazy("Имя файла или счёт")
    ordering = ["-imported_at", "-pk"]
    fields = [
        "file_name", "shown_format", "iban", "first_day", "last_day", "opening", "closing", "credits", "debits",
        "booked", "duplicate", "suspended", "returns", "imported_at", "imported_by", "undone_at", "undone_by",
        "undo_reason", "report",
    ]  # fmt: skip
    readonly_fields = ["shown_format", "report"]

    @admin.display(description=gettext_lazy("формат"), ordering="format")
    def shown_format(self, row: StatementImport) -> str:
        return StatementFormat(row.format).label if row.format in set(StatementFormat) else row.format

    @admin.display(description=gettext_lazy("документы"))
    def report(self, row: StatementImport) -> SafeString:
        url = reverse("admin:desk_statement", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Отчёт о выписке"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.add_statementimport"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A file is uploaded, checked and applied on pages of the desk."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("admin:desk_statement_upload")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(staff.ReadOnlyAdmin[LedgerEntry]):
    """The ledger, read-only."""

    list_display = ["booked_on", "account", "kind", "title", "shown_amount"]
    list_display_links = ["booked_on", "title"]
    list_select_related = ["account__customer"]
    list_filter = ["kind", "booked_on"]
    search_fields = ["account__number", "account__customer__name", "title"]
    search_help_text = gettext_lazy("Лицевой счёт, клиент или документ")
    ordering = ["-booked_on", "-pk"]
    fields = ["account", "kind", "amount", "booked_on", "title", "source_key", "created_at"]

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, entry: LedgerEntry) -> str:
        return money.show_byn(entry.amount)
