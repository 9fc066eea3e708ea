"""Words of the manual used on several pages."""

from django.utils.translation import gettext_lazy as _

from subscribers.models import CallDirection

DIRECTIONS = {CallDirection.OUT: _("исходящие"), CallDirection.IN: _("входящие")}
NO_DIRECTIONS = {  # «исходящих звонков не было»
    CallDirection.OUT: _("исходящих"),
    CallDirection.IN: _("входящих"),
}
# The outcomes offered by a filter of calls, and which calls each one shows.
OUTCOMES = {"answered": (_("Только отвеченные"), True), "unanswered": (_("Только неотвеченные"), False)}
