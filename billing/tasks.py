"""Tasks started by queue hints and by beat; the jobs themselves are database rows (sipcabinet/lib/durable.py)."""

from celery import shared_task

from billing.services import (
    acts,
    dunning,
    guarantees,
    invoice_files,
    ledger_check,
    mailings,
    month_calculations,
    month_issues,
    production,
)


@shared_task(name="billing.drain_orders")
def drain_orders() -> None:
    """Creates the documents that are due (2.3.4)."""
    production.drain()


@shared_task(name="billing.drain_mailings")
def drain_mailings() -> None:
    """Sends issued invoices to the delivery addresses (2.3.3)."""
    mailings.drain()


@shared_task(name=month_calculations.DRAIN_TASK)
def drain_month_calculations() -> None:
    """Calculates months for their review (4.7)."""
    month_calculations.drain()


@shared_task(name=month_issues.DRAIN_TASK)
def drain_month_issues() -> None:
    """Issues the invoices of closed months (4.7)."""
    month_issues.drain()


@shared_task(name=acts.DRAIN_TASK)
def drain_acts() -> None:
    """Makes and sends the акты сверки of a quarter (4.15)."""
    acts.drain()


@shared_task(name="billing.remove_forgotten_files")
def remove_forgotten_files() -> None:
    """Removes files that have no document row, no invoice file row and no act."""
    production.remove_forgotten()
    invoice_files.remove_forgotten()
    acts.remove_forgotten()


@shared_task(name=ledger_check.TASK)
def check_ledger() -> None:
    """Nightly: compares every balance, invoice and number with its documents; logs differences as errors (2.1)."""
    ledger_check.run()


@shared_task(name="billing.expire_guarantees")
def expire_guarantees() -> None:
    """At the start of a day: expires guarantees whose last day is over (2.2.3)."""
    guarantees.expire_due()


@shared_task(name="billing.run_dunning")
def run_dunning() -> None:
    """In the daytime: sends reminders, bars and unbars calls as due (4.8)."""
    dunning.run_due()
