"""Seals SIP passwords with the newest key of SIP_KEYS: `manage.py rotate_sip_keys [--dry-run] [--json]` (3.4).

Put the new key before the old one in SIP_KEYS, restart, run this command, then remove the old key.
Exit codes: 0 all rows open with the newest key, 3 some open with no key (listed, not changed), 2 wrong usage or keys.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from sipcabinet.lib import seals
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse
from subscribers.switch import sip_rotation
from subscribers.switch.sip_rotation import Rotated

PARTLY = 3


class Command(BaseCommand):
    help = "Seals every SIP password anew with the newest key; may be stopped and repeated at any time."
    requires_system_checks: list[str] = []  # noqa: RUF012 - wrong keys are refused here, in one line

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "rotate_sip_keys", dry_run="say what would be done and write nothing")

    def handle(self, *_args: Any, dry_run: bool, **options: Any) -> None:
        if fault := seals.fault("SIP_KEYS"):
            refuse("rotate_sip_keys", fault)
        with tqdm(total=sip_rotation.total(), desc="SIP", unit="row", disable=None, file=sys.stderr) as bar:
            counts = sip_rotation.rotate(dry_run=dry_run, progress=bar.update)
        self.stdout.write(json.dumps(asdict(counts)) if options["json"] else _report(counts))
        if counts.unreadable:
            sys.exit(PARTLY)


def _report(counts: Rotated) -> str:
    line = f"resealed {counts.resealed}, current {counts.current}, unreadable {len(counts.unreadable)}"
    named = [f"unreadable: account {row['account_id']}, trunk {row['trunk_id']}" for row in counts.unreadable]
    return "\n".join([line, *named])
