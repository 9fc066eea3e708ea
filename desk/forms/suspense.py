"""Forms about a credit in suspense: another account, and its return to the payer (4.6, 4.12)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.forms.desk_payments import AccountNumberField
from billing.forms.payments import DayField
from billing.services.money_terms import REASON_LENGTH
from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form


class OtherAccountForm(Form):
    """An account that is not among the likely ones: its effect is shown before anything is booked."""

    account = AccountNumberField()


class PayerRefundForm(Form):
    """The payment order by which the bank returns a credit to its payer."""

    document_number = forms.CharField(
        label=gettext_lazy("Номер платёжного поручения"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите номер платёжного поручения")},
    )
    document_date = DayField(
        label=gettext_lazy("Дата платёжного поручения"), required=gettext_lazy("Введите дату платёжного поручения")
    )
    reason = forms.CharField(
        label=gettext_lazy("Основание"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Укажите основание")},
    )

    def __init__(self, data: Any = None, **given: Any) -> None:
        super().__init__(data, initial={"document_date": clock.today()} | given.pop("initial", {}), **given)
