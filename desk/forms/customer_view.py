from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.forms import Form


class CustomerViewForm(Form):
    """Why a person of the staff looks at a customer's pages."""

    reason = forms.CharField(
        label=_("Причина просмотра"),
        help_text=_("Например: «Звонок клиента, не видит счёт». Причину видят только сотрудники, в журнале."),
        max_length=300,
        validators=[MinLengthValidator(5, _("Укажите причину подробнее: по ней просмотр найдут в журнале"))],
        error_messages={"required": _("Укажите причину просмотра")},
        widget=forms.TextInput(attrs={"class": "w-full", "autofocus": True, "autocomplete": "off"}),
    )
