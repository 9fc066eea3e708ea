"""Imports bank statements: `manage.py import_payments FILE… [--format …] [--dry-run] [--json]` (4.6).

Each file is proved first and imported in a separate transaction. Exit codes: 0 all credits are booked on accounts, 3
some credits are in suspense, some debits seem to take a payment back, or some files were refused, 2 wrong usage, a
missing file, or every file refused.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from billing.models import Payment
from billing.selectors.returns import Return
from billing.services import statements
from billing.services.statements import Fate, Outcome, Taken
from billing.statements import StatementFormat
from sipcabinet.lib import clock, money
from sipcabinet.lib.errors import DomainError
from subscribers.management.options import add_common
from subscribers.management.refusal import REFUSED, refuse

PARTLY = 3


class Command(BaseCommand):
    help = "Takes in bank statements; a statement or a payment taken in twice counts once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_common(
            parser,
            "import_payments",
            dry_run="say what would come of it and write nothing",
            told="one JSON object per file",
        )
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument(
            "--format",
            choices=[fmt.value for fmt in StatementFormat],
            dest="fmt",
            help="refuse a file of any other format",
        )

    def handle(self, *_args: Any, files: list[Path], fmt: str | None, **options: Any) -> None:
        contents = [(path, _read(path)) for path in files]
        done: list[Taken] = []
        for path, content in contents:
            taken = self._take_in(path, content, StatementFormat(fmt) if fmt else None, done, **options)
            done += [taken] if taken else []
        if not done:
            sys.exit(REFUSED)
        if len(done) < len(contents) or not all(_is_settled(taken) for taken in done):
            sys.exit(PARTLY)

    def _take_in(
        self,
        path: Path,
        content: bytes,
        fmt: StatementFormat | None,
        before: list[Taken],
        *,
        dry_run: bool,
        **options: Any,
    ) -> Taken | None:
        """Imports a file; None if it is refused: the refusal goes to stderr, the other files are imported."""
        try:
            if dry_run:
                taken = statements.rehearse(content, fmt=fmt, before=before, any_account=True)
            else:
                taken = statements.take_in(content, file_name=path.name, fmt=fmt)
        except DomainError as error:
            self.stderr.write(f"import_payments: {path}: {' '.join(error.message.split())}")
            if options["json"]:
                self.stdout.write(
                    json.dumps({"file": str(path), "error": error.message, "code": error.code}, ensure_ascii=False)
                )
            return None
        self.stdout.write(_json(path, taken) if options["json"] else _text(path, taken, each=dry_run))
        return taken


def _read(path: Path) -> bytes:
    """Reads a file before anything is written: with a missing file the whole command writes nothing."""
    try:
        return path.read_bytes()
    except OSError as error:
        refuse("import_payments", str(error))


def _is_settled(taken: Taken) -> bool:
    """Whether nothing in the file waits for staff."""
    return taken.is_ours and not taken.count(Fate.SUSPENDED) and not taken.returns


def _counts(taken: Taken) -> dict[str, int]:
    counts = {"credits": len(taken.outcomes), "debits": len(taken.statement.debits)}
    return counts | {fate.value: taken.count(fate) for fate in Fate} | {"returns": len(taken.returns)}


def _json(path: Path, taken: Taken) -> str:
    statement = taken.statement
    told = {
        "file": str(path),
        "format": taken.format,
        "iban": statement.iban,
        "iban_checked": bool(statements.own_ibans()),
        "is_ours": taken.is_ours,
        "currency": statement.currency,
        "first_day": statement.first_day,
        "last_day": statement.last_day,
        "opening": statement.opening,
        "closing": statement.closing,
        **_counts(taken),
        "statement": taken.row.pk if taken.row else None,
        "payments": [_payment(outcome) for outcome in taken.outcomes],
        "taken_back": [_return(one) for one in taken.returns],
    }
    return json.dumps(told, ensure_ascii=False, default=str)


def _payment(outcome: Outcome) -> dict[str, Any]:
    movement = outcome.movement
    return {
        "day": movement.day,
        "amount": movement.credit,
        "reference": movement.reference,
        "payer": movement.payer_name,
        "fate": outcome.fate,
        "account": outcome.account.number if outcome.account else None,
        "reason": outcome.reason,
    }


def _return(one: Return) -> dict[str, Any]:
    return {
        "day": one.movement.day,
        "amount": one.movement.debit,
        "reference": one.movement.reference,
        "payer": one.movement.payer_name,
        "kind": one.kind,
        "account": one.credit.account.number if isinstance(one.credit, Payment) else None,
        "payment": one.credit.pk if isinstance(one.credit, Payment) else None,
    }


def _text(path: Path, taken: Taken, *, each: bool) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in _counts(taken).items())
    line = f"{path}: {taken.format}, {taken.statement.iban}: {counts}"
    if not statements.own_ibans():
        line += " (the operator has no account: any account is taken)"
    elif not taken.is_ours:
        line += _(" (счёт не оператора: без --dry-run файл не будет принят)")
    back = [_return_line(one) for one in taken.returns]
    return "\n".join([line, *(_line(outcome) for outcome in taken.outcomes if each), *back])


def _line(outcome: Outcome) -> str:
    movement = outcome.movement
    where = outcome.account.number if outcome.account else outcome.reason
    day, amount = clock.show_date(movement.day), money.show_byn(movement.credit)
    return f"  {day} {amount} {movement.payer_name}: {outcome.fate.value}, {where}"


def _return_line(one: Return) -> str:
    day, amount = clock.show_date(one.movement.day), money.show_byn(one.movement.debit)
    whose = one.credit.account.number if isinstance(one.credit, Payment) else _("платёж не найден")
    return f"  {day} {amount} {one.movement.payer_name}: {one.kind.label}, {whose}"
