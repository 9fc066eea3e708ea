"""Compares the ledger with its documents: `manage.py check_ledger [--json]` (2.1).

Exit codes: 0 no differences, 3 differences found, 2 wrong usage.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Account
from billing.selectors.ledger_check import NAMES, Difference
from billing.services import ledger_check
from subscribers.management.options import add_common

DIFFERS = 3


class Command(BaseCommand):
    help = "Recomputes what is kept twice, chains of bank balances, calls counted twice; names each difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "check_ledger")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = ledger_check.run()
        accounts = Account.objects.count()
        if options["json"]:
            told = {"accounts": accounts, "checks": NAMES, "differences": [asdict(row) for row in found]}
            self.stdout.write(json.dumps(told, default=str))
        else:
            line = f"accounts {accounts}, checks {len(NAMES)}, differences {len(found)}"
            self.stdout.write("\n".join([line, *map(_line, found)]))
        if found:
            sys.exit(DIFFERS)


def _line(row: Difference) -> str:
    account = f", account {row.account_id}" if row.account_id else ""
    return f"  {row.check} {row.what}{account}: expected {row.expected}, found {row.found}"
