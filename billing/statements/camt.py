"""Reads camt.053 v2-v8 (ISO 20022 XML): booked entries between OPBD (or PRCD) and CLBD. A DOCTYPE (entities, XML bombs)
is refused; the parser never uses the network."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _
from lxml import etree

from billing.statements import camt_entries, text
from billing.statements.records import Statement, StatementError, chain

VERSIONS = {f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}" for version in range(2, 9)}
_DECLARED = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read(content: bytes, own: str = "") -> Statement:
    """Reads the file. `own` is our account, if configured: a file may contain several. Raises StatementError."""
    root = _root(content)
    statements = root.findall("{*}BkToCstmrStmt/{*}Stmt")
    if not statements:
        raise StatementError(_("в файле нет выписки (Stmt)"))
    numbers = {_iban(statement) for statement in statements}
    if own not in numbers and len(numbers) > 1:
        raise StatementError(
            _("в файле счета %(told)s: укажите свой в реквизитах оператора") % {"told": ", ".join(sorted(numbers))}
        )
    ours = own if own in numbers else numbers.pop()
    parts = [_statement(statement) for statement in statements if _iban(statement) == ours]
    return chain(parts, [movement for part in parts for movement in part.movements])


def _root(content: bytes) -> etree._Element:
    if len(content) > text.MOST_BYTES:
        raise StatementError(_("файл больше 20 МБ: это не выписка"), code="statement.too_large")
    if _DECLARED.search(content):
        raise StatementError(_("в файле XML есть DOCTYPE: такие файлы не читаются"), code="statement.entities")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise StatementError(_("файл XML обрезан или повреждён"), code="statement.truncated") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise StatementError(_("в файле XML есть DOCTYPE: такие файлы не читаются"), code="statement.entities")
    if etree.QName(root).namespace not in VERSIONS:
        raise StatementError(_("это не camt.053 версий 2–8"))
    return root


def _iban(statement: etree._Element) -> str:
    found = camt_entries.value(statement, "{*}Acct/{*}Id/{*}IBAN", "{*}Acct/{*}Id/{*}Othr/{*}Id")
    if not found:
        raise StatementError(_("в выписке не назван счёт (Acct)"))
    return text.account_number(found)


def _statement(statement: etree._Element) -> Statement:
    currency = _currency(statement)
    entries = statement.findall("{*}Ntry")
    booked = [entry for entry in entries if camt_entries.is_booked(entry)]
    all_booked = len(booked) == len(entries)
    first = camt_entries.value(statement, "{*}FrToDt/{*}FrDtTm", "{*}FrToDt/{*}FrDt")
    last = camt_entries.value(statement, "{*}FrToDt/{*}ToDtTm", "{*}FrToDt/{*}ToDt")
    return Statement(
        iban=_iban(statement),
        currency=currency,
        first_day=text.day(first, "FrToDt") if first else None,
        last_day=text.day(last, "FrToDt") if last else None,
        opening=_balance(statement, _OPENING),
        closing=_balance(statement, _CLOSING),
        movements=[movement for entry in booked for movement in camt_entries.movements(entry)],
        total_credit=_total(statement, "TtlCdtNtries") if all_booked else None,
        total_debit=_total(statement, "TtlDbtNtries") if all_booked else None,
    )


def _currency(statement: etree._Element) -> str:
    """The currency of the account, of its balances and of its entries; it must be the same everywhere."""
    amounts = [*statement.findall("{*}Bal/{*}Amt"), *statement.findall("{*}Ntry/{*}Amt")]
    told = {amount.get("Ccy", "") for amount in amounts} | {camt_entries.value(statement, "{*}Acct/{*}Ccy")}
    told -= {""}
    if len(told) > 1:
        raise StatementError(
            _("в выписке разные валюты: %(told)s") % {"told": ", ".join(sorted(told))}, code="statement.currency"
        )
    return told.pop() if told else ""


def _balance(statement: etree._Element, codes: tuple[str, ...]) -> Decimal:
    found = {camt_entries.value(row, "{*}Tp/{*}CdOrPrtry/{*}Cd"): row for row in statement.findall("{*}Bal")}
    for code in codes:
        if code in found:
            told = text.amount(camt_entries.value(found[code], "{*}Amt"), code)
            return told if camt_entries.is_credit(found[code]) else -told
    raise StatementError(_("в выписке нет остатка %(codes)s") % {"codes": "/".join(codes)})


def _total(statement: etree._Element, name: str) -> Decimal | None:
    told = camt_entries.value(statement, f"{{*}}TxsSummry/{{*}}{name}/{{*}}Sum")
    return text.amount(told, name) if told else None
