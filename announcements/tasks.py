"""Tasks started by queue hints and by beat; the jobs themselves are database rows (sipcabinet/lib/durable.py)."""

from celery import shared_task

from announcements.services import sending
from announcements.services.announcements import DRAIN_TASK


@shared_task(name=DRAIN_TASK)
def drain_sendings() -> None:
    """Writes the letters of announcements that are due (4.14)."""
    sending.drain()
