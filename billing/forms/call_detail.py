"""The two forms of «Детализация на E-mail» (2.3.4)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from billing.models import ReportDirection
from billing.selectors import call_detail
from sipcabinet.lib import clock, phones
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.periods import Month
from sipcabinet.lib.radio import RadioField
from sipcabinet.lib.sent_once import TokenField
from subscribers.models import Subscriber

LONGEST_CHOICE = 2000


class PeriodForm(Form):
    """Asks for the month and the direction. Two fields are hidden: `token` identifies one walk through the wizard;
    `trunks` keeps the marks of step 2 while the user is back on step 1.
    """

    month = RadioField(
        gettext_lazy("Период"),
        missing=gettext_lazy("Выберите период"),
        unknown=gettext_lazy("Выберите текущий или предыдущий месяц"),
    )
    direction = RadioField(
        gettext_lazy("Тип детализации"),
        missing=gettext_lazy("Выберите тип детализации"),
        unknown=gettext_lazy("Выберите тип детализации из списка"),
    )
    token = TokenField()
    trunks = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LONGEST_CHOICE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = _months()  # type: ignore[attr-defined]
        self.fields["direction"].choices = _directions()  # type: ignore[attr-defined]

    @property
    def chosen_month(self) -> Month:
        """The month chosen in a valid form."""
        return Month.parse(self.cleaned_data["month"])

    @property
    def chosen_direction(self) -> ReportDirection:
        """The direction chosen in a valid form."""
        return ReportDirection(self.cleaned_data["direction"])

    @property
    def chosen_token(self) -> str:
        """The token of a valid form; a new token at the start of the wizard."""
        return str(self.cleaned_data["token"])


class TrunksField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes none at run time
    """Subscribers of kind «SIP-соединение», each with its name and state."""

    def label_from_instance(self, obj: Subscriber) -> Any:
        closed = _("отключён %(day)s") % {"day": clock.show_date(obj.closed_at)} if obj.closed_at else ""
        detail = ", ".join(part for part in (obj.label, closed) if part)
        return Option(phones.display(obj.phone), detail=detail)


class SubscribersForm(Form):
    """Asks for the subscribers. It also carries the answers of step 1, which PeriodForm checks again."""

    month = forms.CharField(widget=forms.HiddenInput)
    direction = forms.CharField(widget=forms.HiddenInput)
    token = TokenField()
    trunks = TrunksField(
        queryset=Subscriber.objects.none(),
        label=gettext_lazy("Абоненты с тарифным планом «SIP-соединение»"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Отметьте хотя бы одного абонента"),
            "invalid_choice": gettext_lazy("Отметьте абонентов из списка"),
            "invalid_pk_value": gettext_lazy("Отметьте абонентов из списка"),
            "invalid_list": gettext_lazy("Отметьте абонентов из списка"),
        },
    )

    def __init__(
        self, *args: Any, account: Account, chosen: Month, offered: Sequence[Subscriber], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["trunks"]
        if self.is_bound:
            field.queryset = call_detail.trunks(account, chosen)
        # Read already: Django's own choices read the rows at each look, by a server-side cursor.
        choice = ModelChoiceIterator(field).choice
        field.choices = [choice(one) for one in offered]


def _months() -> list[tuple[str, Option]]:
    current, previous = call_detail.months()
    known = _("звонки на время, когда детализация будет готова")
    return [
        (current.code, Option(current.label_title, detail=_("текущий месяц: %(known)s") % {"known": known})),
        (previous.code, Option(previous.label_title, detail=_("предыдущий месяц, целиком"))),
    ]


def _directions() -> list[tuple[str, str]]:
    return [(direction.value, str(direction.label).capitalize()) for direction in ReportDirection]
