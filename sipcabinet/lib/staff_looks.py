"""Looks of the staff: which lists, rows and files of the desk must be recorded when somebody sees them (4.10)."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from sipcabinet.lib.look_kinds import LookKind


class RecordedLooks(admin.ModelAdmin):  # type: ignore[type-arg] # the type of the rows is given by StaffAdmin
    """The mixin of a page that shows calls, letters, files or secrets of customers. A look is written before the page
    or the file is returned: nothing is shown without it."""

    row_shows: LookKind | None = None  # what the page of a row shows
    list_shows: LookKind | None = None  # what the list shows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response = super().changelist_view(request, extra_context)
        if (listed := (getattr(response, "context_data", None) or {}).get("cl")) is not None:
            self.look_at_list(request, "list", len(listed.result_list))
        return response

    def look_at_list(self, request: HttpRequest, what: str, count: int) -> None:
        """Records the search itself, since its rows are of many accounts; `what` is `list` or `export`. The text that
        was searched for is not kept: it may be a dialled number."""
        if self.list_shows is not None:
            told = {"what": self.opts.verbose_name_plural, "count": count}
            summary = _("Список «%(what)s», строк: %(count)d") % told
            self.look(request, self.list_shows, f"{self.opts.label_lower}:{what}", summary, [None])

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if self.row_shows is not None and (row := kwargs.get("obj")) is not None:
            summary = f"{self.opts.verbose_name} {row}"
            self.look(request, self.row_shows, f"{self.opts.label_lower}:{row.pk}", summary, self.accounts_of(row))
        return super().render_change_form(request, context, *args, **kwargs)

    def look(self, request: HttpRequest, kind: LookKind, subject: str, summary: str, accounts: Iterable[Any]) -> None:
        """Records a look (`staff.Desk.look`)."""
        self.admin_site.look(request, kind, subject, summary, accounts)  # type: ignore[attr-defined] # it is a Desk

    def accounts_of(self, obj: Any) -> Iterable[Any]:
        raise NotImplementedError
