"""What Celery may hint at."""

from celery import shared_task

from notifications.services import delivery
from notifications.services.letters import DRAIN_TASK


@shared_task(name=DRAIN_TASK)
def drain_letters() -> None:
    """Sends what is due; a lost or doubled hint changes nothing."""
    delivery.drain()
