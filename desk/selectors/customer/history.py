"""The newest attempts to sign in and the newest events of the journal, in one query; and the notes of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, Value
from django.utils.translation import gettext as _

from accounts.models import Account, AuditEvent, Customer, SignIn, SignInOutcome, User
from accounts.selectors.devices import describe
from desk.models import StaffNote
from desk.selectors.customer.sight import Sight
from desk.selectors.of_each import first_of_each
from sipcabinet.lib import phones

EVENTS, ATTEMPTS, NOTES = 5, 3, 5


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the journal; `who`: the person's name, for staff."""

    at: datetime
    summary: str
    who: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in with a login of the customer."""

    at: datetime
    who: str
    phone: str
    address: str
    device: str
    outcome: SignInOutcome

    @property
    def is_refusal(self) -> bool:
        return SignIn(outcome=self.outcome).is_refusal


@dataclass(frozen=True, slots=True)
class Traces:
    attempts: Sequence[Attempt]
    events: Sequence[Event]


def traces(customer: Customer, sight: Sight) -> Traces:
    """The newest attempts and events of the customer's logins and accounts; one query."""
    both = ((_attempts(customer), sight.sign_ins), (_events(customer), sight.journal))
    parts = [rows for rows, is_seen in both if is_seen]
    if not parts:
        return Traces((), ())
    rows = list(parts[0].union(parts[1], all=True) if len(parts) > 1 else parts[0])
    rows.sort(key=lambda row: (row["at"], row["pk"]), reverse=True)
    attempts = [_attempt(row) for row in rows if row["result"]]
    events = [_event(row) for row in rows if not row["result"]]
    return Traces(attempts[:ATTEMPTS], events[:EVENTS])


def _attempts(customer: Customer) -> QuerySet[Any, Any]:
    users = User.objects.filter(account__customer=customer)
    newest = first_of_each(users, SignIn.objects.all(), by="user", order=("-at", "-pk"), count=ATTEMPTS)
    return SignIn.objects.filter(pk__in=newest).values(
        "pk", "at", "address", phone=F("user__phone"), name=F("user__name"), result=F("outcome"), told=F("user_agent")
    )


def _events(customer: Customer) -> QuerySet[Any, Any]:
    accounts = Account.objects.filter(customer=customer)
    newest = first_of_each(accounts, AuditEvent.objects.all(), by="account", order=("-at", "-id"), count=EVENTS)
    return AuditEvent.objects.filter(pk__in=newest).values(
        "pk", "at", "address", phone=F("user__phone"), name=F("user__name"), result=Value(""), told=F("summary")
    )


def _attempt(row: dict[str, Any]) -> Attempt:
    phone = row["phone"] or ""
    who = row["name"] or phones.display(phone)
    return Attempt(row["at"], who, phone, row["address"], describe(row["told"]), SignInOutcome(row["result"]))


def _event(row: dict[str, Any]) -> Event:
    who = row["name"] or (phones.display(row["phone"]) if row["phone"] else _("Система"))
    return Event(row["at"], row["told"], who)


def notes(customer: Customer) -> QuerySet[StaffNote]:
    """All notes about the customer, newest first."""
    rows = StaffNote.objects.filter(customer=customer).select_related("author", "struck_by")
    return rows.defer("author__password", "struck_by__password").order_by("-written_at", "-pk")


def latest_notes(customer: Customer) -> list[StaffNote]:
    """The newest notes that are not struck out; one query."""
    return list(notes(customer).filter(struck_at__isnull=True)[:NOTES])
