"""«Лимиты расходов»: the four bounds with the account's password, and the lifting of a bar (16.6)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.forms.password import PasswordForm
from sipcabinet.lib import money
from sipcabinet.lib.amounts import AmountField
from sipcabinet.lib.forms import Form
from subscribers.models import TrunkLimit

MOST_COST, MOST_MINUTES = Decimal("1000000.00"), 10_000_000
NO_LIMIT = gettext_lazy("Пусто — без лимита")


class CostField(AmountField):
    """A bound in BYN without VAT; empty for none."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, help_text=NO_LIMIT)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is not None and not 0 < amount <= MOST_COST:
            raise forms.ValidationError(gettext_lazy("Введите сумму от 0,01 до 1 000 000 BYN"), code="bounds")
        return amount


class MinutesField(forms.IntegerField):
    """A bound in minutes; empty for none."""

    def __init__(self, label: Any) -> None:
        message = gettext_lazy("Введите целое число минут от 1 до 10 000 000")
        super().__init__(
            label=label,
            required=False,
            help_text=NO_LIMIT,
            min_value=1,
            max_value=MOST_MINUTES,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-s"}),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), message),
        )


class BoundsForm(Form):
    """The four bounds of a limit; `present` fills them in."""

    day_cost = CostField(gettext_lazy("Сумма за день, BYN без НДС"))
    month_cost = CostField(gettext_lazy("Сумма за месяц, BYN без НДС"))
    day_minutes = MinutesField(gettext_lazy("Минут за день"))
    month_minutes = MinutesField(gettext_lazy("Минут за месяц"))

    def __init__(self, data: Any = None, *, present: TrunkLimit | None) -> None:
        super().__init__(data, initial=shown(present))

    @property
    def amounts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in BoundsForm.base_fields}


class LimitsForm(BoundsForm, PasswordForm):
    """What the customer fills in: without his password nobody at his open browser can take a limit away."""

    field_order = (*BoundsForm.base_fields, "password")


def shown(limit: TrunkLimit | None) -> dict[str, Any]:
    """The bounds of a limit as the form shows them."""
    if limit is None:
        return {}
    costs = {name: money.show(value) for name in ("day_cost", "month_cost") if (value := getattr(limit, name))}
    return costs | {"day_minutes": limit.day_minutes, "month_minutes": limit.month_minutes}
