"""Staff forms about received money (4.2, 4.6)."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, User
from billing.models import Payment, PaymentSource
from billing.selectors import resemblance
from billing.services import payments
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form


class AccountNumberField(forms.CharField):
    """An account, typed as its number, with or without spaces."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Номер лицевого счёта"),
            max_length=40,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
            error_messages={"required": gettext_lazy("Введите номер лицевого счёта")},
        )

    def clean(self, value: Any) -> Account | None:
        number = "".join(str(super().clean(value)).split())
        if not number:
            return None
        found = Account.objects.select_related("customer").filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("Лицевого счёта %(number)s нет") % {"number": number})
        return found


@dataclass(frozen=True, slots=True)
class _Entered:
    """An entry prepared for comparison with booked payments: without a payer it gets the customer's data."""

    day: date
    reference: str
    payer_unp: str
    payer_iban: str


class EntryForm(Form):
    """A payment that is in no statement. `token` identifies the form: sent twice, it creates one payment."""

    account = AccountNumberField()
    amount = forms.DecimalField(
        label=gettext_lazy("Сумма, BYN"), max_digits=14, decimal_places=2, localize=True,
        error_messages={"required": gettext_lazy("Введите сумму"), "invalid": gettext_lazy("Введите сумму числом")},
    )  # fmt: skip
    received_on = forms.DateField(
        label=gettext_lazy("Дата"),
        input_formats=["%d.%m.%Y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d.%m.%Y", attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Введите дату"), "invalid": gettext_lazy("Введите дату: 09.10.2026")},
    )
    source = forms.ChoiceField(label=gettext_lazy("Источник"), choices=PaymentSource.choices)
    reference = forms.CharField(
        label=gettext_lazy("Номер документа"),
        max_length=60,
        error_messages={"required": gettext_lazy("Введите номер документа, по которому поступили деньги")},
    )
    purpose = forms.CharField(label=gettext_lazy("Назначение"), max_length=500, required=False)
    confirmed = forms.BooleanField(
        label=gettext_lazy("Это другой платёж: внести"), required=False, widget=forms.HiddenInput
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        initial: dict[str, str | date] = {"received_on": clock.today(), "source": "cash", "token": str(uuid.uuid4())}
        super().__init__(data, initial=initial)

    def carry_out(self, user: User, address: str) -> Payment | None:
        """Books the payment; None after a refusal, which the form then shows at its top."""
        told = {name: value for name, value in self.cleaned_data.items() if name not in {"token", "confirmed"}}
        key = f"staff:{self.cleaned_data['token']}"
        if not self.cleaned_data["confirmed"] and self._looks_booked(key):
            return None
        try:
            payment = payments.book(source_key=key, entered_by=user, address=address, **told)
        except DomainError as refusal:
            self.add_error(
                {"payment.amount": "amount", "payment.day": "received_on"}.get(refusal.code), refusal.message
            )
            return None
        if payment is None:
            self.add_error(None, _("Этот платёж уже внесён: форма отправлена второй раз."))
        return payment

    def _looks_booked(self, key: str) -> bool:
        """Whether a similar payment is booked; if so, shows it and asks staff to confirm that this one is another."""
        told = self.cleaned_data
        customer = told["account"].customer
        payer = (
            (customer.unp, customer.iban) if told["source"] in {PaymentSource.BANK, PaymentSource.OTHER} else ("", "")
        )
        entered = _Entered(told["received_on"], told["reference"], *payer)
        like = resemblance.booked_like(told["account"], told["amount"], entered)
        if like is None or Payment.objects.filter(source_key=key).exists():
            return False
        self.fields["confirmed"].widget = forms.CheckboxInput()
        message = _(
            "Похоже на уже зачисленный платёж от %(day)s № %(number)s. Если это другой, отметьте это и отправьте снова."
        )
        self.add_error(None, message % {"day": clock.show_date(like.received_on), "number": like.reference or "—"})
        return True
