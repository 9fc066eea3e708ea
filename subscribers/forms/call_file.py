"""The file of a switch that staff upload (4.4)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.errors import DomainError
from subscribers.calls import known_files
from subscribers.cdr import UnreadableFileError, beginning
from subscribers.models import CallImport

FILE_LIMIT_BYTES = 512 * 1024 * 1024
HEAD_BYTES = 64 * 1024
# File types that people upload by mistake: archives and workbooks, PDF, old Excel files, pictures.
BINARY_BEGINNINGS = (
    b"PK\x03\x04",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
)

if TYPE_CHECKING:
    ImportModelForm = forms.ModelForm[CallImport]
else:
    ImportModelForm = forms.ModelForm


class UploadForm(ImportModelForm):
    """A file of a supported switch. Only its type and size are checked here; the import reads its lines."""

    file = forms.FileField(
        label=gettext_lazy("Файл"), help_text=gettext_lazy("CSV или JSON, можно сжать gzip, до 512 МБ")
    )

    class Meta:
        model = CallImport
        fields = ["source"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].empty_label = gettext_lazy("выберите")  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file: Any = self.cleaned_data["file"]
        if (file.size or 0) > FILE_LIMIT_BYTES:
            shown = {"limit": filesizeformat(FILE_LIMIT_BYTES)}
            raise ValidationError(_("Файл больше %(limit)s: разделите его на части") % shown)
        try:
            head, _is_whole = beginning(file, HEAD_BYTES)
        except UnreadableFileError as error:
            raise ValidationError(str(error)[:1].upper() + str(error)[1:]) from error
        file.seek(0)
        if head.startswith(BINARY_BEGINNINGS) or b"\0" in head:
            raise ValidationError(
                _("Это не текстовый файл CSV. Выгрузите звонки из станции в CSV; сжать его можно только gzip")
            )
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
