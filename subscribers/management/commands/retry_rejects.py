"""Retries rejected call records: `manage.py retry_rejects [--import N] [--json]` (4.4).

Exit codes: 0 all retried records were imported, 3 some are still rejected, 2 wrong usage.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from subscribers.calls import rejects
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse
from subscribers.models import CallImport

PARTLY = 3


class Command(BaseCommand):
    help = "Tries rejected call records again with the present numbers and rates."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "retry_rejects")
        parser.add_argument("--import", type=int, dest="call_import", metavar="N", help="only those of this import")

    def handle(self, *_args: Any, call_import: int | None, **options: Any) -> None:
        if call_import is not None and not CallImport.objects.filter(pk=call_import).exists():
            refuse("retry_rejects", f"нет импорта {call_import}")
        done = rejects.retry(call_import)
        text = f"tried {done.tried}, new {done.new}, duplicate {done.duplicate}, rejected {done.rejected}"
        self.stdout.write(json.dumps(asdict(done)) if options["json"] else text)
        if done.rejected:
            sys.exit(PARTLY)
