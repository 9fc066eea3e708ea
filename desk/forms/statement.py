"""The first step of the import of a bank statement: its file (4.6)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.services import statements
from billing.services.statements import Taken
from desk.imports.statements import MOST_BYTES
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form


class StatementForm(Form):
    """`content` and `found` are of a valid form: the file, and what it would do."""

    file = forms.FileField(
        label=gettext_lazy("Файл выписки"),
        help_text=gettext_lazy("Клиент-банк (типы 3, 4, 400), 1CClientBankExchange, camt.053 или CSV, до 1 МБ"),
        error_messages={"required": gettext_lazy("Выберите файл"), "empty": gettext_lazy("Файл пуст")},
    )
    content = b""
    found: Taken

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(gettext_lazy("Файл больше 1 МБ: загрузите его командой import_payments"))
        self.content = file.read()
        try:
            self.found = statements.rehearse(self.content)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from None
        return file
