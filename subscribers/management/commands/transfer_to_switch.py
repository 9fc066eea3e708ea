"""Tells the switch everything there is, and waits for the end: `manage.py transfer_to_switch [--json]` (3.2-3.4).

Joins a transfer that is under way. May be stopped: the workers go on. Exit codes: 0 the switch has everything, 3 some
subscribers were not taken or the switch does not answer, 2 wrong usage or settings.
"""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.actor import Actor
from sipcabinet.lib.durable import JobState
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse
from subscribers.models import SwitchTransfer
from subscribers.switch import transfer_work, transfers
from subscribers.switch.transfers import TransferError

PARTLY = 3
PAUSE = 0.5  # seconds, while a worker does a part
COUNTS = ("total", "passed", "changed", "failed")


class Command(BaseCommand):
    help = "Compares every subscriber with the switch and tells it those that differ; may be repeated at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "transfer_to_switch")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            job = _followed(_begun())
        except ImproperlyConfigured as error:
            refuse("transfer_to_switch", str(error))
        said = {name: getattr(job, name) for name in COUNTS}
        trouble = "" if job.state == JobState.DONE else job.last_error
        text = ", ".join(f"{name} {count}" for name, count in said.items()) + (f", {trouble}" if trouble else "")
        self.stdout.write(json.dumps(said | {"trouble": trouble}) if options["json"] else text)
        for fault in job.faults:
            self.stderr.write(f"not taken: subscriber {fault['subscriber']}, {fault['reason']}")
        if job.failed or job.state != JobState.DONE:
            sys.exit(PARTLY)


def _begun() -> SwitchTransfer:
    """The transfer that waits or runs, or a new one."""
    try:
        return transfers.order(actor=Actor(reason="manage.py transfer_to_switch"))
    except TransferError as refusal:
        job = transfers.newest()
        if job is None or job.state != JobState.WAITING or transfers.is_outdated(job.switch):
            refuse("transfer_to_switch", refusal.message)
        return job


def _followed(job: SwitchTransfer) -> SwitchTransfer:
    """Works on the transfer, or waits for the worker that has it, until it ends or the switch is in trouble."""
    with tqdm(total=job.total, desc="subscribers", disable=None, file=sys.stderr) as bar:
        while True:
            worked = transfer_work.drain()
            job.refresh_from_db()
            bar.update(job.passed - bar.n)
            if job.state != JobState.WAITING or job.trouble_since is not None:
                return job
            if not worked:
                time.sleep(PAUSE)
