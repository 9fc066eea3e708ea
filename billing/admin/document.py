from django.contrib import admin
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Document
from sipcabinet.lib import downloads, staff


@admin.register(Document)
class DocumentAdmin(staff.ReadOnlyAdmin[Document]):
    """Created files. A file shows a customer's calls, so each download is audited."""

    list_display = ["made_at", "file_name", "account", "order", "size"]
    list_display_links = ["made_at", "file_name"]
    list_select_related = ["account__customer", "order"]
    list_filter = ["order__kind", "made_at"]
    search_fields = ["file_name", "order__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Файл, номер заказа, лицевой счёт или клиент")
    ordering = ["-made_at", "-pk"]
    fields = ["file_name", "order", "account", "size", "content_type", "made_at", "file"]
    readonly_fields = ["file"]

    @admin.display(description=gettext_lazy("файл"))
    def file(self, document: Document) -> SafeString:
        url = reverse("admin:billing_document_file", args=[document.pk])
        return format_html('<a href="{}">{}</a>', url, _("Скачать"))

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/file/", download, name="billing_document_file"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file itself; 404 if it is missing or staff may not see it."""
        document = self.get_object(request, str(pk))
        if document is None or not self.has_view_permission(request, document):
            raise Http404
        with transaction.atomic():
            self.record(request, document, "read", _("Скачан документ: %(what)s") % {"what": document})
        try:
            file = default_storage.open(document.path)
        except FileNotFoundError:
            raise Http404 from None
        return downloads.attachment(file, document.file_name, document.content_type)
