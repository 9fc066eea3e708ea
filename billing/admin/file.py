"""The common part of the pages of documents that staff download."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import staff


class FileAdmin(staff.ReadOnlyAdmin[Any]):
    """Rows with a file each. `download` answers the row's page `file`; it starts with `read`."""

    readonly_fields = ["file"]
    row_pages = {"file": "download"}

    @admin.display(description=gettext_lazy("файл"))
    def file(self, row: Any) -> SafeString:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_file", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Скачать"))

    def read(self, request: HttpRequest, pk: int) -> Any:
        """The row, with the reading audited; raises Http404 if it is missing or staff may not see it."""
        row = self.get_object(request, str(pk))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        with transaction.atomic():
            self.record(request, row, "read", _("Скачан документ: %(what)s") % {"what": row})
        return row
