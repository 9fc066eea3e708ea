from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.selectors.journal import Section


class JournalFilter(forms.Form):
    """Which events «Журнал действий» shows."""

    section = forms.ChoiceField(label=_("Раздел"), required=False, choices=[("", _("Все")), *Section.choices])
