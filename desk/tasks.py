from celery import shared_task

from desk.imports.customers import loads
from desk.services import planned_changes


@shared_task(name=planned_changes.TASK)
def drain_planned_changes() -> None:
    """Carries out the changes that staff have ordered for today (4.11)."""
    planned_changes.drain()


@shared_task(name=loads.TASK)
def drain_customer_loads() -> None:
    """Loads customers from the files that staff have checked (4.11)."""
    loads.drain()
