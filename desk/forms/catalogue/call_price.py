"""«Сколько стоит звонок» (4.3)."""

import re
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.payments import DayInput
from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form
from subscribers.models import TariffPlan

_LENGTH = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})|(\d{1,5})", re.ASCII)
LONGEST = 24 * 3600


class CallPriceForm(Form):
    """A number, the length of the call, the day and the time, and the plan of the caller."""

    called = forms.CharField(
        label=gettext_lazy("Куда"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "+48 22 123-45-67"}),
        error_messages={"required": gettext_lazy("Введите номер")},
    )
    length = forms.CharField(
        label=gettext_lazy("Длительность"),
        max_length=9,
        initial="3:20",
        help_text=gettext_lazy("минуты и секунды, 3:20"),
        widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Введите длительность, например 3:20")},
    )
    day = forms.DateField(
        label=gettext_lazy("День"),
        initial=clock.today,
        widget=DayInput(),
        error_messages={"required": gettext_lazy("Выберите день")},
    )
    plan = forms.ModelChoiceField(
        TariffPlan.objects.order_by("name"),
        label=gettext_lazy("Тарифный план"),
        required=False,
        empty_label=gettext_lazy("любой"),
        error_messages={"invalid_choice": gettext_lazy("Выберите план из списка")},
    )

    def clean_length(self) -> int:
        """The length in seconds."""
        found = _LENGTH.fullmatch(self.cleaned_data["length"].strip())
        if found is None:
            raise forms.ValidationError(_("Введите минуты и секунды: 3:20"))
        hours, minutes, seconds, alone = (int(part or 0) for part in found.groups())
        length = hours * 3600 + minutes * 60 + seconds + alone
        if not 0 < length <= LONGEST or seconds > 59:
            raise forms.ValidationError(_("Длительность — от одной секунды до суток"))
        return length

    @property
    def moment(self) -> datetime:
        """Noon of the day in Minsk: rates change at midnight."""
        day: Any = self.cleaned_data["day"]
        return datetime.combine(day, time(12), tzinfo=clock.MINSK)
