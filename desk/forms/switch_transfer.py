"""The form that asks why everything is told to the switch again."""

from django import forms
from django.utils.translation import gettext_lazy

from sipcabinet.lib.forms import Form
from subscribers.models.switch_transfer import REASON_LENGTH


class TransferForm(Form):
    """Why: staff read it in the journal and beside the transfer."""

    reason = forms.CharField(
        label=gettext_lazy("Основание"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Почему передаётся заново; останется в журнале"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Укажите основание")},
    )
