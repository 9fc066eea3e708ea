"""The period of a report: whole months (4.15)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.selectors.reports import MOST_MONTHS, Period
from sipcabinet.lib.forms import Form
from sipcabinet.lib.periods import Month

_YEARS = range(2000, 2100)


class MonthField(forms.CharField):
    """A month, shown and typed as `10.2026`; also `2026-10`, which addresses of reports hold."""

    def __init__(self, label: Any) -> None:
        attrs = {"class": "w-s", "inputmode": "numeric", "autocomplete": "off", "placeholder": "ММ.ГГГГ"}
        super().__init__(label=label, max_length=10, widget=forms.TextInput(attrs=attrs), strip=True)
        self.error_messages["required"] = gettext_lazy("Введите месяц")

    def prepare_value(self, value: Any) -> Any:
        year, dash, month = str(value or "").partition("-")
        return f"{month}.{year}" if dash and year.isdigit() and month.isdigit() else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        first, _dot, second = text.partition(".")
        try:
            month = Month.parse(f"{second}-{first.zfill(2)}" if second else text)
        except ValueError:
            month = None
        if month is None or month.year not in _YEARS:
            raise ValidationError(_("Введите месяц в виде ММ.ГГГГ, например 10.2026"))
        return month


class PeriodForm(Form):
    """From one month to another, at most MOST_MONTHS; `period` has the checked values."""

    first = MonthField(gettext_lazy("С месяца"))
    last = MonthField(gettext_lazy("По месяц"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("Последний месяц раньше первого"))
        elif first and last and first.shift(MOST_MONTHS) <= last:
            self.add_error("last", _("Выберите не больше %(most)d месяцев") % {"most": MOST_MONTHS})
        return cleaned

    @property
    def period(self) -> Period:
        """Call it after `is_valid`."""
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])


def usual() -> dict[str, str]:
    """The period of a report that is opened without one: twelve months up to this one."""
    month = Month.current()
    return {"first": month.shift(-11).code, "last": month.code}
