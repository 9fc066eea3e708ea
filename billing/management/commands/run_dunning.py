"""Sends reminders, bars and unbars calls as due today: `manage.py run_dunning [--dry-run] [--json]` (4.8).

The portal runs it by itself every day; repeated runs change nothing. Exit codes: 0 done, 2 wrong usage, 3 partly
done: accounts failed (the next run tries them again), or restrictions wait for bank statements (`waiting`; statements
are complete up to the day `statements_through`).
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from billing.services import dunning
from subscribers.management.options import add_common

PARTLY = 3


class Command(BaseCommand):
    help = "Takes the steps that unpaid debts have come to, and ends guarantees that ran out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "run_dunning", dry_run="count what is due and write nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        with tqdm(total=len(dunning.to_look_at()), desc="accounts", disable=None, file=sys.stderr) as bar:
            counts = dunning.run_due(dry_run=options["dry_run"], progress=lambda done: bar.update(done) and None)
        said = asdict(counts)
        said["statements_through"] = counts.statements_through and counts.statements_through.isoformat()
        text = ", ".join(f"{name} {count}" for name, count in said.items())
        self.stdout.write(json.dumps(said) if options["json"] else text)
        if counts.failed or counts.waiting:
            sys.exit(PARTLY)
