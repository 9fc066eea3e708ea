"""Tasks that start due work after a hint (lib/durable.py), and tasks run by the calendar."""

from celery import shared_task

from sipcabinet.lib import durable
from subscribers.calls import feeds, held, imports, parties, partitions, peaks, received, second_legs, watch
from subscribers.services import alarms, limit_checks, reratings
from subscribers.switch import comparison, jobs, provisioning, transfer_work, transfers


@shared_task(name=imports.TASK)
def drain_imports() -> None:
    if imports.drain():
        durable.hint(limit_checks.TASK)


@shared_task(name=limit_checks.TASK)
def check_limits() -> None:
    """Every 15 seconds, and after an import: limits of spending of the trunks that have one (16.6)."""
    limit_checks.run()


@shared_task(name=alarms.TASK)
def look_for_fraud() -> None:
    """Every minute: raises alarms for calls that look like those of a broken-in PBX (16.6)."""
    alarms.look()


@shared_task(name=reratings.TASK)
def drain_reratings() -> None:
    """Re-rates the months that staff ordered (4.5)."""
    reratings.drain()


@shared_task(name="subscribers.watch_inbox")
def watch_inbox() -> None:
    watch.look()


@shared_task(name=feeds.TASK)
def pull_calls() -> None:
    """Every minute: orders imports of what switches have written into their databases, or sent over HTTP (4.4)."""
    try:
        received.gather()
    finally:
        feeds.pull_all()


@shared_task(name="subscribers.keep_partitions")
def keep_partitions() -> None:
    """Nightly: creates partitions for coming months and drops those older than the keeping time, with their legs
    and sums."""
    partitions.open_ahead()
    partitions.let_go()
    oldest = min(partitions.kept())
    second_legs.let_go(oldest.start)
    received.let_go()
    held.let_go(oldest.start)
    parties.let_go(oldest.first_day)
    parties.join()


@shared_task(name=parties.TASK)
def join_party_totals() -> None:
    """After an import, and nightly: joins the sums by which calls are searched (3.6)."""
    parties.join()


@shared_task(name=peaks.TASK)
def count_peaks() -> None:
    """Every minute: counts peaks of days whose calls changed since their last count."""
    peaks.count()


@shared_task(name=provisioning.DRAIN_TASK)
def drain_provisioning() -> None:
    """Sends changed states to the switch (3.2-3.4)."""
    jobs.drain()


@shared_task(name="subscribers.follow_switch")
def follow_switch() -> None:
    """Every minute: if the portal has another switch than before, begins to tell it everything (3.2-3.4)."""
    transfers.follow()


@shared_task(name=transfers.TASK)
def drain_switch_transfers() -> None:
    """Tells the switch a part of everything."""
    transfer_work.drain()


@shared_task(name=provisioning.COMPARE_TASK)
def compare_switch() -> None:
    """Nightly: sends to the switch every subscriber whose state there differs from the facts."""
    comparison.run()
