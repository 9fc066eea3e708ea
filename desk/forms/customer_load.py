"""The file of customers (4.11)."""

from typing import Any

from desk.forms.catalogue.upload import TableFileForm
from desk.imports.customers import runs
from sipcabinet.lib.errors import DomainError


class CustomersFileForm(TableFileForm):
    """Faults of single rows do not make the form invalid."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                runs.read(self.content)
            except DomainError as refusal:
                self.add_error("file", refusal.message)
        return given
