from django import forms
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.forms import Form


class CodeForm(Form):
    """A one-time code of the application, or a recovery code."""

    code = forms.CharField(
        label=_("Код"),
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "class": "code w-m",
                "spellcheck": "false",
                "autocapitalize": "none",
            }
        ),
        error_messages={"required": _("Введите код")},
    )
