from typing import Any, cast

from django.contrib import admin
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.file import FileAdmin
from billing.models import Correction, CorrectionLine, Invoice, InvoiceFileKind, ServiceAct
from billing.reports import invoice_documents
from billing.services import invoice_files
from sipcabinet.lib import downloads, money, pdf, staff


class ActInline(staff.ReadOnlyInline):
    model = ServiceAct
    fields = ["number", "made_on", "net", "vat", "total"]


class CorrectionInline(staff.ReadOnlyInline):
    model = Correction
    fk_name = "invoice"
    fields = ["number", "issued_on", "reason", "total"]
    show_change_link = True


@admin.register(Invoice)
class InvoiceAdmin(staff.ReadOnlyAdmin[Invoice]):
    """Issued invoices, which never change. Downloads of files are audited."""

    list_display = ["number", "account", "month", "issued_on", "due_on", "total", "corrected", "due"]
    sum_columns = ("corrected",)
    list_select_related = ["account__customer"]
    list_filter = ["month", "issued_on"]
    search_fields = ["number", "account__number", "account__customer__name", "account__customer__unp"]
    search_help_text = gettext_lazy("Номер счёта, лицевой счёт, клиент или УНП")
    ordering = ["-serial"]
    inlines = [ActInline, CorrectionInline]
    fields = [
        "number", "account", "month", "issued_on", "due_on", "issued_at", "vat_percent",
        "opening", "payments", "corrections", "net", "vat", "total", "corrected", "closing_balance", "due", "purpose",
        "files",
    ]  # fmt: skip
    readonly_fields = ["corrected", "files", "ways"]

    def get_fields(self, request: HttpRequest, obj: Invoice | None = None) -> Any:
        """Adds the way to a correction, for those who may propose it (4.7)."""
        own = [*super().get_fields(request, obj)]
        return [*own, "ways"] if obj and request.user.has_perm("billing.add_moneyproposal") else own

    @admin.display(description=gettext_lazy("исправить"))
    def ways(self, invoice: Invoice) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:desk_correct", args=[invoice.pk]), _("Корректировка…"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        """Adds the sum of the invoice's corrections (None without any), counted only for the rows on the page."""
        of_invoice = Correction.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
        mended = Subquery(of_invoice.annotate(sum=Sum("total")).values("sum"))
        return cast("QuerySet[Invoice]", super().get_queryset(request).annotate(mended=mended))

    @admin.display(description=gettext_lazy("после корректировок"))
    def corrected(self, invoice: Any) -> str:
        return "—" if invoice.mended is None else money.show(invoice.total + invoice.mended)

    @admin.display(description=gettext_lazy("файлы"))
    def files(self, invoice: Invoice) -> SafeString:
        links = (
            (reverse("admin:billing_invoice_file", args=[invoice.pk, kind.value]), kind.label)
            for kind in InvoiceFileKind
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/files/<str:kind>/", download, name="billing_invoice_file"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
        """A file of the invoice, created at the first request; 404 if staff may not see it."""
        invoice = self.get_object(request, str(pk))
        if invoice is None or kind not in InvoiceFileKind.values or not self.has_view_permission(request, invoice):
            raise Http404
        with transaction.atomic():
            issued = invoice_files.file_of(invoice=invoice, kind=InvoiceFileKind(kind))
            self.record(request, invoice, "read", _("Скачан документ: %(what)s") % {"what": issued.file_name})
        try:
            file = default_storage.open(issued.path)
        except FileNotFoundError:
            raise Http404 from None
        return downloads.attachment(file, issued.file_name, issued.content_type)


class CorrectionLineInline(staff.ReadOnlyInline):
    model = CorrectionLine
    fields = ["charge", "net", "vat"]


@admin.register(Correction)
class CorrectionAdmin(FileAdmin):
    """Corrections of issued invoices; they never change."""

    list_display = ["number", "invoice", "account", "issued_on", "total", "reason", "issued_by"]
    list_select_related = ["account__customer", "invoice", "issued_by"]
    list_filter = ["issued_on"]
    search_fields = ["number", "invoice__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер корректировки или счёта, лицевой счёт или клиент")
    ordering = ["-serial"]
    inlines = [CorrectionLineInline]
    fields = [
        "number", "invoice", "account", "issued_on", "issued_at", "reason", "issued_by", "net", "vat", "total", "file",
    ]  # fmt: skip

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The document as PDF; 404 if staff may not see it."""
        correction: Correction = self.read(request, pk)
        name = _("Корректировка № %(number)s") % {"number": correction.number}
        return pdf.attachment(name, invoice_documents.correction(correction))
