"""Forms that settle a debit of the bank (4.6, 4.12)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from billing.forms.desk_payments import AccountNumberField
from billing.models import Adjustment, Payment, PaymentReturn
from billing.services import returns
from desk.forms.money import MoneyForm, payment_in_words
from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form


class RecalledForm(MoneyForm):
    """The payment that the bank took back."""

    payment = forms.ChoiceField(
        label=gettext_lazy("Какой платёж отозван"),
        error_messages={
            "required": gettext_lazy("Выберите платёж"),
            "invalid_choice": gettext_lazy("Выберите платёж из списка"),
        },
    )
    field_order = ("payment", "reason")

    def __init__(self, data: Any = None, *, payments: Sequence[Payment]) -> None:
        super().__init__(data, initial={"reason": _("Отозван банком")})
        self.payments = {str(one.pk): one for one in payments}
        self.fields["payment"].choices = [  # type: ignore[attr-defined]
            (pk, f"{payment_in_words(one)}, {one.account}") for pk, one in self.payments.items()
        ]

    def clean_payment(self) -> Payment:
        return self.payments[self.cleaned_data["payment"]]


class RefundedForm(MoneyForm):
    """The account whose overpayment the debit returned, and the number of the payment order."""

    account = AccountNumberField()
    document_number = forms.CharField(
        label=gettext_lazy("Номер платёжного поручения"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите номер платёжного поручения")},
    )
    field_order = ("account", "document_number", "reason")


class KnownForm(Form):
    """A refund that is booked already: the debit is this refund."""

    refund = forms.ChoiceField(
        label=gettext_lazy("Какой возврат"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Выберите возврат"),
            "invalid_choice": gettext_lazy("Выберите возврат из списка"),
        },
    )

    def __init__(self, data: Any = None, *, refunds: Sequence[Adjustment]) -> None:
        super().__init__(data)
        self.refunds = {str(one.pk): one for one in refunds}
        self.fields["refund"].choices = [(pk, _in_words(one)) for pk, one in self.refunds.items()]  # type: ignore[attr-defined]

    def carry_out(self, row: PaymentReturn, by: Actor) -> PaymentReturn:
        """Raises MoneyError when the debit or the refund is taken."""
        return returns.is_refund(row=row, adjustment=self.refunds[self.cleaned_data["refund"]], by=by)


class OtherForm(Form):
    """What the debit is, if it concerns no payment of a customer."""

    note = forms.CharField(
        label=gettext_lazy("Что это за списание"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Поясните, что это за списание")},
    )

    def carry_out(self, row: PaymentReturn, by: Actor) -> PaymentReturn:
        """Raises MoneyError when the debit is settled."""
        return returns.is_other(row=row, note=self.cleaned_data["note"], by=by)


def _in_words(refund: Adjustment) -> str:
    told = {"number": refund.document_number, "account": refund.account, "day": clock.show_date(refund.booked_on)}
    return _("платёжное поручение № %(number)s от %(day)s, %(account)s") % told
