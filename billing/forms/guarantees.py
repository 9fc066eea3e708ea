"""The form of «Регистрация платежей», and its confirmation (2.2.3)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.services import guarantees
from billing.services.guarantees import AmountError
from sipcabinet.lib import money
from sipcabinet.lib.amounts import AmountField
from sipcabinet.lib.forms import Form
from sipcabinet.lib.sent_once import TokenField


class GivenForm(Form):
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


class ConfirmForm(Form):
    """The confirmation; its token identifies one review, so that two presses make one guarantee."""

    token = TokenField(required=True)
