"""Forms of changes of money: a payment to move, cancel or return, a debt to write off, lines of an invoice (4.12)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.desk_payments import AccountNumberField
from billing.forms.payments import DayField
from billing.models import Payment
from billing.services.money_terms import REASON_LENGTH
from sipcabinet.lib import clock, money
from sipcabinet.lib.forms import Form
from sipcabinet.lib.sent_once import TokenField


class SumField(forms.DecimalField):
    """A sum in BYN, typed with a decimal comma or point."""

    def __init__(self, *, label: Any, help_text: Any = "") -> None:
        super().__init__(
            label=label, help_text=help_text, max_digits=14, decimal_places=2, min_value=Decimal("0.01"),
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal", "class": "w-s"}),
            error_messages={
                "required": gettext_lazy("Введите сумму"),
                "invalid": gettext_lazy("Введите сумму числом: 125,00"),
                "min_value": gettext_lazy("Сумма должна быть больше нуля"),
                "max_decimal_places": gettext_lazy("Сумма должна быть в целых копейках"),
            },
        )  # fmt: skip

    def to_python(self, value: Any) -> Any:
        return super().to_python("".join(value.split()).replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        return money.show(value).replace(money.NBSP, " ") if isinstance(value, Decimal) else value


class MoneyForm(Form):
    """What every change of money asks for: why. Customers do not see the reason."""

    reason = forms.CharField(
        label=gettext_lazy("Основание"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Почему это нужно. Клиент основание не увидит"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Укажите основание")},
    )
    token = TokenField(required=True)


class MoveForm(MoneyForm):
    """A payment, or a part of it, for another account."""

    account = AccountNumberField()
    amount = SumField(label=gettext_lazy("Сумма, BYN"), help_text=gettext_lazy("Можно перенести часть платежа"))
    field_order: Sequence[str] = ("account", "amount", "reason")


class ReverseForm(MoneyForm):
    """A payment, or a part of it, that is cancelled."""

    amount = SumField(label=gettext_lazy("Сумма, BYN"))
    field_order: Sequence[str] = ("amount", "reason")


class PaperForm(MoneyForm):
    """A sum, and the number and day of the paper by which it is returned or written off."""

    amount = SumField(label=gettext_lazy("Сумма, BYN"))
    document_number = forms.CharField(
        label=gettext_lazy("Номер"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите номер документа")},
    )
    document_date = DayField(label=gettext_lazy("Дата"), required=gettext_lazy("Введите дату документа: 09.10.2026"))
    field_order: Sequence[str] = ("amount", "document_number", "document_date", "reason")


class WriteOffForm(PaperForm):
    """A debt that is written off by an order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document_number"].label = _("Номер приказа")
        self.fields["document_date"].label = _("Дата приказа")


class RefundForm(PaperForm):
    """An overpayment that is returned by a payment order; `payments`: those that it may be taken from."""

    payment = forms.ChoiceField(
        label=gettext_lazy("Какой платёж возвращаем"),
        required=False,
        help_text=gettext_lazy("Клиент увидит возврат рядом с этим платежом"),
    )
    field_order: Sequence[str] = ("amount", "payment", "document_number", "document_date", "reason")

    def __init__(self, *args: Any, payments: Sequence[Payment] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document_number"].label = _("Номер платёжного поручения")
        self.fields["document_date"].label = _("Дата платёжного поручения")
        self.payments = {str(one.pk): one for one in payments}
        self.fields["payment"].choices = [  # type: ignore[attr-defined]
            ("", _("не привязывать к платежу")),
            *((pk, payment_in_words(one)) for pk, one in self.payments.items()),
        ]

    def clean_payment(self) -> Payment | None:
        return self.payments.get(self.cleaned_data["payment"])


def payment_in_words(payment: Any) -> str:
    """`20.11.2026, № 362, осталось 90,00 BYN`."""
    number = _("№ %(number)s, ") % {"number": payment.reference} if payment.reference else ""
    left = _("осталось %(left)s") % {"left": money.show_byn(payment.left)}
    return f"{clock.show_date(payment.received_on)}, {number}{left}"


class AnswerForm(Form):
    """Why a proposal is refused."""

    answer = forms.CharField(
        label=gettext_lazy("Почему отклоняете"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": gettext_lazy("Укажите, почему предложение отклонено")},
    )
