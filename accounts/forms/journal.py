from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.selectors.journal import Section
from sipcabinet.lib.forms import Form


class JournalFilter(Form):
    """Selects the events that «Журнал действий» shows."""

    section = forms.ChoiceField(label=_("Раздел"), required=False, choices=[("", _("Все")), *Section.choices])
