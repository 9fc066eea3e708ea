"""Words of the manual that several pages share."""

from django.utils.translation import gettext_lazy as _

from subscribers.models import CallDirection

DIRECTIONS = {CallDirection.OUT: _("исходящие"), CallDirection.IN: _("входящие")}
NO_DIRECTIONS = {  # «исходящих звонков не было»
    CallDirection.OUT: _("исходящих"),
    CallDirection.IN: _("входящих"),
}
# What a filter of calls offers, and which ones it leaves.
OUTCOMES = {"answered": (_("Только отвеченные"), True), "unanswered": (_("Только неотвеченные"), False)}
