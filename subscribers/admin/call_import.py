"""Desk pages for call files: how a switch's files are read, the result of each import (4.4)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import durable, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.staff_filters import TroubleFilter
from subscribers.calls import imports, rejects
from subscribers.models import CallImport, CallSource


@admin.register(CallSource)
class CallSourceAdmin(staff.ReadOnlyAdmin[CallSource]):
    """How the records of a switch are fetched and read; staff change it on pages of the desk."""

    list_display = ["name", "kind", "format", "zone", "account_code", "settings"]
    list_filter = ["kind", "format"]
    search_fields = ["name"]
    ordering = ["name"]
    readonly_fields = ["settings"]
    fields = [
        "name", "kind", "format", "zone", "account_code", "longest_seconds", "has_header", "columns", "rules",
        "settings",
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("subscribers.add_callsource"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A source is added on a page of the desk, where its settings are tried first."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("admin:desk_call_source_new")

    @admin.display(description=gettext_lazy("настройки"))
    def settings(self, source: CallSource) -> SafeString:
        url = reverse("admin:desk_call_source", args=[source.pk])
        return format_html('<a href="{}">{}</a>', url, _("Настройки и проба"))


@admin.register(CallImport)
class CallImportAdmin(staff.ReadOnlyAdmin[CallImport]):
    list_display = [
        "created_at", "shown_state", "file_name", "source",
        "read_count", "new_count", "duplicate_count", "rejected_count",
    ]  # fmt: skip
    list_display_links = ["created_at", "file_name"]
    list_select_related = ["source"]
    list_filter = [TroubleFilter, "state", "source", "created_at"]
    search_fields = ["file_name", "sha256"]
    ordering = ["-created_at", "-pk"]
    actions = ["try_rejects_again", "again"]
    readonly_fields = ["report"]
    fields = [
        "source", "file_name", "size", "sha256", "imported_by", "state", "attempts", "created_at", "finished_at",
        "read_count", "new_count", "duplicate_count", "rejected_count", "last_error", "undone_at",
        "undone_by", "undo_reason", "report",
    ]  # fmt: skip
    audit_noun = "import"

    @admin.display(description=gettext_lazy("состояние"), ordering="state")
    def shown_state(self, job: CallImport) -> SafeString:
        """The state of the work, or that its calls are gone again."""
        return staff.badge("", _("отменён")) if job.undone_at else super().shown_state(job)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_act_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A file is uploaded, checked and ordered on pages of the desk."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("admin:desk_call_file_upload")

    @admin.display(description=gettext_lazy("отчёт"))
    def report(self, job: CallImport) -> SafeString:
        url = reverse("admin:desk_call_file", args=[job.pk])
        return format_html('<a href="{}">{}</a>', url, _("Ход и отчёт"))

    @admin.action(description=gettext_lazy("Попробовать отклонённые записи снова"), permissions=["act"])
    def try_rejects_again(self, request: HttpRequest, queryset: QuerySet[CallImport]) -> None:
        def work(job: CallImport) -> None:
            found = rejects.retry(job.pk)
            summary = _("Отклонённые записи %(file)s: принято %(new)s, осталось %(rejected)s") % {
                "file": job.file_name, "new": found.new, "rejected": found.rejected,
            }  # fmt: skip
            self.record(request, job, "rejects_retried", summary)
            self.message_user(request, summary)

        self.do_each(request, queryset, work, done=_("Проверено импортов"))

    @admin.action(description=gettext_lazy("Повторить"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[CallImport]) -> None:
        def work(job: CallImport) -> None:
            if job.undone_at is not None:
                raise DomainError(_("Загрузка отменена: загрузите файл заново"), code="import.undone")
            if not job.path:
                raise DomainError(_("Файл импортирован командой и не сохранён: запустите команду ещё раз"))
            if not durable.retry(job):
                raise DomainError(_("Повторить можно только импорт с ошибкой"), code="import.not_ended")
            durable.hint(imports.TASK)
            self.record(request, job, "retried", _("Импорт снова в работе: %(file)s") % {"file": job.file_name})

        self.do_each(request, queryset, work, done=_("Импортов снова в работе"))
