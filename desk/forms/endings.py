"""Forms that end or suspend something for a customer, each with its day and reason (4.11)."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.payments import DayField
from desk.forms.customer import ConfirmForm, ReasonForm
from desk.forms.numbers import PlanField
from desk.services import suspensions
from sipcabinet.lib import clock
from subscribers.models import Subscriber


class EndForm(ReasonForm):
    """Since when: today, a past day of an open month, or a coming day, for which it is planned."""

    on = DayField(label=gettext_lazy("С какого дня"), required=gettext_lazy("Введите день"))
    field_order: tuple[str, ...] = ("on", "reason")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"on": clock.today()})
        self.fields["on"].help_text = _("Сегодня — сразу. Будущий день — в 00:00 этого дня, по Минску")


class DisconnectForm(EndForm):
    """A number that goes into quarantine, or to another operator."""

    ported_out = forms.BooleanField(
        label=gettext_lazy("Номер переносится к другому оператору"),
        required=False,
        help_text=gettext_lazy("Тогда он уходит из ёмкости без карантина"),
    )
    field_order = ("on", "ported_out", "reason")


class PlanChangeForm(EndForm):
    """Another plan of the number's kind, from today or from a coming day."""

    plan = PlanField()
    field_order = ("plan", "on", "reason")

    def __init__(self, subscriber: Subscriber, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["plan"]
        field.queryset = field.queryset.filter(kind=subscriber.kind).exclude(pk=subscriber.plan_id)

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day < clock.today():
            raise forms.ValidationError(_("План меняется с сегодняшнего дня или позже"))
        return day


class SuspendForm(ConfirmForm):
    """The customer's application, the first day without calls and the first day with calls again."""

    paper = forms.CharField(
        label=gettext_lazy("Заявление клиента"),
        max_length=suspensions.LONGEST_PAPER,
        help_text=gettext_lazy("Номер и дата, например «№ 12 от 09.10.2026». Клиент прочтёт это в журнале"),
        widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Укажите номер и дату заявления")},
    )
    since = DayField(label=gettext_lazy("Приостановить с"), required=gettext_lazy("Введите первый день"))
    until = DayField(label=gettext_lazy("Возобновить с"), required=gettext_lazy("Введите день возобновления"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"since": clock.today()})

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since is not None and since < clock.today():
            self.add_error("since", _("Приостановить можно с сегодняшнего дня или позже"))
        elif since is not None and until is not None and until <= since:
            self.add_error("until", _("День возобновления должен быть позже"))
        return told
