"""The billing run: `close_month --month YYYY-MM [--account N] [--dry-run] [--json] [--despite-rejects]` (4.7).

Exit codes: 0 done, 3 some accounts failed (the others are issued), 2 wrong usage, or the month may not be closed.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.models import Account
from billing.services import closing
from billing.services.closing import Calculation, CloseError, Failure, Outlier, Run
from sipcabinet.lib import money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.management.options import add_common
from subscribers.management.refusal import refuse

PARTLY = 3
NAME = "close_month"
Steps = Sequence[Account]


@dataclass(frozen=True, slots=True)
class _Report:
    calculation: Calculation
    run: Run | None

    @property
    def failures(self) -> list[Failure]:
        """Failures of the issuing or, in a dry run, of the calculation."""
        return self.run.failures if self.run else self.calculation.failures


class Command(BaseCommand):
    help = (
        "Closes a month: checks, calculates, shows totals and outliers, issues the invoices and queues their letters."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(parser, NAME, dry_run="check, calculate and show; write nothing")
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="the month to close")
        parser.add_argument("--account", metavar="N", help="close the month for calls and issue this account alone")
        parser.add_argument("--despite-rejects", action="store_true", help="close although rejected calls wait")

    def handle(self, *_args: Any, month: str, account: str | None, **options: Any) -> None:
        chosen, only = _month(month), _account(account)
        try:
            closing.check(month=chosen, despite_rejects=options["despite_rejects"])
            report = self._close(chosen, only, dry_run=options["dry_run"], quiet=options["json"])
        except DomainError as error:
            refuse(NAME, _told(error))
        if options["json"]:
            self.stdout.write(_json(report))
        else:
            self.stdout.write(_outcome(report))
        for failure in report.failures:
            self.stderr.write(f"{NAME}: {failure.account}: {failure.message}")
        if report.failures:
            sys.exit(PARTLY)

    def _close(self, month: Month, account: Account | None, *, dry_run: bool, quiet: bool) -> _Report:
        count = len(closing.accounts(month, account))
        with _bar(count, f"{month.code} calculating") as bar:
            calculation = closing.calculate(month=month, account=account, progress=bar.update)
        if not quiet:
            self.stdout.write("\n".join(_review(calculation)))
        if dry_run:
            return _Report(calculation, None)
        with _bar(count, f"{month.code} issuing") as bar:
            return _Report(calculation, closing.run(month=month, account=account, progress=bar.update))


def _told(error: DomainError) -> str:
    """The refusal, with the option that overrides it."""
    can = isinstance(error, CloseError) and error.may_be_overridden
    return f"{error.message} или добавьте --despite-rejects" if can else error.message


@contextmanager
def _bar(count: int, title: str) -> Iterator[Any]:
    with tqdm(total=count, desc=title, unit="account", disable=None, file=sys.stderr) as bar:
        yield bar


def _month(code: str) -> Month:
    try:
        return Month.parse(code)
    except ValueError:
        refuse(NAME, f"неверный месяц: {code} (нужен вид 2026-10)")


def _account(number: str | None) -> Account | None:
    if number is None:
        return None
    found = Account.objects.filter(number=number).select_related("customer").first()
    return found or refuse(NAME, f"нет лицевого счёта {number}")


def _review(found: Calculation) -> Iterator[str]:
    yield (
        f"{found.month.code}: accounts {found.accounts}, issued before {found.issued}, "
        f"net {found.net}, VAT {found.vat}, total {found.total}, failed {len(found.failures)}"
    )
    for one in found.outliers:
        yield f"  {one.account}: {_shown(one.before)} → {_shown(one.now)} ({_change(one)})"


def _outcome(report: _Report) -> str:
    month, run = report.calculation.month.code, report.run
    if run is None:
        return f"{month}: nothing is written (--dry-run)"
    if not run.issued and not run.failures:
        return f"{month}: nothing to do, {run.known} invoices are issued already"
    return f"{month}: issued {run.issued}, issued before {run.known}, failed {len(run.failures)}"


def _json(report: _Report) -> str:
    found, run = report.calculation, report.run
    return json.dumps(
        {
            "month": found.month.code,
            "accounts": found.accounts,
            "net": str(found.net),
            "vat": str(found.vat),
            "total": str(found.total),
            "outliers": [
                {"account": one.account.number, "before": _text(one.before), "now": _text(one.now)}
                for one in found.outliers
            ],
            "dry_run": run is None,
            "issued": run.issued if run else 0,
            "issued_before": found.issued,
            "failed": [{"account": one.account.number, "message": one.message} for one in report.failures],
        },
        ensure_ascii=False,
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _shown(amount: Decimal | None) -> str:
    return "—" if amount is None else money.show(amount)


def _change(one: Outlier) -> str:
    if one.before is None:
        return "new"
    if one.now is None:
        return "gone"
    return "more than doubled" if one.now > one.before else "more than halved"
