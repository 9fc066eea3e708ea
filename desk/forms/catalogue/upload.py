"""The first step of an import: a file, and the day from which it applies (4.3)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.payments import DayInput
from desk.imports import ImportKind, dated, running
from desk.imports.kind import Comparison
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form


class TableFileForm(Form):
    """A file of a table: `content` of a valid form is not larger than tables may be."""

    file = forms.FileField(
        label=gettext_lazy("Файл"),
        help_text=gettext_lazy("XLSX или CSV до 5 МБ, не больше 20 000 строк."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": gettext_lazy("Выберите файл"),
            "empty": gettext_lazy("Файл пустой. Выберите файл с таблицей"),
        },
    )
    content = b""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > running.BOUNDS.most_bytes:
            raise forms.ValidationError(_("Файл больше 5 МБ: разделите его"))
        self.content = file.read()
        return file


class UploadForm(TableFileForm):
    """`content` and `comparison` are of a valid form; faults of single rows do not make it invalid."""

    day = forms.DateField(
        label=gettext_lazy("Цены действуют с"),
        initial=dated.earliest,
        widget=DayInput(),
        error_messages={"required": gettext_lazy("Выберите день")},
    )
    comparison: Comparison

    def __init__(self, kind: ImportKind, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.kind = kind
        if not kind.is_dated:
            del self.fields["day"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        try:
            self.comparison = running.check(self.kind, self.content, given.get("day"))
        except DomainError as refusal:
            self.add_error("day" if refusal.code == "table_import.day" else "file", refusal.message)
        return given
