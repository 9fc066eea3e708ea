from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.payments import DayField
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month

EARLIEST = date(2000, 1, 1)


class ReconciliationForm(forms.Form):
    """Start and end of an акт сверки: any period up to today."""

    start = DayField(label=gettext_lazy("Начало периода"), required=gettext_lazy("Введите дату начала периода"))
    end = DayField(label=gettext_lazy("Окончание периода"), required=gettext_lazy("Введите дату окончания периода"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"start": Month.current().shift(-2).first_day, "end": clock.today()})

    def clean_start(self) -> date:
        return _possible(self.cleaned_data["start"])

    def clean_end(self) -> date:
        return _possible(self.cleaned_data["end"])

    def clean(self) -> None:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and start > end:
            self.add_error("end", _("Окончание периода раньше начала: поменяйте даты местами"))


def _possible(day: date) -> date:
    if day > clock.today():
        raise forms.ValidationError(_("Эта дата ещё не наступила: выберите день не позже сегодняшнего"))
    if day < EARLIEST:
        raise forms.ValidationError(_("Введите дату не раньше 01.01.2000"))
    return day
