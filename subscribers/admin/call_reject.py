from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import phones, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from subscribers import dialled
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


_MASKS = {"raw": "masked_raw", "reason": "masked_reason", "beginning": "masked_beginning"}


def _masked(names: Any, request: HttpRequest) -> Any:
    """The names of columns, with the masked ones for staff who may not see dialled numbers."""
    return names if dialled.may_see(request.user) else [_MASKS.get(name, name) for name in names]


@admin.register(CallReject)
class CallRejectAdmin(staff.ReadOnlyAdmin[CallReject]):
    """Rejected lines of switch files with their reasons: staff retry or dismiss them (4.2, 4.4). Lines and reasons
    contain dialled numbers: staff who may not see them see masks, and cannot search in them (4.10)."""

    list_display = ["created_at", "state", "reason", "call_import", "line_no", "beginning"]
    list_display_links = ["created_at", "reason"]
    list_select_related = ["source", "call_import"]
    list_filter = ["state", "source", ReasonFilter]
    search_fields = ["raw", "reason", "call_import__file_name"]
    search_help_text = gettext_lazy("Часть строки, причина или файл")
    ordering = ["-created_at", "-pk"]
    actions = ["try_again", "dismiss"]
    audit_noun = "reject"
    row_shows = list_shows = LookKind.CALLS
    fields = ["source", "call_import", "line_no", "raw", "code", "reason", "state", "created_at", "resolved_at"]

    def get_list_display(self, request: HttpRequest) -> Any:
        return _masked(super().get_list_display(request), request)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return _masked(super().get_list_display_links(request, list_display), request)

    def get_fields(self, request: HttpRequest, obj: CallReject | None = None) -> Any:
        return _masked(super().get_fields(request, obj), request)

    def get_readonly_fields(self, request: HttpRequest, obj: CallReject | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *_MASKS.values()]

    def get_search_fields(self, request: HttpRequest) -> Any:
        open_ones = super().get_search_fields(request)
        return open_ones if dialled.may_see(request.user) else [name for name in open_ones if name not in _MASKS]

    @admin.display(description=gettext_lazy("начало строки"))
    def beginning(self, reject: CallReject) -> str:
        return Truncator(reject.raw).chars(60)

    @admin.display(description=gettext_lazy("начало строки"))
    def masked_beginning(self, reject: CallReject) -> str:
        return Truncator(phones.mask_within(reject.raw)).chars(60)

    @admin.display(description=gettext_lazy("содержание"))
    def masked_raw(self, reject: CallReject) -> str:
        return phones.mask_within(reject.raw)

    @admin.display(description=gettext_lazy("причина"))
    def masked_reason(self, reject: CallReject) -> str:
        return phones.mask_within(reject.reason)

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
