"""The operator's limit of a trunk, and the decision about an alarm (16.6)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from desk.forms.customer import REASON_LENGTH, ReasonForm
from sipcabinet.lib.forms import Form
from subscribers.forms.limits import BoundsForm


class OperatorLimitForm(BoundsForm, ReasonForm):
    """The four bounds, and a reason that the customer reads."""

    field_order = ("day_cost", "month_cost", "day_minutes", "month_minutes", "reason")


class AlarmForm(Form):
    """What an alarm is, what follows, and why."""

    CLOSE, TRUE, FALSE = "close", "true", "false"

    decision = forms.ChoiceField(
        label=_("Что это"),
        choices=[
            (CLOSE, _("Взлом: закрыть платные направления")),
            (TRUE, _("Взлом, но не закрывать: клиент уже принял меры")),
            (FALSE, _("Ложная тревога")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Выберите, что это")},
    )
    reason = forms.CharField(
        label=_("Почему так"),
        max_length=REASON_LENGTH,
        help_text=_("Клиент прочтёт это в журнале действий"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": _("Напишите причину")},
    )

    @property
    def told(self) -> dict[str, Any]:
        """The arguments of the decision."""
        decision = self.cleaned_data["decision"]
        return {"is_true": decision != self.FALSE, "closes": decision == self.CLOSE}
