"""The form that asks why an import is undone (4.6)."""

from django import forms
from django.utils.translation import gettext_lazy

from billing.services.money_terms import REASON_LENGTH
from sipcabinet.lib.forms import Form


class UndoForm(Form):
    """Why: staff read it in the journal and on the page of the import."""

    reason = forms.CharField(
        label=gettext_lazy("Основание"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Почему загрузка отменяется. Клиенты основание не увидят"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Укажите основание")},
    )
