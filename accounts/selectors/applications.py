"""The register of written applications, for staff (4.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, QuerySet

from accounts.models import Account, ApplicationState, WrittenApplication
from sipcabinet.lib import keyset
from sipcabinet.lib.periods import midnight

PAGE_SIZE = 30
MOST_OFFERED = 50  # waiting papers of an account that a form offers
OLDEST_FIRST, NEWEST_FIRST = ("received_at", "id"), ("-received_at", "-id")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue in two figures; `oldest` is when the oldest waiting paper was received."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which papers a list shows; an empty value does not narrow. `since` and `until` are days of receipt, included."""

    state: str = ""
    kind: str = ""
    account: Account | None = None
    since: date | None = None
    until: date | None = None


def waiting() -> Waiting:
    """How many papers wait for a decision, and since when: one query."""
    found = _waiting().aggregate(count=Count("pk"), oldest=Min("received_at"))
    return Waiting(found["count"], found["oldest"])


def page(selection: Selection, *, onward: str = "", back: str = "") -> keyset.Page[WrittenApplication]:
    """A page of the register: waiting papers the oldest first, any other selection the newest first."""
    order = OLDEST_FIRST if selection.state == ApplicationState.RECEIVED else NEWEST_FIRST
    rows = _selected(selection).select_related("account__customer", "received_by", "decided_by")
    return keyset.page(rows, order=order, size=PAGE_SIZE, onward=onward, back=back)


def find(pk: int) -> WrittenApplication | None:
    """A paper with its account, customer and people, or None."""
    rows = WrittenApplication.objects.select_related("account__customer", "received_by", "decided_by")
    return rows.filter(pk=pk).first()


def next_waiting(after: WrittenApplication | None = None) -> WrittenApplication | None:
    """The oldest waiting paper, or the one after `after` in the queue; after the last one the first again, if it is
    another."""
    rows = _waiting().order_by(*OLDEST_FIRST)
    if after is None:
        return rows.first()
    later = rows.filter(received_at__gte=after.received_at).exclude(received_at=after.received_at, pk__lte=after.pk)
    return later.first() or rows.exclude(pk=after.pk).first()


def waiting_of(account: Account, kinds: Iterable[str]) -> list[WrittenApplication]:
    """The waiting papers of an account of these kinds, oldest first: a form offers them as the grounds of a change."""
    rows = _waiting().filter(account=account, kind__in=list(kinds)).order_by(*OLDEST_FIRST)
    return list(rows[:MOST_OFFERED])


def _waiting() -> QuerySet[WrittenApplication]:
    return WrittenApplication.objects.filter(state=ApplicationState.RECEIVED)


def _selected(selection: Selection) -> QuerySet[WrittenApplication]:
    rows = WrittenApplication.objects.all()
    if selection.state:
        rows = rows.filter(state=selection.state)
    if selection.kind:
        rows = rows.filter(kind=selection.kind)
    if selection.account is not None:
        rows = rows.filter(account=selection.account)
    if selection.since:
        rows = rows.filter(received_at__gte=midnight(selection.since))
    if selection.until:
        rows = rows.filter(received_at__lt=midnight(selection.until + timedelta(days=1)))
    return rows
