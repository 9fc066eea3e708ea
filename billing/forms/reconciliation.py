from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from billing.forms.payments import FromToForm
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month

EARLIEST = date(2000, 1, 1)


class ReconciliationForm(FromToForm):
    """Start and end of an акт сверки: any period up to today."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"start": Month.current().shift(-2).first_day, "end": clock.today()})

    def possible(self, day: date) -> date:
        if day > clock.today():
            raise forms.ValidationError(_("Эта дата ещё не наступила: выберите день не позже сегодняшнего"))
        if day < EARLIEST:
            raise forms.ValidationError(_("Введите дату не раньше 01.01.2000"))
        return day
