"""«Журнал действий» (1.3): what was done in this account, by whom, when and from where."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account, AuditEvent
from accounts.services.audit import PREFIXES
from sipcabinet.lib import keyset, tenancy

PAGE_SIZE = 30
ORDER = ("-at", "-id")


def events(account: Account, *, section: str = "", onward: str = "", back: str = "") -> keyset.Page[AuditEvent]:
    """A page of the account's events, newest first; `section` is one of `audit.Section`, or empty for all."""
    rows = (
        tenancy.of(account).rows(AuditEvent).select_related("user").defer("user__password").filter(_in_section(section))
    )
    return keyset.page(rows, order=ORDER, size=PAGE_SIZE, onward=onward, back=back)


def actor(event: AuditEvent) -> str:
    """Who did it, as the customer may know it: staff have no names here."""
    if event.by_staff:
        return _("Сотрудник оператора")
    return str(event.user) if event.user else _("Система")


def _in_section(section: str) -> Q:
    chosen = Q()
    for prefix in PREFIXES.get(section, ()):
        chosen |= Q(action__startswith=f"{prefix}.")
    return chosen
