"""The Celery task that sends letters."""

from celery import shared_task

from notifications.services import delivery
from notifications.services.letters import DRAIN_TASK


@shared_task(name=DRAIN_TASK)
def drain_letters() -> None:
    """Sends the due letters; a lost or repeated call of this task loses or repeats no letter."""
    delivery.drain()
