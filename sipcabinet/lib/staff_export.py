"""«Скачать XLSX» on every list of the desk: the rows that the list shows under its search and filters (4.2)."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from sipcabinet.lib import clock, staff_looks, staff_tables
from sipcabinet.lib.sheets import responses

NAME = "export"
NO_SEARCH = "?e=1"  # Django's own sign on a list whose address holds an unknown filter


class ExportedTable(staff_looks.RecordedLooks):
    """The mixin of a list that can be saved as a file. A subclass writes each export down, and what it shows
    (`record_all`, `look_at_list`, 4.10)."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{NAME}"
        return [path(f"{NAME}/", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        url = reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{NAME}")
        query = request.GET.urlencode()
        export = {"export_url": f"{url}?{query}" if query else url}
        return super().changelist_view(request, export | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered list as XLSX. With more rows than `staff_tables.MOST_ROWS` redirects to the list and says so.
        Raises PermissionDenied for staff who may not see the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self._list() + NO_SEARCH)
        if changelist.result_count > staff_tables.MOST_ROWS:
            told = _("В списке %(found)d строк, в один файл помещается %(most)d. Сузьте отбор.")
            found = {"found": changelist.result_count, "most": staff_tables.MOST_ROWS}
            messages.error(request, told % found)
            return HttpResponseRedirect(f"{self._list()}?{request.GET.urlencode()}")
        sheet = staff_tables.sheet(changelist)
        self.record_all(request, "exported", f"{_('Выгружен список')}: {sheet.title}", rows=changelist.result_count)
        self.look_at_list(request, "export", changelist.result_count)
        name = f"{sheet.title} {clock.today():%Y-%m-%d}"
        return responses.attachment(name, "xlsx", sheet, staff_tables.rows(changelist))

    def record_all(self, request: HttpRequest, event: str, summary: str, **details: Any) -> None:
        raise NotImplementedError

    def _list(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")
