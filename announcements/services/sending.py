"""Writes the letters of a started announcement, part by part, each account's letter once (4.14).

Only AT_ONCE letters stand in the outbox at a time: other letters, such as those with passwords, do not wait behind
thousands of announcements, and a stop leaves few letters on their way.
"""

from datetime import timedelta

import structlog
from django.db import transaction

from accounts.models import Account
from announcements.models import Addressee, Announcement, AnnouncementState, Sending
from notifications.models import Letter
from notifications.services import letters
from notifications.services.letters import LetterError
from notifications.services.rendering import Rendered, render
from sipcabinet.lib import durable, links
from sipcabinet.lib.durable import JobState

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
PART = 50  # letters of one transaction
AT_ONCE = 200  # letters of one announcement in the outbox
PAUSE = timedelta(seconds=5)  # until the outbox is looked at again


def drain() -> int:
    """Works on every due sending; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(Sending, lease=LEASE), send)


def send(sending: Sending) -> None:
    """Writes letters while the outbox has room. Gives the work back while the outbox is full; finishes the work when
    nobody is left, and after a stop. Raises ClaimLost."""
    while True:
        with transaction.atomic():
            announcement = Announcement.objects.select_for_update().get(pk=sending.announcement_id)
            if announcement.state != AnnouncementState.STARTED:
                durable.finish(sending)
                return
            room = AT_ONCE - _on_the_way(announcement)
            if room <= 0:
                durable.postpone(sending, "", delay=PAUSE, counts=False)
                return
            durable.renew(sending, lease=LEASE)
            if not _write_some(announcement, min(room, PART)):
                durable.finish(sending)
                log.info("announcement.written", announcement_id=announcement.pk)
                return


def _on_the_way(announcement: Announcement) -> int:
    return Letter.objects.filter(addressee__announcement=announcement, state=JobState.WAITING).count()


def _write_some(announcement: Announcement, most: int) -> int:
    """Writes the letters of the next accounts, at most `most`; returns how many accounts there were."""
    waiting = Addressee.objects.filter(announcement=announcement, letter__isnull=True, without_address=False)
    some = list(waiting.select_related("account__customer").order_by("pk")[:most])
    for addressee in some:
        try:
            addressee.letter = _letter(announcement, addressee)
        except LetterError:
            addressee.without_address = True
    Addressee.objects.bulk_update(some, ["letter", "without_address"])
    return len(some)


def _letter(announcement: Announcement, addressee: Addressee) -> Letter:
    return letters.write(
        kind="announcement",
        recipient=addressee.account.cabinet_email,
        account_id=addressee.account_id,
        context=_context(announcement) | {"account": addressee.account},
        dedupe_key=f"announcement:{announcement.pk}:{addressee.account_id}",
    )


def preview(announcement: Announcement, account: Account | None) -> Rendered:
    """The letter as this account gets it."""
    return render("announcement", _context(announcement) | {"account": account})


def _context(announcement: Announcement) -> dict[str, object]:
    return {"title": announcement.title, "text": announcement.text, "link": links.absolute("site:home")}
