"""Forms of the акты сверки: the filters of the list, whom to send to, a confirmation (4.15)."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from billing.forms.payments import DayField
from billing.models.reconciliation_act import NOTE_LENGTH
from billing.selectors.acts import CHOICES, ActState, Quarter
from sipcabinet.lib.forms import Form
from sipcabinet.lib.sent_once import TokenField

MOST_ACCOUNTS = 5000
NAMED = 5  # unknown numbers that an error names
_BETWEEN = re.compile(r"[\s,;]+")


def _quarters() -> list[tuple[str, str]]:
    return [(one.code, one.label) for one in Quarter.last_over().before(CHOICES)]


class QuarterField(forms.ChoiceField):
    """One of the last quarters that are over; by default the newest."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=gettext_lazy("Квартал"), choices=_quarters, **kwargs)
        self.error_messages["invalid_choice"] = gettext_lazy("Выберите квартал из списка")

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        return Quarter.parse(code) if code else Quarter.last_over()


class ActsForm(Form):
    """Which acts to show."""

    quarter = QuarterField(required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("Состояние"), required=False, choices=[("", gettext_lazy("Все")), *ActState.choices]
    )
    text = forms.CharField(label=gettext_lazy("Клиент, УНП или лицевой счёт"), required=False, max_length=100)


class SendForm(Form):
    """Whom to send the acts of a quarter to; `accounts` is a list of account numbers, None for all."""

    quarter = QuarterField()
    accounts = forms.CharField(
        label=gettext_lazy("Лицевые счета"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea({"rows": 4, "class": "w-full", "autocomplete": "off"}),
        help_text=gettext_lazy("Номера через пробел, запятую или с новой строки. Пусто — все лицевые счета"),
    )
    despite_statements = forms.BooleanField(
        label=gettext_lazy("Отправить, хотя выписки банка за квартал неполны"), required=False
    )
    token = TokenField()

    def clean_accounts(self) -> list[str] | None:
        text: str = self.cleaned_data["accounts"]
        numbers = list(dict.fromkeys(one for one in _BETWEEN.split(text) if one))
        if not numbers:
            return None
        if len(numbers) > MOST_ACCOUNTS:
            raise ValidationError(_("В списке больше %(most)d лицевых счетов: разделите его") % {"most": MOST_ACCOUNTS})
        known = set(Account.objects.filter(number__in=numbers).values_list("number", flat=True))
        unknown = [one[:20] for one in numbers if one not in known]
        if unknown:
            shown = ", ".join(unknown[:NAMED]) + ("…" if len(unknown) > NAMED else "")
            raise ValidationError(_("Нет таких лицевых счетов: %(shown)s") % {"shown": shown})
        return numbers


class ConfirmActForm(Form):
    """When and by what the customer has confirmed an act."""

    on = DayField(label=gettext_lazy("Дата подтверждения"), required=gettext_lazy("Укажите дату подтверждения"))
    how = forms.CharField(
        label=gettext_lazy("Чем подтверждён"),
        max_length=NOTE_LENGTH,
        help_text=gettext_lazy("Например: подписанный экземпляр от 12.11.2026, письмо бухгалтера"),
        widget=forms.TextInput({"class": "w-full", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Укажите, чем подтверждён акт: подписанный экземпляр, письмо")},
    )
    token = TokenField()
