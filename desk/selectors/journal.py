"""The staff's journal: actions and looks of everybody, filtered by who, what, account, when, from where, text (4.10).

Every filter reads its page by an index of its own, so a page costs the same with a thousand rows and with millions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AuditEvent, Look, User
from desk.selectors import journal_groups, merged
from desk.selectors.merged import Source
from sipcabinet.lib.keyset import Page
from sipcabinet.lib.look_kinds import LookKind

PAGE_SIZE = 50
MOST_ACCOUNTS = 200
# A loose index scan: one probe for each code, whatever the number of events.
_CODES = """
WITH RECURSIVE codes AS (
    (SELECT action FROM accounts_auditevent ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM accounts_auditevent WHERE action > codes.action ORDER BY action LIMIT 1)
    FROM codes WHERE codes.action IS NOT NULL
)
SELECT action FROM codes WHERE action IS NOT NULL
"""


class Who(models.TextChoices):
    """Whose actions to show; a person of the staff is given by the primary key instead."""

    STAFF = "staff", _("Все сотрудники")
    CUSTOMER = "customer", _("Клиенты")
    SYSTEM = "system", _("Система")


class What(models.TextChoices):
    """Actions or looks; a group of actions and a kind of looks are given by their own values."""

    ACTIONS = "actions", _("Все действия")
    LOOKS = "looks", _("Все просмотры")


LOOK_KINDS = [(f"look-{kind.value}", kind.label) for kind in LookKind]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the journal. An empty value does not filter; `accounts` None stands for all accounts.

    `start` is included, `end` is not. `code` is a whole action code (`payment.booked`); `known_codes` are all of them.
    """

    who: str = ""
    what: str = ""
    code: str = ""
    known_codes: Sequence[str] = ()
    accounts: Sequence[int] | None = None
    start: datetime | None = None
    end: datetime | None = None
    address: str = ""
    text: str = ""


def page(wanted: Wanted, *, onward: str = "", back: str = "") -> Page[AuditEvent | Look]:
    """A page of events and looks, newest first, with their accounts, customers and users."""
    return merged.page(_sources(wanted), size=PAGE_SIZE, onward=onward, back=back)


def rows(wanted: Wanted) -> Iterator[AuditEvent | Look]:
    """All events and looks, newest first, read in chunks. Call it inside a transaction."""
    return merged.rows(_sources(wanted))


def has_more_than(wanted: Wanted, count: int) -> bool:
    """Whether more rows than `count` are wanted; reads no more of them."""
    return merged.has_more_than(_sources(wanted), count)


def codes() -> list[str]:
    """All action codes of the journal, in alphabetical order."""
    with connection.cursor() as cursor:
        cursor.execute(_CODES)
        return [code for (code,) in cursor.fetchall()]


def staff() -> QuerySet[User]:
    """People of the staff, present and former, by name."""
    return User.objects.filter(is_staff=True).order_by("name", "phone").only("pk", "name", "phone")


def accounts_of(text: str) -> list[int]:
    """Primary keys of the accounts that a text names: by whole number, by whole УНП, or by a part of the customer's
    name (at most MOST_ACCOUNTS)."""
    exact = Account.objects.filter(Q(number=text) | Q(customer__unp=text))
    if found := list(exact.values_list("pk", flat=True)):
        return found
    named = Account.objects.filter(customer__name__icontains=text).order_by("pk")
    return list(named.values_list("pk", flat=True)[:MOST_ACCOUNTS])


def _sources(wanted: Wanted) -> list[Source]:
    """Looks come before actions of the same moment."""
    return [Source(_events(wanted), wanted.text), Source(_looks(wanted), wanted.text)]


def _events(wanted: Wanted) -> QuerySet[AuditEvent]:
    found = _common(AuditEvent.objects.all(), wanted)
    if wanted.who == Who.CUSTOMER:
        found = found.filter(by_staff=False, user__isnull=False)
    elif wanted.who == Who.SYSTEM:
        found = found.filter(user__isnull=True)
    elif wanted.who == Who.STAFF:
        found = found.filter(by_staff=True)
    elif wanted.who:
        found = found.filter(user_id=int(wanted.who))
    if wanted.code:
        return found.filter(action=wanted.code)
    return found.filter(_actions(wanted.what, wanted.known_codes)) if wanted.what else found


def _looks(wanted: Wanted) -> QuerySet[Look]:
    """Only staff look; a filter by an action shows no looks."""
    is_of_actions = wanted.what == What.ACTIONS or wanted.what in journal_groups.ActionGroup.values
    if wanted.code or is_of_actions or wanted.who in {Who.CUSTOMER, Who.SYSTEM}:
        return Look.objects.none()
    found = _common(Look.objects.all(), wanted)
    if wanted.who and wanted.who != Who.STAFF:
        found = found.filter(user_id=int(wanted.who))
    if kind := wanted.what.removeprefix("look-") if wanted.what.startswith("look-") else "":
        found = found.filter(kind=kind)
    return found


def _common(found: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    found = found.select_related("account__customer", "user").defer("user__password")
    if wanted.accounts is not None:
        found = found.filter(account_id__in=wanted.accounts)
    if wanted.start:
        found = found.filter(at__gte=wanted.start)
    if wanted.end:
        found = found.filter(at__lt=wanted.end)
    if wanted.address:
        found = found.filter(address=wanted.address)
    return found


def _actions(what: str, known: Sequence[str]) -> Q:
    """Events of a group, of all groups, or (among the looks) downloads of files."""
    readings = [code for code in known if journal_groups.is_reading(code)]
    if what == What.ACTIONS:
        return ~Q(action__in=readings) if readings else Q()
    if what in {What.LOOKS, f"look-{LookKind.FILE}"}:
        return Q(action__in=readings)
    if what.startswith("look-"):
        return Q(pk__in=[])
    return Q(action__in=journal_groups.in_group(known, what))
