"""Looks for due work of all kinds with one query, instead of one task for each kind: an idle portal stays idle."""

from celery import shared_task

from sipcabinet import schedule
from sipcabinet.lib import durable, durable_counts


@shared_task(name=schedule.LOOK)
def look_for_due_work() -> None:
    """Every few seconds: hints at each kind of work that has due rows which no worker has (lib/durable.py)."""
    for kind in durable_counts.due_kinds():
        durable.hint(schedule.DRAINS[kind])
