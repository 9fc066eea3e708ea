from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.forms import Form
from sipcabinet.lib.periods import Month
from sipcabinet.lib.radio import RadioField
from subscribers.models import CallDirection, Destination
from subscribers.names import DIRECTIONS, OUTCOMES
from subscribers.selectors import calls, spellings

FEWEST_DIGITS = 3
TOO_OLD = gettext_lazy("Детализация доступна за текущий и шесть предыдущих месяцев. Выберите месяц из списка.")


_MONTH: dict[str, Any] = {
    "label": gettext_lazy("Месяц"),
    "missing": gettext_lazy("Выберите месяц"),
    "unknown": TOO_OLD,
}
_KIND: dict[str, Any] = {
    "label": gettext_lazy("Вид детализации"),
    "choices": [(direction.value, str(name).capitalize()) for direction, name in DIRECTIONS.items()],
    "missing": gettext_lazy("Выберите вид детализации"),
    "unknown": gettext_lazy("Выберите вид: исходящие или входящие"),
}


class CallsForm(Form):
    """Asks for the month and direction of «Просмотр детализации» (3.6)."""

    month = RadioField(**_MONTH)
    kind = RadioField(**_KIND)

    def __init__(self, data: Any = None) -> None:
        months = calls.months()
        super().__init__(data, initial={"month": months[0].code, "kind": CallDirection.OUT.value})
        self.set_choices("month", _choices(months[0]))

    def clean_month(self) -> Month:
        return Month.parse(self.cleaned_data["month"])

    def clean_kind(self) -> CallDirection:
        return CallDirection(self.cleaned_data["kind"])

    def period(self) -> tuple[Month, CallDirection] | None:
        """The month and direction, whatever else is asked for; None if one of them is wrong."""
        try:
            month, kind = (self.fields[name].clean(self[name].data) for name in ("month", "kind"))
        except forms.ValidationError:
            return None
        return Month.parse(month), CallDirection(kind)


@lru_cache(maxsize=2)
def _choices(newest: Month) -> list[tuple[str, str]]:
    current, *former = newest.last(calls.MONTHS)
    return [
        (current.code, _("%(month)s, текущий") % {"month": current.label_title}),
        *((month.code, month.label_title) for month in former),
    ]


@lru_cache(maxsize=2)
def _charged_choices(newest: Month) -> list[tuple[str, str]]:
    return [("", _("В любом")), *((month.code, month.label_title) for month in newest.last(calls.MONTHS))]


class CallFilterForm(CallsForm):
    """The form above the calls: month, direction, narrowing fields (3.6). `offer_places` gives it the month's
    destinations before it is cleaned.

    `charged` is set by a link from a line of charges: the calls of that line are shown.
    """

    month = RadioField(**_MONTH, widget=forms.Select)
    kind = RadioField(**_KIND, widget=forms.Select)
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

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.set_choices("charged", _charged_choices(Month.current()))

    def offer_places(self, destinations: Iterable[Destination]) -> None:
        self.set_choices("destination", [("", _("Все")), *((place.pk, place.name) for place in destinations)])

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
        field: Any = self.fields["destination"]
        if destination and destination.pk not in {pk for pk, _name in field.choices}:
            self.set_choices("destination", [*field.choices, (destination.pk, destination.name)])
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
