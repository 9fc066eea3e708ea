"""Reads plain CSV with a header, for a bank that offers no other format.

Columns, in any order and in any case, separated by a semicolon, a comma or a tab: `счёт`, `валюта`, `дата`, `номер`,
`операция` (the bank's id), `приход`, `расход`, `остаток`, `плательщик`, `унп`, `счёт плательщика`, `назначение`. The
first and the last row have no sums, only the balance (`остаток`) before and after: without them nothing is proved.
"""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.statements import text
from billing.statements.records import Movement, Statement, StatementError, made_identity, short

NEEDED = ("счёт", "дата", "приход", "расход", "остаток", "назначение")
_SEPARATORS = ";\t,"
Row = dict[str, str]


def is_header(line: str) -> bool:
    """Whether the line names all the columns that a file needs."""
    return set(NEEDED) <= set(_names(line, _separator(line)))


def read(content: str) -> Statement:
    """Reads the file. Raises StatementError."""
    rows = _rows(content)
    if len(rows) < 2 or _sums(rows[0]) or _sums(rows[-1]) or not (rows[0]["остаток"] and rows[-1]["остаток"]):
        raise StatementError(
            _("первая и последняя строка должны содержать остаток без прихода и расхода: файл обрезан?"),
            code="statement.truncated",
        )
    accounts = {text.account_number(row["счёт"]) for row in rows}
    currencies = {row.get("валюта", "").upper() for row in rows} - {""}
    if len(accounts) != 1 or len(currencies) > 1:
        raise StatementError(_("в файле должны быть один счёт и одна валюта"), code="statement.currency")
    return Statement(
        iban=accounts.pop(),
        currency=currencies.pop() if currencies else "",
        first_day=text.day(rows[0]["дата"], "дата"),
        last_day=text.day(rows[-1]["дата"], "дата"),
        opening=text.amount(rows[0]["остаток"], "остаток"),
        closing=text.amount(rows[-1]["остаток"], "остаток"),
        movements=[_movement(row) for row in rows[1:-1]],
    )


def _rows(content: str) -> list[Row]:
    header, _break, _rest = content.partition("\n")
    separator = _separator(header)
    names = _names(header, separator)
    if missing := [name for name in NEEDED if name not in names]:
        raise StatementError(_("в файле CSV нет столбцов: %(names)s") % {"names": ", ".join(missing)})
    found = []
    for number, cells in enumerate(_cells(content, separator), start=1):
        if number == 1 or not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise StatementError(
                _("строка %(number)s: столбцов %(count)s, а в заголовке %(names)s")
                % {"number": number, "count": len(cells), "names": len(names)},
                code="statement.truncated",
            )
        found.append({name: cell.strip() for name, cell in zip(names, cells, strict=True)})
    return found


def _cells(content: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(content), delimiter=separator)
    except csv.Error:  # a cell without an end: its quotation mark is never closed
        raise StatementError(_("в файле CSV не закрыты кавычки"), code="statement.truncated") from None


def _separator(header: str) -> str:
    return max(_SEPARATORS, key=header.count)


def _names(header: str, separator: str) -> list[str]:
    return [name.strip().strip('"').lower().replace("счет", "счёт") for name in header.split(separator)]


def _sums(row: Row) -> bool:
    return bool(row["приход"] or row["расход"])


def _movement(row: Row) -> Movement:
    number = row.get("номер", "")
    credit = text.amount(row["приход"] or "0", "приход")
    debit = text.amount(row["расход"] or "0", "расход")
    if min(credit, debit) < 0 or (credit > 0) is (debit > 0):
        raise StatementError(
            _("в документе %(number)s должна быть одна сумма больше нуля: приход или расход") % {"number": number}
        )
    day, payer = text.day(row["дата"], "дата"), text.account_number(row.get("счёт плательщика", ""))
    given = row.get("операция", "")
    purpose = " ".join(row["назначение"].split())
    made = made_identity(number=number, day=day, amount=credit or debit, payer_iban=payer, purpose=purpose)
    return Movement(
        identity=short(given or made),
        is_given=bool(given),
        day=day,
        credit=credit or Decimal("0.00"),
        debit=debit or Decimal("0.00"),
        reference=number,
        purpose=purpose,
        payer_name=row.get("плательщик", ""),
        payer_unp=row.get("унп", ""),
        payer_iban=payer,
    )
