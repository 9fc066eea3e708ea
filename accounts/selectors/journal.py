"""«Журнал действий» (1.3): the actions in an account: who did what, when and from where."""

from functools import cache
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AuditEvent
from sipcabinet.lib import changes, keyset, tenancy
from sipcabinet.lib.changes import ShownChange
from sipcabinet.lib.keyset import Listing

PAGE_SIZE = 30
ORDER = ("-at", "-id")


class Section(models.TextChoices):
    """How the journal's filter groups actions."""

    SECURITY = "security", gettext_lazy("Вход и безопасность")
    DOCUMENTS = "documents", gettext_lazy("Заказы и документы")
    SUBSCRIBERS = "subscribers", gettext_lazy("Абоненты и услуги")
    MONEY = "money", gettext_lazy("Счета и платежи")
    ACCOUNT = "account", gettext_lazy("Лицевой счёт")


PREFIXES: dict[str, tuple[str, ...]] = {
    Section.SECURITY: ("sign_in", "password", "session", "second_factor", "step_up", "login"),
    Section.DOCUMENTS: ("order", "document", "letter", "file", "link"),
    Section.SUBSCRIBERS: (
        "subscriber",
        "number",
        "trunk",
        "service",
        "channels",
        "sip",
        "provisioning",
        "calls",
        "limit",
        "alarm",
    ),
    Section.MONEY: ("payment", "guarantee", "invoice", "delivery", "debt"),
    Section.ACCOUNT: ("account", "customer", "application"),
}

_OF_STAFF = "money."  # what staff propose to each other; the customer sees what is carried out (payment.moved)

# Actions whose changed values customers see: of these fields, or (None) of all. Other actions show none.
_SHOWN_CHANGES: dict[str, frozenset[str] | None] = {
    "account.email_changed": None,
    "delivery.changed": None,
    "number.labelled": None,
    "channels.changed": None,
    "service.minutes": None,
    "number.restriction": None,
    "sip.access_changed": None,
    "limit.set": None,
    "subscriber.changed": frozenset({"label"}),
    "account.changed": frozenset({"contract_number", "contract_date", "payment_terms"}),
    "customer.changed": frozenset(
        {"name", "unp", "address", "iban", "bank_name", "bank_bic", "contact_name", "contact_phone"}
    ),
}


def events(account: Account, *, section: str = "", onward: str = "", back: str = "") -> keyset.Page[AuditEvent]:
    """A page of the account's events, newest first; `section` is one of `Section`, or empty for all."""
    return _listing(section if section in PREFIXES else "").page(account.pk, size=PAGE_SIZE, onward=onward, back=back)


@cache
def _listing(section: str) -> Listing[AuditEvent]:
    def rows(account: Any) -> QuerySet[AuditEvent]:
        of_account = tenancy.of(account).rows(AuditEvent).exclude(action__startswith=_OF_STAFF)
        return of_account.filter(_in_section(section)).select_related("user").defer("user__password")

    return Listing(AuditEvent, rows, 1, order=ORDER)


def actor(event: AuditEvent) -> str:
    """Who did it, in words for the customer: names of staff are not shown."""
    if event.by_staff:
        return _("Сотрудник оператора")
    return str(event.user) if event.user else _("Система")


def changes_of(event: AuditEvent) -> list[ShownChange]:
    """Values before and after that the customer may see: of his own account alone, not what the operator notes."""
    shown = _SHOWN_CHANGES.get(event.action, frozenset())
    return [change for field, change in changes.shown(event.details) if shown is None or field in shown]


def _in_section(section: str) -> Q:
    chosen = Q()
    for prefix in PREFIXES.get(section, ()):
        chosen |= Q(action__startswith=f"{prefix}.")
    return chosen
