"""Hints to look for due work (lib/durable.py), and what the calendar asks for."""

from celery import shared_task

from subscribers.services import imports, partitions, peaks, provisioning, switch_jobs, switch_reconcile, watch


@shared_task(name=imports.TASK)
def drain_imports() -> None:
    imports.drain()


@shared_task(name="subscribers.watch_inbox")
def watch_inbox() -> None:
    watch.look()


@shared_task(name="subscribers.keep_partitions")
def keep_partitions() -> None:
    """Nightly: months of calls are opened ahead, and let go of when past keeping."""
    partitions.open_ahead()
    partitions.let_go()


@shared_task(name=peaks.TASK)
def count_peaks() -> None:
    """Every minute: days whose calls changed since their count."""
    peaks.count()


@shared_task(name=provisioning.DRAIN_TASK)
def drain_provisioning() -> None:
    """Tells the switch what changed (3.2-3.4)."""
    switch_jobs.drain()


@shared_task(name=provisioning.RECONCILE_TASK)
def reconcile_provisioning() -> None:
    """Nightly: whoever is not on the switch as the facts say is told anew."""
    switch_reconcile.run()
