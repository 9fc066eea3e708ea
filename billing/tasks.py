"""Hints from the queue and from beat; the work is in the rows (sipcabinet/lib/durable.py)."""

from celery import shared_task

from billing.services import ledger_check, production


@shared_task(name="billing.drain_orders")
def drain_orders() -> None:
    """Makes the documents that are due (2.3.4)."""
    production.drain()


@shared_task(name="billing.remove_forgotten_files")
def remove_forgotten_files() -> None:
    """Removes files that no document knows of."""
    production.remove_forgotten()


@shared_task(name=ledger_check.TASK)
def check_ledger() -> None:
    """Nightly: every balance, invoice and number against the facts; differences are logged as errors (2.1)."""
    ledger_check.run()
