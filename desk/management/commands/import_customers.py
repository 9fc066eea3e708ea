"""Loads customers from a file: `manage.py import_customers FILE [--dry-run] [--json]` (4.11).

Exit codes: 0 all rows done or known already, 3 some rows faulty (each on stderr), 2 wrong usage, an unreadable file, or
another load at work.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from tqdm import tqdm

from accounts.actor import Actor
from desk.imports.customers import loads, runs
from desk.imports.customers.judging import Part, Rights, RowState, Verdict
from desk.imports.customers.runs import Counts, FileRows
from sipcabinet.lib import durable
from sipcabinet.lib.errors import DomainError
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse

PARTLY = 3


class Command(BaseCommand):
    help = "Loads customers, accounts, numbers and opening balances; the same file again brings only what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "import_customers", dry_run="list every faulty cell and write nothing")
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *_args: Any, file: Path, **options: Any) -> None:
        try:
            found = runs.read(_content(file))
        except (OSError, DomainError) as error:
            refuse("import_customers", f"{file}: {error}")
        if options["dry_run"]:
            counts = self._told(found, runs.rehearse(found, Rights()).verdicts)
        else:
            with durable.alone(loads.LOCK, silent_for=loads.LEASE) as mine:
                if not mine:
                    refuse("import_customers", _("сейчас загружается другой файл: повторите позже"))
                counts = self._told(found, runs.run(found, rights=Rights(), by=_actor(file), record=_nothing))
        self.stdout.write(_report(file, counts, as_json=options["json"]))
        if counts.states[RowState.WRONG]:
            sys.exit(PARTLY)

    def _told(self, found: FileRows, verdicts: Iterable[Verdict]) -> Counts:
        """Counts the rows and tells every fault: row, field, value, reason."""
        counts = Counts()
        for verdict in tqdm(verdicts, total=found.size, unit="row", disable=None, file=sys.stderr):
            counts.add(verdict)
            for one in verdict.problems:
                told = {"row": one.row, "field": one.field, "value": one.value, "reason": one.reason}
                tqdm.write(_("строка %(row)d, %(field)s «%(value)s»: %(reason)s") % told, file=sys.stderr)
        return counts


def _content(path: Path) -> bytes:
    """At most one byte more than a table may have: the reader then refuses it."""
    with path.open("rb") as file:
        return file.read(runs.BOUNDS.most_bytes + 1)


def _actor(path: Path) -> Actor:
    return Actor(reason=_("файл «%(name)s»") % {"name": path.name})


def _nothing(_verdict: Verdict) -> None:
    """The command keeps no report: it prints it."""


def _report(path: Path, counts: Counts, *, as_json: bool) -> str:
    told = {state.value: counts.states[state.value] for state in RowState}
    parts = {part.value: counts.parts[part.value] for part in Part}
    if as_json:
        sums = {"owed": str(counts.owed), "paid_ahead": str(counts.paid_ahead), "debt_letters": counts.debtors}
        return json.dumps({"file": str(path), "read": sum(told.values()), **told, "made": parts, **sums})
    rows = ", ".join(f"{name} {count}" for name, count in told.items())
    made = ", ".join(f"{name} {count}" for name, count in parts.items())
    return f"{path}: read {sum(told.values())}, {rows} ({made})"
