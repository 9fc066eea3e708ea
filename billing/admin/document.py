from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy

from billing.admin.file import FileAdmin
from billing.models import Document, OrderKind
from sipcabinet.lib import downloads
from subscribers import dialled

WITH_NUMBERS = {OrderKind.CALL_DETAIL, OrderKind.MONTHLY_DETAIL}


@admin.register(Document)
class DocumentAdmin(FileAdmin):
    """Created files. A file shows a customer's calls, so each download is audited, and details of calls need the right
    to see dialled numbers (4.10)."""

    list_display = ["made_at", "file_name", "account", "order", "size"]
    list_display_links = ["made_at", "file_name"]
    list_select_related = ["account__customer", "order"]
    list_filter = ["order__kind", "made_at"]
    search_fields = ["file_name", "order__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Файл, номер заказа, лицевой счёт или клиент")
    ordering = ["-made_at", "-pk"]
    fields = ["file_name", "order", "account", "size", "content_type", "made_at", "file"]

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file itself; 404 if it is missing or hidden; 403 for calls whose numbers the user may not see."""
        row = self.get_object(request, str(pk))
        if row is not None and row.order.kind in WITH_NUMBERS and not dialled.may_see(request.user):
            raise PermissionDenied
        document: Document = self.read(request, pk)
        try:
            file = default_storage.open(document.path)
        except FileNotFoundError:
            raise Http404 from None
        return downloads.attachment(file, document.file_name, document.content_type)
