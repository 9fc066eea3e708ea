"""The file of customers (4.11)."""

from typing import Any

from django.utils.translation import gettext as _

from desk.forms.catalogue.upload import TableFileForm
from desk.imports.customers import runs
from sipcabinet.lib.errors import DomainError


class CustomersFileForm(TableFileForm):
    """Faults of single rows do not make the form invalid."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.fields["file"].help_text = _("XLSX или CSV до 5 МБ, не больше 5 000 строк. Больший файл разделите.")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                runs.read(self.content)
            except DomainError as refusal:
                self.add_error("file", refusal.message)
        return given
