from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.periods import Month
from sipcabinet.lib.radio import RadioField
from subscribers.models import CallDirection, Destination
from subscribers.names import DIRECTIONS, OUTCOMES
from subscribers.selectors import calls, spellings

FEWEST_DIGITS = 3
TOO_OLD = gettext_lazy("Детализация доступна за текущий и шесть предыдущих месяцев. Выберите месяц из списка.")


class CallsForm(forms.Form):
    """Asks for the month and direction of «Просмотр детализации» (3.6)."""

    month = RadioField(
        gettext_lazy("Месяц"),
        missing=gettext_lazy("Выберите месяц"),
        unknown=TOO_OLD,
    )
    kind = RadioField(
        gettext_lazy("Вид детализации"),
        choices=[(direction.value, str(name).capitalize()) for direction, name in DIRECTIONS.items()],
        missing=gettext_lazy("Выберите вид детализации"),
        unknown=gettext_lazy("Выберите вид: исходящие или входящие"),
    )

    def __init__(self, data: Any = None) -> None:
        months = calls.months()
        super().__init__(data, initial={"month": months[0].code, "kind": CallDirection.OUT.value})
        current = (months[0].code, _("%(month)s, текущий") % {"month": months[0].label_title})
        self._choice("month").choices = [current, *((month.code, month.label_title) for month in months[1:])]

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    def clean_month(self) -> Month:
        return Month.parse(self.cleaned_data["month"])

    def clean_kind(self) -> CallDirection:
        return CallDirection(self.cleaned_data["kind"])


class CallFilterForm(CallsForm):
    """The form above the calls: month, direction, narrowing fields (3.6). `offered`: the month's destinations.

    `charged` is set by a link from a line of charges: the calls of that line are shown.
    """

    number = forms.CharField(
        label=gettext_lazy("Номер собеседника"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "700-00"}),
    )
    destination = forms.ModelChoiceField(
        Destination.objects.all(),
        label=gettext_lazy("Направление"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Выберите направление из списка")},
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Результат"),
        required=False,
        choices=[("", gettext_lazy("Все звонки")), *((code, name) for code, (name, _answered) in OUTCOMES.items())],
        error_messages={"invalid_choice": gettext_lazy("Выберите результат из списка")},
    )

    charged = forms.ChoiceField(
        label=gettext_lazy("Начислены в месяце"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Выберите месяц из списка")},
    )

    def __init__(self, data: Any, offered: Sequence[Destination]) -> None:
        super().__init__(data)
        months = [(month.code, month.label_title) for month in calls.months()]
        self._choice("charged").choices = [("", _("В любом")), *months]
        for name in ("month", "kind"):
            choices = list(self._choice(name).choices)
            self.fields[name].widget = forms.Select()
            self._choice(name).choices = choices  # a new widget does not have the choices yet
        self._offer(offered)

    def _offer(self, destinations: Sequence[Destination]) -> None:
        self._choice("destination").choices = [("", _("Все")), *((place.pk, place.name) for place in destinations)]

    def clean_number(self) -> str:
        text: str = self.cleaned_data["number"]
        count = len(spellings.digits(text))
        if text and not count:
            raise forms.ValidationError(_("Введите номер или его часть цифрами, например 700-00"))
        if text and count < FEWEST_DIGITS:
            raise forms.ValidationError(_("Введите не меньше трёх цифр номера"))
        return text

    def clean_destination(self) -> Destination | None:
        """A destination without calls in this month stays in the list, so that the user can choose another month."""
        destination: Destination | None = self.cleaned_data["destination"]
        choice = self._choice("destination")
        if destination and destination.pk not in {pk for pk, _name in choice.choices}:
            choice.choices = [*choice.choices, (destination.pk, destination.name)]
        return destination

    def clean_outcome(self) -> bool | None:
        """True: only answered calls; False: only unanswered ones; None: all."""
        return OUTCOMES[self.cleaned_data["outcome"]][1] if self.cleaned_data["outcome"] else None

    def clean_charged(self) -> Month | None:
        return Month.parse(self.cleaned_data["charged"]) if self.cleaned_data["charged"] else None

    @property
    def narrowing(self) -> dict[str, Any]:
        """The narrowing fields of a Selection; only for a valid form."""
        asked = self.cleaned_data
        return {
            "number": asked["number"],
            "destination": asked["destination"],
            "answered": asked["outcome"],
            "charged_in": asked["charged"],
        }
