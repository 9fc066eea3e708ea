"""Entries of camt.053 as movements: one per entry, or one per transaction if the entry gives their sums."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from lxml import etree

from billing.statements import text
from billing.statements.records import Movement, StatementError, made_identity, short

_LINE = 140  # maximum length of a purpose line: a full line continues in the next one, even within a word
_NONE = {"", "NOTPROVIDED"}


def value(element: etree._Element, *paths: str) -> str:
    """The text at the first of the paths that has a text, else an empty string."""
    for path in paths:
        found = (element.findtext(path) or "").strip()
        if found:
            return found
    return ""


def is_booked(entry: etree._Element) -> bool:
    """Whether the entry is booked; other entries are only announced and are not in the balances."""
    return value(entry, "{*}Sts/{*}Cd", "{*}Sts") == "BOOK"


def is_credit(element: etree._Element) -> bool:
    told = value(element, "{*}CdtDbtInd")
    if told not in {"CRDT", "DBIT"}:
        raise StatementError(_("не сказано, поступление это или списание (CdtDbtInd)"))
    return told == "CRDT"


def movements(entry: etree._Element) -> list[Movement]:
    whole = text.amount(value(entry, "{*}Amt"), "Amt")
    if whole <= 0:
        raise StatementError(_("сумма операции должна быть больше нуля: %(sum)s") % {"sum": whole})
    parts = entry.findall("{*}NtryDtls/{*}TxDtls")
    amounts = [_part_amount(part, entry) for part in parts]
    told = [amount for amount in amounts if amount is not None]
    if len(parts) > 1 and len(told) == len(parts) and sum(told) == whole:
        return [_movement(entry, part, amount, several=True) for part, amount in zip(parts, told, strict=True)]
    return [_movement(entry, parts[0] if len(parts) == 1 else None, whole, several=False)]


def _part_amount(part: etree._Element, entry: etree._Element) -> Decimal | None:
    """A transaction's sum in the entry's direction and currency; None if the file does not give it."""
    direction = value(part, "{*}CdtDbtInd")
    if direction and direction != value(entry, "{*}CdtDbtInd"):
        return None
    for path in ("{*}Amt", "{*}AmtDtls/{*}TxAmt/{*}Amt"):
        found, whole = part.find(path), entry.find("{*}Amt")
        if found is not None and whole is not None and found.get("Ccy") == whole.get("Ccy"):
            return text.amount(found.text or "", "TxDtls/Amt")
    return None


def _movement(entry: etree._Element, part: etree._Element | None, amount: Decimal, *, several: bool) -> Movement:
    told = etree.Element("none") if part is None else part
    day = _day(entry)
    credit, is_reversal = is_credit(entry), value(entry, "{*}RvslInd").lower() in {"true", "1"}
    # A reversal keeps the parties of the entry that it reverses.
    side = "Dbtr" if credit is not is_reversal else "Cdtr"
    payer = _iban(told, side)
    purpose = _purpose(told) or value(entry, "{*}AddtlNtryInf")
    reference = value(told, "{*}Refs/{*}EndToEndId", "{*}Refs/{*}InstrId")
    reference = "" if reference in _NONE else reference
    given = _given(entry, told, reference, several=several)
    made = made_identity(number=reference, day=day, amount=amount, payer_iban=payer, purpose=purpose)
    return Movement(
        identity=short(given or made),
        is_given=bool(given),
        day=day,
        credit=amount if credit else amount * 0,
        debit=amount * 0 if credit else amount,
        reference=reference,
        purpose=purpose,
        payer_name=value(told, f"{{*}}RltdPties/{{*}}{side}/{{*}}Pty/{{*}}Nm", f"{{*}}RltdPties/{{*}}{side}/{{*}}Nm"),
        payer_unp=_unp(told, side),
        payer_iban=payer,
        is_reversal=is_reversal,
    )


def _given(entry: etree._Element, told: etree._Element, reference: str, *, several: bool) -> str:
    """The bank's id. For one of several transactions of an entry, the entry's id needs the transaction's id beside
    it."""
    if own := value(told, "{*}Refs/{*}AcctSvcrRef"):
        return own
    whole, own = value(entry, "{*}AcctSvcrRef"), value(told, "{*}Refs/{*}TxId") or reference
    if several:
        return f"{whole}/{own}" if whole and own else ""
    return whole


def _day(entry: etree._Element) -> date:
    told = value(entry, "{*}BookgDt/{*}Dt", "{*}BookgDt/{*}DtTm", "{*}ValDt/{*}Dt", "{*}ValDt/{*}DtTm")
    return text.day(told, "BookgDt")


def _iban(told: etree._Element, side: str) -> str:
    account = f"{{*}}RltdPties/{{*}}{side}Acct/{{*}}Id"
    return text.account_number(value(told, f"{account}/{{*}}IBAN", f"{account}/{{*}}Othr/{{*}}Id"))


def _unp(told: etree._Element, side: str) -> str:
    sides = (f"{{*}}RltdPties/{{*}}{side}/{{*}}Pty/{{*}}Id", f"{{*}}RltdPties/{{*}}{side}/{{*}}Id")
    return value(told, *(f"{side}/{{*}}{kind}/{{*}}Othr/{{*}}Id" for side in sides for kind in ("OrgId", "PrvtId")))


def _purpose(told: etree._Element) -> str:
    lines = [(line.text or "").strip("\r\n") for line in told.findall("{*}RmtInf/{*}Ustrd")]
    purpose = "".join(line if len(line) >= _LINE else f"{line} " for line in lines)
    structured = told.findall("{*}RmtInf/{*}Strd")
    more = [value(row, "{*}CdtrRefInf/{*}Ref") for row in structured]
    more += [value(row, "{*}AddtlRmtInf") for row in structured]
    return " ".join(" ".join([purpose, *more]).split())
