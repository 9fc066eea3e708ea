"""What staff decide about a call on hold (4.4)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from sipcabinet.lib.forms import Form
from subscribers.calls.held_decisions import HeldCallError, seconds_of
from subscribers.models import HeldCall, HeldDecision


class HeldCallForm(Form):
    """The decision, the seconds for the one that needs them, and the reason."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Как учесть звонок"),
        choices=[
            (HeldDecision.AS_IS, gettext_lazy("Оплачивается как есть")),
            (HeldDecision.SECONDS, gettext_lazy("Оплачиваются только указанные секунды")),
            (HeldDecision.NOTHING, gettext_lazy("Не оплачивается")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Выберите, как учесть звонок")},
    )
    seconds = forms.IntegerField(
        label=gettext_lazy("Секунд к оплате"),
        required=False,
        min_value=1,
        max_value=31 * 86_400,
        widget=forms.NumberInput(attrs={"class": "w-s", "inputmode": "numeric"}),
        help_text=gettext_lazy("Только для второго варианта"),
    )
    note = forms.CharField(
        label=gettext_lazy("Почему так"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Напишите причину")},
        help_text=gettext_lazy("Останется в журнале; клиент её не видит"),
    )

    def __init__(self, row: HeldCall, data: Any = None) -> None:
        super().__init__(data)
        self.row = row

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("decision") and "seconds" not in self.errors:
            try:
                seconds_of(self.row, HeldDecision(told["decision"]), told.get("seconds"))
            except HeldCallError as refusal:
                self.add_error("seconds", refusal.message)
        return told
