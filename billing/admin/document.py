from django.contrib import admin
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy

from billing.admin.file import FileAdmin
from billing.models import Document
from sipcabinet.lib import downloads


@admin.register(Document)
class DocumentAdmin(FileAdmin):
    """Created files. A file shows a customer's calls, so each download is audited."""

    list_display = ["made_at", "file_name", "account", "order", "size"]
    list_display_links = ["made_at", "file_name"]
    list_select_related = ["account__customer", "order"]
    list_filter = ["order__kind", "made_at"]
    search_fields = ["file_name", "order__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Файл, номер заказа, лицевой счёт или клиент")
    ordering = ["-made_at", "-pk"]
    fields = ["file_name", "order", "account", "size", "content_type", "made_at", "file"]

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file itself; 404 if it is missing or staff may not see it."""
        document: Document = self.read(request, pk)
        try:
            file = default_storage.open(document.path)
        except FileNotFoundError:
            raise Http404 from None
        return downloads.attachment(file, document.file_name, document.content_type)
