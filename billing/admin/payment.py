"""Received money for staff: payments, credits in suspense, statements, the ledger (4.2, 4.6)."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.forms.desk_payments import ApplyForm, EntryForm, ResolveForm, UploadForm
from billing.models import LedgerEntry, Payment, StatementImport, SuspensePayment
from billing.selectors import adjustments, suspense
from billing.services import statements
from sipcabinet.lib import money, requests, staff
from sipcabinet.lib.errors import DomainError

FORM = "admin/billing/money_form.html"
TOLD = ["amount", "received_on", "source", "payer_name", "payer_unp", "payer_iban", "reference", "purpose", "statement"]


def _told(done: Payment | SuspensePayment) -> str:
    """The outcome of a credit that was in suspense."""
    if isinstance(done, SuspensePayment):
        return _("Записано: это тот же платёж, второй раз он не зачислен")
    return _("Платёж зачислен на лицевой счёт %(number)s") % {"number": done.account.number}


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
    row_pages = {"resolve": "resolve"}

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, row: SuspensePayment) -> str:
        return money.show_byn(row.amount)

    @admin.display(description=gettext_lazy("чей"))
    def whose(self, row: SuspensePayment) -> SafeString | str:
        if row.resolved_at is not None:
            return _("тот же платёж") if row.is_same else str(row.payment.account.number)
        url = reverse("admin:billing_suspensepayment_resolve", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Разобрать"))

    @admin.display(description=gettext_lazy("похож на"))
    def resembled(self, row: SuspensePayment) -> SafeString | str:
        like = suspense.resembled(row)
        if like is None:
            return "—"
        url = reverse(f"admin:billing_{like._meta.model_name}_change", args=[like.pk])
        return format_html('<a href="{}">{}</a>', url, suspense.describe(like))

    def resolve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page on which staff choose the account of a credit."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        row = SuspensePayment.objects.select_related("statement").filter(pk=pk).first()
        if row is None:
            raise Http404
        like = suspense.resembled(row)
        form = ResolveForm(
            request.POST if request.method == "POST" else None,
            offers=suspense.offers(row),
            same_as=suspense.describe(like) if like else "",
            amount=row.amount,
        )
        if form.is_valid() and (done := form.carry_out(row, *_who(request))):
            messages.success(request, _told(done))
            return redirect(staff.next_in_queue("suspense", pk))
        context = {
            "title": _("Платёж %(sum)s: %(payer)s")
            % {"sum": money.show_byn(row.amount), "payer": row.payer_name or "—"},
            "queue_name": "suspense",
            "row": row,
            "form": form,
            "submit_label": _("Записать"),
            "resembled": self.resembled(row),
        }
        return TemplateResponse(
            request, "admin/billing/suspense.html", {**self.admin_site.each_context(request), **context}
        )


@admin.register(StatementImport)
class StatementImportAdmin(staff.ReadOnlyAdmin[StatementImport]):
    """Imported statements; a new file is reviewed before it is imported."""

    list_display = [
        "imported_at",
        "file_name",
        "format",
        "first_day",
        "last_day",
        "booked",
        "duplicate",
        "suspended",
        "returns",
    ]
    list_display_links = ["imported_at", "file_name"]
    list_filter = ["format", "imported_at"]
    search_fields = ["file_name", "iban"]
    search_help_text = gettext_lazy("Имя файла или счёт")
    ordering = ["-imported_at", "-pk"]
    fields = [
        "file_name", "format", "iban", "first_day", "last_day", "opening", "closing", "credits", "debits", "booked",
        "duplicate", "suspended", "returns", "imported_at", "imported_by",
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("billing.add_statementimport"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Choose a file → review the planned outcome → import."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST" and "content" in request.POST:
            return self._apply(request)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            file = form.cleaned_data["file"]
            content = file.read()
            try:
                taken = statements.rehearse(content)
            except DomainError as refusal:
                form.add_error("file", refusal.message)
            else:
                return self._page(request, ApplyForm.of(content, file.name), _("Применить"), taken=taken)
        return self._page(request, form, _("Проверить"))

    def _apply(self, request: HttpRequest) -> HttpResponse:
        form = ApplyForm(request.POST)
        if not form.is_valid():
            return redirect("admin:billing_statementimport_add")
        user, address = _who(request)
        told = form.cleaned_data
        try:
            taken = statements.take_in(told["content"], file_name=told["file_name"], user=user, address=address)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:billing_statementimport_add")
        summary = _(
            "Зачислено: %(booked)d, повторов: %(duplicate)d, не распознано: %(suspended)d, возвратов: %(returns)d"
        )
        counts = {fate.value: taken.count(fate) for fate in statements.Fate} | {"returns": len(taken.returns)}
        messages.success(request, summary % counts)
        return redirect("admin:billing_statementimport_changelist")

    def _page(self, request: HttpRequest, form: Any, label: str, **context: Any) -> HttpResponse:
        context |= {"title": _("Загрузить выписку банка"), "form": form, "submit_label": label, "opts": self.opts}
        return TemplateResponse(
            request, "admin/billing/statement.html", {**self.admin_site.each_context(request), **context}
        )


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
