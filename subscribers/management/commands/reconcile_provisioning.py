"""Sends to the switch every subscriber whose state there differs from the facts:
`manage.py reconcile_provisioning [--account N] [--dry-run] [--json]` (3.2-3.4).

Exit codes: 0 all is applied or a job waits, 3 jobs wait for staff or the switch could not be read, 2 wrong usage.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.models import Account
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse
from subscribers.switch import comparison

PARTLY = 3


class Command(BaseCommand):
    help = "Compares the switch with the facts; what differs gets a new version and a job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "reconcile_provisioning", dry_run="say what differs and write nothing")
        parser.add_argument("--account", metavar="N", help="only the subscribers of this account")

    def handle(self, *_args: Any, account: str | None, **options: Any) -> None:
        found = _account(account) if account is not None else None
        total = comparison.of_account(found).count()
        with tqdm(total=total, desc="subscribers", disable=None, file=sys.stderr) as bar:
            try:
                counts = comparison.run(
                    account=found, dry_run=options["dry_run"], progress=lambda done: bar.update(done) and None
                )
            except ImproperlyConfigured as error:
                refuse("reconcile_provisioning", str(error))
        said = asdict(counts)
        text = ", ".join(f"{name} {count}" for name, count in said.items())
        self.stdout.write(json.dumps(said) if options["json"] else text.replace("_", " "))
        if not counts.is_whole:
            sys.exit(PARTLY)


def _account(number: str) -> Account:
    """The account with this number, typed with or without spaces."""
    found = Account.objects.filter(number="".join(number.split())).first()
    if found is None:
        refuse("reconcile_provisioning", f"нет лицевого счёта {number}")
    return found
