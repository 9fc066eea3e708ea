"""Forms of the months: the confirmation of a close, and the account to look for (4.7)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import DraftMark
from sipcabinet.lib.forms import Form

REASON_LENGTH = 300


class CloseForm(Form):
    """Confirms the close of a month. `calculation` is the one that was reviewed."""

    calculation = forms.IntegerField(widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=_("Сверка просмотрена, месяц можно закрыть. Отменить закрытие нельзя."),
        error_messages={"required": _("Подтвердите, что сверка просмотрена")},
    )


class OverrideForm(CloseForm):
    """The same, although rejected or doubled calls wait: with a reason for the journal."""

    reason = forms.CharField(
        label=_("Почему месяц закрывается несмотря на эти записи"),
        max_length=REASON_LENGTH,
        help_text=_("Запишется в журнал. Эти звонки попадут в счёт следующего месяца, если их примут позже."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": _("Укажите, почему месяц закрывается несмотря на эти записи")},
    )
    field_order = ("reason", "sure")


class DraftsForm(Form):
    """Which accounts of a calculation are listed."""

    mark = forms.ChoiceField(
        label=_("Какие"),
        required=False,
        choices=[("", _("все лицевые счета")), *((mark.value, mark.label) for mark in DraftMark)],
    )
    account = forms.CharField(
        label=_("Лицевой счёт"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"class": "w-s", "inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_account(self) -> str:
        return "".join(str(self.cleaned_data["account"]).split())

    @property
    def told(self) -> dict[str, Any]:
        """What was chosen; a faulty field counts as empty."""
        self.is_valid()
        return {"mark": "", "account": ""} | self.cleaned_data
