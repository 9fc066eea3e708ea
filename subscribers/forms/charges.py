from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form
from sipcabinet.lib.periods import Month
from sipcabinet.lib.radio import RadioField
from subscribers.models import Subscriber
from subscribers.selectors import charges

TOO_OLD = gettext_lazy("Начисления доступны за текущий и два предыдущих месяца. Выберите месяц из списка.")


class ChargesForm(Form):
    """The month of «Начисления за период» (3.5); `compact` renders it as a list above the charges."""

    month = RadioField(
        gettext_lazy("Месяц"),
        missing=gettext_lazy("Выберите месяц"),
        unknown=TOO_OLD,
    )

    def __init__(self, subscriber: Subscriber, data: Any = None, *, compact: bool = False) -> None:
        months = charges.months(subscriber)
        super().__init__(data, initial={"month": months[0].code})
        choices = [(month.code, month.label_title) for month in months]
        if compact:
            self.fields["month"].widget = forms.Select()
        else:
            choices[0] = (months[0].code, _("%(month)s, текущий") % {"month": months[0].label_title})
        field: Any = self.fields["month"]
        field.choices = choices
        if len(months) < charges.MONTHS:
            field.error_messages["invalid_choice"] = _since(subscriber)

    def clean_month(self) -> Month:
        return Month.parse(self.cleaned_data["month"])


def _since(subscriber: Subscriber) -> str:
    connected = clock.show_date(subscriber.connected_at)
    return _("Абонент подключён %(day)s, раньше начислений не было. Выберите месяц из списка.") % {"day": connected}
