"""The form of «Регистрация платежей», and its confirmation (2.2.3)."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.services import guarantees
from billing.services.guarantees import AmountError
from sipcabinet.lib import money
from sipcabinet.lib.sent_once import TokenField

LONGEST_AMOUNT = 40
_AMOUNT = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?", re.ASCII)
_TOO_EXACT = re.compile(r"\d{1,12}[.,]\d{3,}", re.ASCII)


class AmountField(forms.CharField):
    """Roubles and kopecks as people type them: a comma or a point, any kind of spaces between digits."""

    default_error_messages = {
        "required": gettext_lazy("Введите сумму"),
        "amount": gettext_lazy("Введите сумму цифрами, например 123,45"),
        "kopecks": gettext_lazy("Копейки — не больше двух цифр после запятой"),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "w-s"})
        super().__init__(**{"max_length": LONGEST_AMOUNT, "widget": widget, **kwargs})

    def clean(self, value: Any) -> Any:
        text = "".join(super().clean(value).split())
        if _TOO_EXACT.fullmatch(text):
            raise forms.ValidationError(self.error_messages["kopecks"], code="kopecks")
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise forms.ValidationError(self.error_messages["amount"], code="amount")
        return Decimal(f"{found[1]}.{found[2] or '00'}").quantize(money.KOPECK)


class GivenForm(forms.Form):
    """Parses an amount without checking how much may be promised."""

    amount = AmountField(label=gettext_lazy("Сумма платежа, BYN"))


class AmountForm(GivenForm):
    """The promised amount: above zero, at most the unpaid part of the promised debt (BYN)."""

    def __init__(self, data: Any = None, *, unpaid: Decimal, **kwargs: Any) -> None:
        super().__init__(data, **{"initial": {"amount": money.show(unpaid)}, **kwargs})
        self._unpaid = unpaid

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        try:
            guarantees.require_amount(amount=amount, unpaid=self._unpaid)
        except AmountError as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from None
        return amount


class ConfirmForm(forms.Form):
    """The confirmation; its token identifies one review, so that two presses make one guarantee."""

    token = TokenField(required=True)
