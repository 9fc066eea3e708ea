from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError
from subscribers.calls import rejects
from subscribers.models import CallReject


class ReasonFilter(admin.SimpleListFilter):
    """Filters by reason code; the reason's text may contain a value."""

    title = gettext_lazy("причина")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        labels = rejects.reason_labels()
        codes = CallReject.objects.order_by("code").values_list("code", flat=True).distinct()
        return [(code, labels.get(code, code)) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CallReject]) -> QuerySet[CallReject]:
        return queryset.filter(code=self.value()) if self.value() else queryset


@admin.register(CallReject)
class CallRejectAdmin(staff.ReadOnlyAdmin[CallReject]):
    """Rejected lines of switch files with their reasons: staff retry or dismiss them (4.2, 4.4)."""

    list_display = ["created_at", "state", "reason", "call_import", "line_no", "beginning"]
    list_display_links = ["created_at", "reason"]
    list_select_related = ["source", "call_import"]
    list_filter = ["state", "source", ReasonFilter]
    search_fields = ["raw", "reason", "call_import__file_name"]
    search_help_text = gettext_lazy("Часть строки, причина или файл")
    ordering = ["-created_at", "-pk"]
    actions = ["try_again", "dismiss"]
    audit_noun = "reject"
    fields = ["source", "call_import", "line_no", "raw", "code", "reason", "state", "created_at", "resolved_at"]

    @admin.display(description=gettext_lazy("начало строки"))
    def beginning(self, reject: CallReject) -> str:
        return Truncator(reject.raw).chars(60)

    @admin.action(description=gettext_lazy("Попробовать снова"), permissions=["act"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[CallReject]) -> None:
        found = rejects.retry_these(queryset)
        summary = _("Отклонённые записи: принято %(new)s, повторов %(duplicate)s, осталось %(rejected)s") % {
            "new": found.new, "duplicate": found.duplicate, "rejected": found.rejected,
        }  # fmt: skip
        self.record_all(request, "retried", summary)
        self.message_user(request, summary)

    @admin.action(description=gettext_lazy("Снять"), permissions=["act"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[CallReject]) -> None:
        def work(reject: CallReject) -> None:
            if not rejects.dismiss(reject):
                raise DomainError(_("Эта запись уже разобрана"), code="reject.not_waiting")
            self.record(request, reject, "dismissed", _("Снята отклонённая запись: %(what)s") % {"what": reject})

        self.do_each(request, queryset, work, done=_("Снято записей"))
