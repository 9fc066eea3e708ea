"""An announcement is drafted, started once, and stopped (4.14). Every step is in the operator's journal."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from announcements.models import Addressee, Announcement, AnnouncementState, Sending
from announcements.selectors import audience
from sipcabinet.lib import clock, durable, tenancy
from sipcabinet.lib.errors import DomainError

DRAIN_TASK = "announcements.drain_sendings"
PART = 1000  # rows of one INSERT


class AnnouncementError(DomainError):
    """The announcement cannot be changed, started or stopped."""

    code = "announcement.refused"


def draft(*, announcement: Announcement, actor: Actor) -> Announcement:
    """Writes a new draft."""
    with transaction.atomic():
        announcement.created_by = _author(actor)
        announcement.save()
        told = _("Черновик объявления «%(title)s»") % {"title": announcement.title}
        _record(announcement, actor, "announcement.drafted", told)
    return announcement


def change(*, announcement: Announcement, actor: Actor) -> Announcement:
    """Writes a changed draft. Locks it; raises AnnouncementError once the announcement has been started."""
    with transaction.atomic():
        if _locked(announcement).state != AnnouncementState.DRAFT:
            raise AnnouncementError(_("Объявление уже отправлено клиентам и не меняется. Создайте новое."))
        announcement.save()
        told = _("Изменён черновик объявления «%(title)s»") % {"title": announcement.title}
        _record(announcement, actor, "announcement.changed", told)
    return announcement


def start(*, announcement: Announcement, actor: Actor) -> int:
    """Fixes the addressees and starts banner and letters; returns the number of addressees.

    Locks the announcement: of two people who start at once one gets AnnouncementError. Raises AnnouncementError also
    without an addressee, and when the last day of the banner is over.
    """
    with transaction.atomic():
        locked = _locked(announcement)
        if locked.state != AnnouncementState.DRAFT:
            raise AnnouncementError(_("Объявление уже объявлено"), code="announcement.started")
        if locked.by_banner and locked.shown_until <= clock.now():
            raise AnnouncementError(_("Срок показа уже прошёл: измените даты"), code="announcement.over")
        count = _address(locked)
        if not count:
            raise AnnouncementError(_("Под отбор не попал ни один клиент"), code="announcement.nobody")
        locked.started_at, locked.started_by = clock.now(), actor.user
        locked.save(update_fields=["started_at", "started_by"])
        if locked.by_banner:
            _mark_accounts(locked, locked.shown_until)
        if locked.by_letter:
            Sending.objects.create(announcement=locked, due_at=max(locked.letters_at, clock.now()))
            durable.hint(DRAIN_TASK)
        told = _("Объявлено: «%(title)s», адресатов: %(count)d") % {"title": locked.title, "count": count}
        _record(locked, actor, "announcement.started", told, addressees=count)
    return count


def stop(*, announcement: Announcement, actor: Actor) -> None:
    """Ends the banner at once; no further letter is written. Letters that stand in the outbox still go.

    Raises AnnouncementError for a draft and for a stopped announcement.
    """
    with transaction.atomic():
        locked = _locked(announcement)
        if locked.state != AnnouncementState.STARTED:
            raise AnnouncementError(_("Объявление не идёт: останавливать нечего"), code="announcement.not_started")
        locked.stopped_at, locked.stopped_by = clock.now(), actor.user
        locked.save(update_fields=["stopped_at", "stopped_by"])
        _record(
            locked, actor, "announcement.stopped", _("Остановлено объявление «%(title)s»") % {"title": locked.title}
        )


def hide(*, account: Account, announcement_id: int) -> bool:
    """«Скрыть» by the customer; False if the announcement is not his. Hiding twice changes nothing."""
    mine = tenancy.of(account).rows(Addressee).filter(announcement_id=announcement_id)
    mine.filter(hidden_at__isnull=True).update(hidden_at=clock.now())
    return mine.exists()


def _address(announcement: Announcement) -> int:
    count = 0
    rows: list[Addressee] = []
    for pk, email in audience.of(announcement).values_list("pk", "cabinet_email").iterator(chunk_size=PART):
        without = announcement.by_letter and not email
        rows.append(Addressee(announcement=announcement, account_id=pk, without_address=without))
        if len(rows) == PART:
            count += len(Addressee.objects.bulk_create(rows))
            rows = []
    return count + len(Addressee.objects.bulk_create(rows))


def _mark_accounts(announcement: Announcement, until: datetime) -> None:
    """Tells each account until when a page has to look for banners."""
    told = Account.objects.filter(pk__in=announcement.addressees.values("account"))
    told.update(announced_until=Greatest("announced_until", until))


def _locked(announcement: Announcement) -> Announcement:
    return Announcement.objects.select_for_update().get(pk=announcement.pk)


def _author(actor: Actor) -> Any:
    if actor.user is None:
        raise AnnouncementError(_("Объявления пишут сотрудники оператора"))
    return actor.user


def _record(announcement: Announcement, actor: Actor, event: str, told: str, **details: Any) -> None:
    about = {"announcement_id": announcement.pk, **details}
    audit.record(action=event, user=actor.user, summary=told, details=about, address=actor.address)
