"""The filters of «Дебиторы» (4.8)."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.selectors.aging import Age, AgedFilter, DebtorState
from sipcabinet.lib.forms import Form


class DebtorsForm(Form):
    """A customer, how late, and what is done about it; `wanted` has the checked values."""

    text = forms.CharField(label=_("Клиент, УНП или лицевой счёт"), required=False, max_length=100, strip=True)
    age = forms.ChoiceField(label=_("Просрочка"), required=False, choices=[("", _("Все долги")), *Age.choices])
    state = forms.ChoiceField(label=_("Состояние"), required=False, choices=[("", _("Любое")), *DebtorState.choices])

    def wanted(self, soon: Sequence[int]) -> AgedFilter:
        """`soon`: ids of the accounts that will be barred on the next working day. Call it after `is_valid`."""
        told = self.cleaned_data
        return AgedFilter(text=told["text"], age=told["age"], state=told["state"], soon=soon)
