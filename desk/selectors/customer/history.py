"""The newest events of the customer's journal, and the notes of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account, AuditEvent, Customer
from desk.models import StaffNote
from desk.selectors.of_each import first_of_each

EVENTS, NOTES = 5, 5


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the journal; `who`: the person's name, for staff."""

    at: datetime
    summary: str
    who: str


def events(customer: Customer) -> Sequence[Event]:
    """The newest events of the customer's accounts; one query."""
    accounts = Account.objects.filter(customer=customer)
    newest = first_of_each(accounts, AuditEvent.objects.all(), by="account", order=("-at", "-id"), count=EVENTS)
    rows = AuditEvent.objects.filter(pk__in=newest).select_related("user").defer("user__password")
    return [_event(row) for row in rows.order_by("-at", "-pk")[:EVENTS]]


def _event(row: AuditEvent) -> Event:
    return Event(row.at, row.summary, row.user.get_full_name() if row.user else _("Система"))


def notes(customer: Customer) -> QuerySet[StaffNote]:
    """All notes about the customer, newest first."""
    rows = StaffNote.objects.filter(customer=customer).select_related("author", "struck_by")
    return rows.defer("author__password", "struck_by__password").order_by("-written_at", "-pk")


def latest_notes(customer: Customer) -> Sequence[StaffNote]:
    """The newest notes that are not struck out; one query."""
    return notes(customer).filter(struck_at__isnull=True)[:NOTES]
