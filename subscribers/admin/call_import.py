"""Desk pages for call files: how a switch's files are read, the upload of a file, the result of each import (4.4)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from sipcabinet.lib import durable, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.staff_filters import TroubleFilter
from subscribers.calls import imports, known_files, rejects
from subscribers.models import CallImport, CallSource

FILE_LIMIT_BYTES = 512 * 1024 * 1024
HEAD_BYTES = 64 * 1024
# File types that people upload by mistake: archives and workbooks, PDF, old Excel files, pictures.
BINARY_BEGINNINGS = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
)

if TYPE_CHECKING:
    ImportModelForm = forms.ModelForm[CallImport]
    SourceModelForm = forms.ModelForm[CallSource]
else:
    ImportModelForm = forms.ModelForm
    SourceModelForm = forms.ModelForm


class UploadForm(ImportModelForm):
    """A file of a supported switch. Only its type and size are checked here; the import reads its lines."""

    file = forms.FileField(label=gettext_lazy("Файл"), help_text=gettext_lazy("Текстовый файл CSV, до 512 МБ"))

    class Meta:
        model = CallImport
        fields = ["source"]

    def clean_file(self) -> Any:
        file: Any = self.cleaned_data["file"]
        if (file.size or 0) > FILE_LIMIT_BYTES:
            shown = {"limit": filesizeformat(FILE_LIMIT_BYTES)}
            raise ValidationError(_("Файл больше %(limit)s: разделите его на части") % shown)
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if head.startswith(BINARY_BEGINNINGS) or b"\0" in head:
            raise ValidationError(_("Это не текстовый файл CSV. Выгрузите звонки из станции в CSV без архива"))
        return file

    def clean(self) -> dict[str, Any]:
        """Refuses a file that another source has, beside the field; the import checks it again when it runs."""
        cleaned = super().clean() or self.cleaned_data
        if (file := cleaned.get("file")) and (source := cleaned.get("source")):
            try:
                known_files.require_new(source=source, sha256=known_files.sha256_of(file))
            except DomainError as refusal:
                self.add_error("file", refusal.message)
            file.seek(0)
        return cleaned


class SourceForm(SourceModelForm):
    """A switch's name, format and reading options."""

    class Meta:
        model = CallSource
        fields = ["name", "format", "account_code", "columns"]
        help_texts = {
            "account_code": gettext_lazy(
                "Что станция пишет в поле accountcode (в CSV с заголовком — в колонке транка). По нему находится"
                " SIP-соединение, если номер звонящего не наш: переадресация, скрытый номер, внутренний номер АТС"
            ),
        }


@admin.register(CallSource)
class CallSourceAdmin(staff.StaffAdmin[CallSource]):
    """How files of a switch are read, and how its account codes name a trunk; used by the next import."""

    form = SourceForm
    list_display = ["name", "format", "account_code"]
    fields = ["name", "format", "account_code", "columns"]
    list_filter = ["format"]
    search_fields = ["name"]
    ordering = ["name"]
    # Call ids are unique within a source and depend on how its files are read.
    fixed_fields = ["name", "format"]


@admin.register(CallImport)
class CallImportAdmin(staff.ReadOnlyAdmin[CallImport]):
    list_display = [
        "created_at", "shown_state", "file_name", "source",
        "read_count", "new_count", "duplicate_count", "rejected_count", "imported_by",
    ]  # fmt: skip
    list_display_links = ["created_at", "file_name"]
    list_select_related = ["source", "imported_by"]
    list_filter = [TroubleFilter, "state", "source", "created_at"]
    search_fields = ["file_name", "sha256"]
    ordering = ["-created_at", "-pk"]
    actions = ["try_rejects_again", "again"]
    audit_noun = "import"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_act_permission(request)

    def get_form(self, request: HttpRequest, obj: CallImport | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **kwargs) if obj else UploadForm

    def get_fields(self, request: HttpRequest, obj: CallImport | None = None) -> list[Any]:
        if obj is None:
            return ["source", "file"]
        return [
            "source", "file_name", "size", "sha256", "imported_by", "state", "attempts", "created_at", "finished_at",
            "read_count", "new_count", "duplicate_count", "rejected_count", "last_error",
        ]  # fmt: skip

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> CallImport:
        """Orders the import: the service creates the row, the copy of the file and the worker's hint."""
        file = form.cleaned_data["file"]
        by = request.user if isinstance(request.user, User) else None
        return imports.order(
            source=form.cleaned_data["source"], file=file, file_name=file.name or "upload.csv", ordered_by=by
        )

    def save_model(self, request: HttpRequest, obj: CallImport, form: Any, change: bool) -> None:
        """Nothing to save: imports.order() already inserted the row."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing to save: an import has no relations."""

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
            if not job.path:
                raise DomainError(_("Файл импортирован командой и не сохранён: запустите команду ещё раз"))
            if not durable.retry(job):
                raise DomainError(_("Повторить можно только импорт с ошибкой"), code="import.not_ended")
            durable.hint(imports.TASK)
            self.record(request, job, "retried", _("Импорт снова в работе: %(file)s") % {"file": job.file_name})

        self.do_each(request, queryset, work, done=_("Импортов снова в работе"))
