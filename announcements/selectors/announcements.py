"""What staff see of an announcement, and what a customer sees (4.14)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Account
from announcements.models import Addressee, Announcement
from sipcabinet.lib import clock, keyset, tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId

PAGE_SIZE = 50
ORDER = ["-created_at", "-id"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the letters of an announcement are: numbers of accounts."""

    addressees: int
    without_address: int
    written: int
    sent: int
    refused: int
    hidden: int

    @property
    def with_address(self) -> int:
        return self.addressees - self.without_address

    @property
    def on_the_way(self) -> int:
        """Letters that stand in the outbox."""
        return self.written - self.sent - self.refused


@dataclass(frozen=True, slots=True)
class Banner:
    """An announcement on a customer's page."""

    pk: int
    title: str
    text: str


def listed(*, onward: str = "", back: str = "") -> keyset.Page[Announcement]:
    """A page of all announcements, the newest first."""
    found = Announcement.objects.select_related("created_by", "started_by")
    return keyset.page(found, order=ORDER, size=PAGE_SIZE, onward=onward, back=back)


def progress(announcement: Announcement) -> Progress:
    """One query."""
    letter = "letter__state"
    counted: dict[str, Any] = Addressee.objects.filter(announcement=announcement).aggregate(
        addressees=Count("pk"),
        without_address=Count("pk", filter=Q(without_address=True)),
        written=Count("letter"),
        sent=Count("pk", filter=Q(**{letter: JobState.DONE})),
        refused=Count("pk", filter=Q(**{f"{letter}__in": [JobState.REFUSED, JobState.PARKED]})),
        hidden=Count("hidden_at"),
    )
    return Progress(**counted)


def banners(account: Account) -> list[Banner]:
    """The banners of a customer's page, the newest first. No query for an account that no banner is for today."""
    now = clock.now()
    if account.announced_until is None or account.announced_until <= now:
        return []
    return [Banner(*row) for row in _SHOWN.rows(account.pk, now)]


def _shown(account: HasId, now: Any) -> QuerySet[Addressee, Any]:
    rows = tenancy.of(account).rows(Addressee)
    shown = rows.filter(
        hidden_at__isnull=True,
        announcement__by_banner=True,
        announcement__stopped_at__isnull=True,
        announcement__shown_from__lte=now,
        announcement__shown_until__gt=now,
    )
    columns = ("announcement_id", "announcement__title", "announcement__text")
    return shown.order_by("-announcement_id").values_list(*columns)


_SHOWN = Prepared(_shown, 2)
