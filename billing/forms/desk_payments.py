"""Staff forms about received money (4.2, 4.6)."""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, User
from billing.models import Payment, PaymentSource, SuspensePayment
from billing.selectors import balance, resemblance
from billing.selectors.balance import ZERO
from billing.services import payments
from sipcabinet.lib import clock, money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.options import Option

MOST_UPLOADED = 1024 * 1024
TOO_LARGE = gettext_lazy("Файл больше 1 МБ: загрузите его командой import_payments")


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


OTHER, SAME = "other", "same"


class ResolveForm(forms.Form):
    """Resolves a payment in suspense: an offered account, another account, or a repetition of a booked payment."""

    whose = forms.ChoiceField(label=gettext_lazy("Чей платёж"), widget=forms.RadioSelect, required=False)
    account = AccountNumberField()

    def __init__(
        self, data: Any = None, *, offers: Sequence[Account] = (), same_as: str = "", amount: Decimal = ZERO
    ) -> None:
        super().__init__(data)
        self.offers = {str(account.pk): account for account in offers}
        choices: list[Any] = [(pk, self._offer(account, amount)) for pk, account in self.offers.items()]
        choices += [(SAME, _("Это тот же платёж: %(what)s") % {"what": same_as})] if same_as else []
        if choices:
            self.fields["whose"].choices = [*choices, (OTHER, _("Другой лицевой счёт"))]  # type: ignore[attr-defined]
            self.fields["account"].required = False
        else:
            del self.fields["whose"]

    def _offer(self, account: Account, amount: Decimal) -> Option:
        """An account with its balance (сальдо) now and after the payment."""
        now = balance.balance(account)
        told = {"unp": account.customer.unp, "now": money.show_byn(now), "then": money.show_byn(now + amount)}
        return Option(
            _("Лицевой счёт %(account)s") % {"account": account},
            _("УНП %(unp)s, сальдо сейчас %(now)s") % told,
            _("станет %(then)s") % told,
        )

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        whose, is_typed = told.get("whose") or OTHER, told.get("account") is not None
        if "account" in self.errors or "whose" in self.errors or whose == SAME:
            return told
        if whose in self.offers:
            told["account"] = self.offers[whose]
        elif not is_typed:
            self.add_error("account", self.fields["account"].error_messages["required"])
        return told

    def carry_out(self, row: SuspensePayment, user: User, address: str) -> SuspensePayment | Payment | None:
        """Books the payment, or marks it as a repetition; None after a refusal, which the form then shows at its
        top."""
        try:
            if self.cleaned_data.get("whose") == SAME:
                return payments.settle_as_same(suspense=row, staff=user, address=address)
            return payments.resolve(suspense=row, account=self.cleaned_data["account"], staff=user, address=address)
        except DomainError as refusal:
            self.add_error(None, refusal.message)
        return None


@dataclass(frozen=True, slots=True)
class _Entered:
    """An entry prepared for comparison with booked payments: without a payer it gets the customer's data."""

    day: date
    reference: str
    payer_unp: str
    payer_iban: str


class EntryForm(forms.Form):
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


class UploadForm(forms.Form):
    """The file of a bank statement."""

    file = forms.FileField(
        label=gettext_lazy("Файл выписки"),
        help_text=gettext_lazy("Клиент-банк (типы 3, 4, 400), 1CClientBankExchange, camt.053 или CSV"),
        error_messages={"required": gettext_lazy("Выберите файл"), "empty": gettext_lazy("Файл пуст")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_UPLOADED:
            raise forms.ValidationError(TOO_LARGE)
        return file


class ApplyForm(forms.Form):
    """The reviewed file, sent again to be imported. Its content is checked anew."""

    content = forms.CharField(widget=forms.HiddenInput, max_length=MOST_UPLOADED * 2)
    file_name = forms.CharField(widget=forms.HiddenInput, max_length=255)

    @classmethod
    def of(cls, content: bytes, file_name: str) -> "ApplyForm":
        return cls(initial={"content": base64.b64encode(content).decode(), "file_name": file_name[-255:]})

    def clean_content(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["content"], validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError(_("Выберите файл ещё раз")) from None
