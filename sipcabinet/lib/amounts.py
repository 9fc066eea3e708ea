"""A form field for a sum of money as people type it."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from sipcabinet.lib import money

LONGEST_AMOUNT = 40
_AMOUNT = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?", re.ASCII)
_TOO_EXACT = re.compile(r"\d{1,12}[.,]\d{3,}", re.ASCII)


class AmountField(forms.CharField):
    """Roubles and kopecks: a comma or a point, any kind of spaces between digits. An empty optional field is None."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": gettext_lazy("Введите сумму"),
        "amount": gettext_lazy("Введите сумму цифрами, например 123,45"),
        "kopecks": gettext_lazy("Копейки — не больше двух цифр после запятой"),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "w-s"})
        super().__init__(**{"max_length": LONGEST_AMOUNT, "widget": widget, **kwargs})

    def clean(self, value: Any) -> Any:
        text = "".join(super().clean(value).split())
        if not text:
            return None
        if _TOO_EXACT.fullmatch(text):
            raise forms.ValidationError(self.error_messages["kopecks"], code="kopecks")
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise forms.ValidationError(self.error_messages["amount"], code="amount")
        return Decimal(f"{found[1]}.{found[2] or '00'}").quantize(money.KOPECK)
