"""Factories of announcements."""

from datetime import timedelta
from typing import Any

from accounts.actor import Actor
from accounts.tests.factories import StaffFactory
from announcements.models import Announcement
from announcements.services import announcements
from sipcabinet.lib import clock


def draft(**fields: Any) -> Announcement:
    """A saved draft: a banner for a week and letters at once to all, unless `fields` say otherwise."""
    now = clock.now()
    given = {
        "title": "Новые цены с 1 января",
        "text": "С 1 января меняется абонентская плата.\n\nПодробности в договоре.",
        "by_banner": True,
        "by_letter": True,
        "shown_from": now,
        "shown_until": now + timedelta(days=7),
        "letters_at": now,
    }
    return announcements.draft(announcement=Announcement(**given | fields), actor=Actor(StaffFactory.create()))


def started(**fields: Any) -> Announcement:
    """A started announcement."""
    announcement = draft(**fields)
    announcements.start(announcement=announcement, actor=Actor(announcement.created_by))
    announcement.refresh_from_db()
    return announcement
