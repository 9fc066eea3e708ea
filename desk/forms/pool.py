"""Forms of the pool of numbers (4.13): filters of a range, a new range, a reservation, the end of a hold."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer
from billing.forms.payments import DayField
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form
from sipcabinet.lib.sent_once import TokenField
from subscribers import patterns
from subscribers.selectors.pool import OF_A_RANGE
from subscribers.services import number_ranges, pool
from subscribers.services.number_ranges import Ends

OFFERED_DAYS = 14  # of a reservation
EVERY = "%"


class PatternField(forms.CharField):
    """A pattern of numbers as people type it; its value is a condition for LIKE."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Маска номера"),
            required=False,
            max_length=40,
            help_text=gettext_lazy("«*00» — красивый конец, «+375 17 2…» — начало, «?» — одна цифра"),
            widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off", "placeholder": "*00"}),
        )

    def clean(self, value: Any) -> str:
        try:
            return patterns.like(str(super().clean(value)))
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from None


class NumbersFilterForm(Form):
    """Which numbers of a range the page shows."""

    state = forms.ChoiceField(
        label=gettext_lazy("Состояние"),
        required=False,
        choices=[("", gettext_lazy("все")), *((one.value, one.label) for one in OF_A_RANGE)],
    )
    pattern = PatternField()


def _phone(label: Any, help_text: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "w-m", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Введите номер, например 17 270-00-00")},
    )


class RangeForm(Form):
    """The ends of a new range."""

    first = _phone(gettext_lazy("Первый номер"), gettext_lazy("В любом написании, например 17 270-00-00"))
    last = _phone(gettext_lazy("Последний номер"), gettext_lazy("Входит в диапазон"))
    note = forms.CharField(
        label=gettext_lazy("Примечание"),
        required=False,
        max_length=number_ranges.NOTE_LENGTH,
        help_text=gettext_lazy("Например, решение о выделении номеров"),
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self.errors:
            try:
                told["ends"] = number_ranges.checked(first=told["first"], last=told["last"], note=told["note"])
            except DomainError as refusal:
                self.add_error(getattr(refusal, "field", "first"), refusal.message)
        return told

    @property
    def ends(self) -> Ends:
        """The checked range of the valid form."""
        found: Ends = self.cleaned_data["ends"]
        return found


class ReserveForm(Form):
    """For whom a number, or a run that begins with it, is kept, and until when."""

    unp = forms.CharField(
        label=gettext_lazy("УНП клиента"),
        required=False,
        max_length=9,
        help_text=gettext_lazy("Если клиент уже есть: только он сможет получить номер"),
        widget=forms.TextInput(attrs={"class": "w-s", "inputmode": "numeric", "autocomplete": "off"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Для кого, почему"), required=False, max_length=pool.TEXT_LENGTH,
        help_text=gettext_lazy("Например, «ООО „Ромашка“, ждём подписанный договор»"),
    )  # fmt: skip
    until = DayField(label=gettext_lazy("По какой день"), required=gettext_lazy("Введите последний день резерва"))
    count = forms.IntegerField(
        label=gettext_lazy("Сколько номеров подряд, с этого"),
        min_value=1,
        max_value=pool.MOST_RESERVED,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите, сколько номеров"), "invalid": gettext_lazy("Введите число")},
    )
    token = TokenField()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"until": clock.today() + timedelta(days=OFFERED_DAYS)})

    def clean_unp(self) -> Customer | None:
        unp = self.cleaned_data["unp"].strip()
        if not unp:
            return None
        found = Customer.objects.filter(unp=unp).first()
        if found is None:
            raise forms.ValidationError(_("Клиента с таким УНП нет"))
        return found


class EndForm(Form):
    """Why a hold ends before its time."""

    reason = forms.CharField(
        label=gettext_lazy("Причина"),
        max_length=pool.TEXT_LENGTH,
        help_text=gettext_lazy("Останется в журнале"),
        widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Укажите причину: она останется в журнале")},
    )
