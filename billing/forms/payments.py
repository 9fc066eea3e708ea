from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.selectors import payments
from billing.selectors.payments import Period
from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form
from sipcabinet.lib.periods import Month

_FORMS = ["%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A period that is chosen with one press; `start` and `end` are formatted as in the form's fields."""

    title: str
    start: str
    end: str


class DayInput(forms.DateInput):
    """A day shown and typed as `09.10.2026`. A browser's own field would show it in the browser's language."""

    def __init__(self) -> None:
        attrs = {"class": "w-s", "inputmode": "numeric", "autocomplete": "off", "placeholder": "ДД.ММ.ГГГГ"}
        super().__init__(format="%d.%m.%Y", attrs=attrs)


class DayField(forms.DateField):
    """A day typed as `09.10.2026`; invalid text is shown again as typed."""

    def __init__(self, *, label: Any, required: Any) -> None:
        super().__init__(
            label=label,
            input_formats=_FORMS,
            widget=DayInput(),
            error_messages={
                "required": required,
                "invalid": gettext_lazy("Введите дату в виде ДД.ММ.ГГГГ, например 09.10.2026"),
            },
        )


class FromToForm(Form):
    """The start and the end of a period, in this order; `possible` says which days a period may have."""

    start = DayField(label=gettext_lazy("Начало периода"), required=gettext_lazy("Введите дату начала периода"))
    end = DayField(label=gettext_lazy("Окончание периода"), required=gettext_lazy("Введите дату окончания периода"))

    def clean_start(self) -> date:
        return self.possible(self.cleaned_data["start"])

    def clean_end(self) -> date:
        return self.possible(self.cleaned_data["end"])

    def clean(self) -> None:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and start > end:
            self.add_error("end", _("Окончание периода раньше начала: поменяйте даты местами"))

    def possible(self, day: date) -> date:
        """Returns the day. Raises ValidationError if the day cannot be the first or last day of a period."""
        raise NotImplementedError


class PeriodForm(FromToForm):
    """Start and end of «Информация по платежам»: within the last 12 months, not later than today (2.2.1)."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"start": Month.current().first_day, "end": clock.today()})

    def possible(self, day: date) -> date:
        earliest = payments.earliest()
        if day < earliest:
            message = _("Платежи показываются за последние 12 месяцев: введите дату не раньше %(day)s")
            raise forms.ValidationError(message % {"day": clock.show_date(earliest)})
        if day > clock.today():
            raise forms.ValidationError(_("Эта дата ещё не наступила: введите дату не позже сегодняшней"))
        return day

    @property
    def period(self) -> Period:
        """The period of a valid form."""
        return Period(self.cleaned_data["start"], self.cleaned_data["end"])


def presets() -> list[Preset]:
    month, today = Month.current(), clock.today()
    quarter = Month(month.year, (month.number - 1) // 3 * 3 + 1)
    last = month.shift(-1)
    return [
        _preset(_("Этот месяц"), month.first_day, today),
        _preset(_("Прошлый месяц"), last.first_day, last.last_day),
        _preset(_("Этот квартал"), quarter.first_day, today),
        _preset(_("12 месяцев"), payments.earliest(), today),
    ]


def _preset(title: str, start: date, end: date) -> Preset:
    return Preset(title, clock.show_date(start), clock.show_date(end))
