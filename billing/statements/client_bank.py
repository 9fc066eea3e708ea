"""Reads Belarusian client-bank text, types 3, 4 and 400: `^Key=value^` lines; `^DocDate=` begins each document."""

import re
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.statements import text
from billing.statements.records import Movement, Statement, StatementError, made_identity, short

MARK = "*****"
TYPES = {"3", "4", "400"}
_HEAD = re.compile(r"\*{5} *\^Type=(\d+)\^ *\^Acc=([^^]+)\^")
_PAIR = re.compile(r"\^(\w+)=(.*)\^", re.DOTALL)
_ENDS_DOCUMENTS = {"DB", "CR", "RestOut", "CrOut", "DebOut", "DateOut", "DateIn"}
_CURRENCY = re.compile(r"\b([A-Z]{3})\b(?=[^A-Z]*$)")
Fields = dict[str, str]


def read(content: str) -> Statement:
    """Reads the file. Raises StatementError if it is cut off, or if a needed value is missing."""
    lines = [line for line in content.split("\n") if line.strip()]
    head = _HEAD.match(lines[0])
    if head is None or head[1] not in TYPES:
        told = head[1] if head else "?"
        raise StatementError(_("выписка клиент-банка типа %(type)s не читается: нужны 3, 4 и 400") % {"type": told})
    if set(lines[-1].strip()) != {"#"}:
        raise StatementError(_("файл обрезан: нет строки «###» в конце"), code="statement.truncated")
    whole, documents = _split(list(_pairs(lines[1:-1])))
    return _statement(text.account_number(head[2]), whole, documents)


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Keys and values after [OUT_PARAM]; a value may continue in the next line."""
    pending, is_out = "", False
    for line in lines:
        if not pending and line.startswith("["):
            is_out = line.strip() == "[OUT_PARAM]"
            continue
        pending += line.rstrip()
        if pair := _PAIR.fullmatch(pending):
            if is_out:
                yield pair[1], pair[2].strip(" ") if pair[1] not in {"Nazn", "Nazn2"} else pair[2]
            pending = ""
    if pending:
        raise StatementError(_("файл обрезан: строка «%(line)s» не закончена") % {"line": pending[:40]})


def _split(pairs: list[tuple[str, str]]) -> tuple[dict[str, list[str]], list[Fields]]:
    """All values of each key of the statement itself, and the documents."""
    whole: dict[str, list[str]] = {}
    documents: list[Fields] = []
    is_document = False
    for key, value in pairs:
        if key == "DocDate":
            is_document = True
            documents.append({})
        elif key in _ENDS_DOCUMENTS:
            is_document = False
        if is_document:
            documents[-1].setdefault(key, value)
        else:
            whole.setdefault(key, []).append(value)
    return whole, documents


def _statement(iban: str, whole: dict[str, list[str]], documents: list[Fields]) -> Statement:
    first = whole.get("DateIn") or whole.get("DateBegin")
    last = whole.get("DateOut") or whole.get("DateEnd") or whole.get("Date2")
    return Statement(
        iban=iban,
        currency=_currency(whole),
        first_day=text.day(first[0], "DateIn") if first else None,
        last_day=text.day(last[-1], "DateOut") if last else None,
        opening=_balance(whole, "In", 0),
        closing=_balance(whole, "Out", -1),
        movements=[_movement(document) for document in documents],
        total_credit=_total(whole, "CR"),
        total_debit=_total(whole, "DB"),
    )


def _balance(whole: dict[str, list[str]], end: str, place: int) -> Decimal:
    """RestIn/RestOut, or our credit balance less our debit balance."""
    if rest := whole.get(f"Rest{end}"):
        return text.amount(rest[place], f"Rest{end}")
    if f"Cr{end}" not in whole and f"Deb{end}" not in whole:
        raise StatementError(
            _("в файле нет остатка: Rest%(end)s или Cr%(end)s") % {"end": end}, code="statement.truncated"
        )
    credit, debit = whole.get(f"Cr{end}", ["0"])[place], whole.get(f"Deb{end}", ["0"])[place]
    return text.amount(credit, f"Cr{end}") - text.amount(debit, f"Deb{end}")


def _total(whole: dict[str, list[str]], key: str) -> Decimal:
    if key not in whole:
        raise StatementError(_("в файле нет итога %(key)s") % {"key": key}, code="statement.truncated")
    return sum((text.amount(value, key) for value in whole[key]), Decimal(0))


def _currency(whole: dict[str, list[str]]) -> str:
    """`BYN` of `Счет клиента**** BY86… BYN Пассивный`; empty for other types, which give no currency."""
    found = _CURRENCY.search(whole.get("Header4", [""])[0])
    return found[1] if found else ""


def _movement(document: Fields) -> Movement:
    number = document.get("Num", "").strip()
    credit = text.amount(document.get("Credit") or "0", f"Credit, Num={number}")
    debit = text.amount(document.get("Db") or "0", f"Db, Num={number}")
    if min(credit, debit) < 0 or (credit > 0) is (debit > 0):
        raise StatementError(
            _("в документе %(number)s должна быть одна сумма больше нуля: Credit или Db") % {"number": number}
        )
    told = text.day(document["DocDate"], "DocDate")
    done = document.get("OpDate", "").strip()
    payer = text.account_number(document.get("Acc", ""))
    given = (document.get("OperationID") or document.get("DocID") or "").strip()
    purpose = " ".join((document.get("Nazn", "") + document.get("Nazn2", "")).split())
    made = made_identity(number=number, day=told, amount=credit or debit, payer_iban=payer, purpose=purpose)
    return Movement(
        identity=short(given or made),
        is_given=bool(given),
        day=text.day(done, "OpDate") if done else told,
        credit=credit,
        debit=debit,
        reference=number,
        purpose=purpose,
        payer_name=document.get("KorName", "").strip(),
        payer_unp=(document.get("KorUNP") or document.get("UNNRec") or "").strip(),
        payer_iban=payer,
    )
