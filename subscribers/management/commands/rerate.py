"""Re-rates an open month's calls: `manage.py rerate --month YYYY-MM [--account N] [--dry-run] [--json]` (4.5).

Exit codes: 0 done, 3 some calls have no rate any more or an import is running, 2 wrong usage or a closed month.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.models import Account
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import rerating
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse
from subscribers.rating import from_micro

PARTLY = 3


class Command(BaseCommand):
    help = "Counts the calls of an open month anew, at the rates, plan terms and minutes in force for them now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, "rerate", dry_run="say what would come of it and write nothing")
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="the month of the calls, Minsk time")
        parser.add_argument("--account", metavar="N", help="only the calls of this account")

    def handle(self, *_args: Any, month: str, account: str | None, **options: Any) -> None:
        try:
            outcome = self._rerate(_month(month), _account(account), dry_run=options["dry_run"])
        except DomainError as error:
            refuse("rerate", error.message)
        self.stdout.write(_report(outcome, as_json=options["json"]))
        if outcome.is_partial:
            sys.exit(PARTLY)

    def _rerate(self, month: Month, account: Account | None, *, dry_run: bool) -> rerating.Outcome:
        total = rerating.size(month=month, account=account)
        with tqdm(total=total, desc=month.code, unit="call", disable=None, file=sys.stderr) as bar:

            def progress(calls: int) -> None:
                bar.update(calls - bar.n)

            return rerating.rerate(month=month, account=account, dry_run=dry_run, progress=progress)


def _month(code: str) -> Month:
    try:
        return Month.parse(code)
    except ValueError:
        refuse("rerate", f"неверный месяц: {code} (нужен вид 2026-10)")


def _account(number: str | None) -> Account | None:
    if number is None:
        return None
    found = Account.objects.filter(number=number).first()
    return found or refuse("rerate", f"нет лицевого счёта {number}")


def _report(outcome: rerating.Outcome, *, as_json: bool) -> str:
    month, counts = outcome.month.code, asdict(outcome)
    before, after = from_micro(outcome.before), from_micro(outcome.after)
    if as_json:
        money = {"before": str(before), "after": str(after), "change": str(after - before)}
        return json.dumps(counts | money | {"month": month}, ensure_ascii=False)
    line = (
        f"{month}: trunks {outcome.trunks}, calls {outcome.calls}, changed {outcome.changed}, "
        f"without rate {outcome.without_rate}, cost {before} → {after} ({after - before:+f})"
    )
    return f"{line}; imports under way {outcome.imports}: run again after them" if outcome.imports else line
