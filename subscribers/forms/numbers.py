from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.forms import Form
from subscribers.models import PlanKind, Subscriber, SubscriberStatus
from subscribers.selectors import numbers


class NumberSearchForm(Form):
    """Filters the account's numbers on «Выбор SIP-абонента» (3.0)."""

    phone = forms.CharField(
        label=_("Номер телефона или название"),
        required=False,
        max_length=60,
        widget=forms.SearchInput(attrs={"autocomplete": "off", "placeholder": "711-20"}),
    )
    plan = forms.TypedChoiceField(label=_("Тарифный план"), required=False, coerce=int, empty_value=None)
    status = forms.ChoiceField(label=_("Статус"), required=False, choices=[("", _("Любой")), *SubscriberStatus.choices])
    trunk = forms.ModelChoiceField(Subscriber.objects.none(), required=False, widget=forms.HiddenInput())

    def __init__(self, account: Account, data: Any) -> None:
        super().__init__(data, auto_id="number-%s")
        self._plans = {plan.pk: plan for plan in numbers.plans(account)}
        self.set_choices("plan", [("", _("Все")), *((pk, plan.name) for pk, plan in self._plans.items())])
        if "trunk" in self.data:  # a link of a trunk's page; without it no query is made
            trunk: Any = self.fields["trunk"]
            trunk.queryset = tenancy.of(account).rows(Subscriber).filter(kind=PlanKind.TRUNK)

    def clean_phone(self) -> str:
        text: str = self.cleaned_data["phone"]
        if text and not any(map(str.isalnum, text)):
            raise forms.ValidationError(_("Введите номер, его часть, например 711-20, или название"))
        return text

    @property
    def wanted(self) -> numbers.Wanted:
        """The filter from a valid form."""
        asked = self.cleaned_data
        return numbers.Wanted(
            phone=asked["phone"],
            plan=self._plans.get(asked["plan"]),
            status=asked["status"],
            trunk=asked["trunk"],
        )

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return any(self.cleaned_data.values())
