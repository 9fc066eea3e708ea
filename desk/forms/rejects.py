"""Forms about groups of rejected lines (4.4)."""

from django import forms
from django.utils.translation import gettext_lazy

from billing.forms.desk_payments import AccountNumberField
from sipcabinet.lib.forms import Form


class IgnoreForm(Form):
    """Why lines of a switch's file are not to be counted."""

    note = forms.CharField(
        label=gettext_lazy("Почему не учитывать"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Укажите, почему эти звонки не учитываются")},
    )


class ConnectToForm(Form):
    """Whose the number is: «Подключить номер» of this account opens with it."""

    account = AccountNumberField()
