"""Creates bank files in the formats that banks export: a list of documents in, bytes out. Their sums are provable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

OURS = "BY86AKBB30120000000000000933"
PAYER = "BY34ALFA30122H10700010270000"
OPENING = Decimal("1000.00")


@dataclass(frozen=True, slots=True)
class Doc:
    """A document of a statement: sums in BYN, `day` as `09.11.2026`; an empty `id`: the bank gives no id."""

    credit: str = "0.00"
    debit: str = "0.00"
    id: str = ""
    number: str = "362"
    day: str = "09.11.2026"
    payer: str = "ООО «Ромашка»"
    unp: str = "100000007"
    iban: str = PAYER
    purpose: str = "Оплата за услуги связи, л/с 700100001"
    reversal: bool = False

    @property
    def iso_day(self) -> str:
        return "-".join(reversed(self.day.split(".")))


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a file covers, and the balance before its first document."""

    opening: Decimal = OPENING
    first: str = "01.11.2026"
    last: str = "30.11.2026"

    @property
    def iso(self) -> tuple[str, str]:
        return "-".join(reversed(self.first.split("."))), "-".join(reversed(self.last.split(".")))


MONTH = Span()
DOCS = [
    Doc(credit="125.00", id="OP1"),
    Doc(debit="57.05", id="OP2", purpose="Комиссия банка"),
    Doc(credit="300.40", id="OP3", number="17", day="10.11.2026", purpose="По договору a=b; л/с 700100002"),
]


def closing(docs: Sequence[Doc], span: Span = MONTH) -> Decimal:
    return span.opening + sum(Decimal(doc.credit) - Decimal(doc.debit) for doc in docs)


def credits_of(docs: Sequence[Doc]) -> Decimal:
    return sum((Decimal(doc.credit) for doc in docs), Decimal("0.00"))


def debits_of(docs: Sequence[Doc]) -> Decimal:
    return sum((Decimal(doc.debit) for doc in docs), Decimal("0.00"))


def client_bank_4(docs: Sequence[Doc], encoding: str = "windows-1251", *, span: Span = MONTH) -> bytes:
    """With balances in RestIn and RestOut, and the bank's id in OperationID."""
    lines = [f"***** ^Type=4^ ^Acc={OURS}^  -  Vypiska po schetu za period", "[IN_PARAM]", f"^DateBegin={span.first}^"]
    lines += ["[OUT_PARAM]", f"^DateBegin={span.first}^", f"^DateEnd={span.last}^", f"^DateIn={span.first}^"]
    lines += [f"^RestIn={span.opening}^"]
    for doc in docs:
        lines += [f"^DocDate={doc.day}^", f"^Num={doc.number}^", "^Code=ALFABY2X^", f"^Acc={doc.iban}^"]
        lines += [f"^OperationID={doc.id}^"] if doc.id else []
        lines += [f"^Db={doc.debit}^", f"^Credit={doc.credit}^", f"^KorUNP={doc.unp}^", f"^KorName={doc.payer}^"]
        lines += [f"^Nazn={doc.purpose}^", f"^OpDate={doc.day}^", "^DateTime=13:48:46^"]
    lines += [f"^DB={debits_of(docs)}^", f"^CR={credits_of(docs)}^", f"^RestOut={closing(docs, span)}^", "#" * 40]
    return "\r\n".join([*lines, ""]).encode(encoding)


def client_bank_400(
    docs: Sequence[Doc], encoding: str = "windows-1251", kind: str = "400", *, span: Span = MONTH
) -> bytes:
    """With balances in CrIn and CrOut, the bank's id in DocID, and a purpose that continues in Nazn2 within a word."""
    lines = [f"***** ^Type={kind}^ ^Acc={OURS}^  -  Выписка по рублёвому счету", "[IN_PARAM]", f"^Date1={span.first}^"]
    lines += ["[OUT_PARAM]", f"^Header4=Счет клиента*************** {OURS} BYN Пассивный^", f"^DateIn={span.first}^"]
    lines += ["^DebIn=0.00^", f"^CrIn={span.opening}^"]
    for doc in docs:
        half = len(doc.purpose) - 4
        lines += [f"^DocDate={doc.day}^", f"^Num={doc.number}^", "^Opr=6^", "^PayC=^", "^Cod=PJCBBY2X^"]
        lines += [f"^Acc={doc.iban}^", f"^Db={doc.debit}^", f"^UNNRec={doc.unp}^", f"^KorName={doc.payer}^"]
        lines += [f"^Nazn={doc.purpose[:half]}^", f"^Nazn2={doc.purpose[half:]}^"]
        lines += [f"^DocID={doc.id}^"] if doc.id else []
        lines += [f"^OpDate={doc.day} 10:19:04^", f"^Credit={doc.credit}^"]
    lines += [f"^DB={debits_of(docs)}^", f"^CR={credits_of(docs)}^", f"^DateOut={span.last}^", "^DebOut=0.00^"]
    lines += [f"^CrOut={closing(docs, span)}^", "^Answer=Запрос обработан^", "#" * 40]
    return "\r\n".join([*lines, ""]).encode(encoding)


def client_bank_3(docs: Sequence[Doc], encoding: str = "windows-1251", *, span: Span = MONTH) -> bytes:
    return client_bank_400(docs, encoding, kind="3", span=span)


def one_c(docs: Sequence[Doc], encoding: str = "windows-1251", version: str = "1.02", *, span: Span = MONTH) -> bytes:
    """A 1C file, without ids of the bank."""
    said = {"cp866": "DOS"}.get(encoding, "Windows")
    lines = ["1CClientBankExchange", f"ВерсияФормата={version}", f"Кодировка={said}", f"ДатаНачала={span.first}"]
    lines += [f"ДатаКонца={span.last}", f"РасчСчет={OURS}", "СекцияРасчСчет", f"ДатаНачала={span.first}"]
    lines += [f"ДатаКонца={span.last}", f"РасчСчет={OURS}", f"НачальныйОстаток={span.opening}"]
    lines += [f"ВсегоПоступило={credits_of(docs)}", f"ВсегоСписано={debits_of(docs)}"]
    lines += [f"КонечныйОстаток={closing(docs, span)}", "КонецРасчСчет"]
    for doc in docs:
        is_credit = Decimal(doc.credit) > 0
        payer, receiver = (doc.iban, OURS) if is_credit else (OURS, doc.iban)
        lines += ["СекцияДокумент=Платежное поручение", f"Номер={doc.number}", f"Дата={doc.day}"]
        lines += [f"Сумма={doc.credit if is_credit else doc.debit}", f"ПлательщикСчет={payer}"]
        other = "Плательщик" if is_credit else "Получатель"
        lines += [f"{other}ИНН={doc.unp}", f"{other}1={doc.payer}", f"ПолучательСчет={receiver}"]
        lines += [f"ДатаПоступило={doc.day}"] if is_credit else [f"ДатаСписано={doc.day}"]
        lines += [f"НазначениеПлатежа={doc.purpose}", "КонецДокумента"]
    return "\r\n".join([*lines, "КонецФайла", ""]).encode(encoding)


def camt053(docs: Sequence[Doc], version: int = 2, currency: str = "BYN", *, span: Span = MONTH) -> bytes:
    """A camt.053 file with the bank's id in AcctSvcrRef; v8 wraps the payer and the status in further elements."""
    entries = "".join(_entry(doc, version, currency) for doc in docs)
    total, (first, last) = closing(docs, span), span.iso
    sign = "CRDT" if total >= 0 else "DBIT"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>
</GrpHdr><Stmt><Id>1</Id><FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T00:00:00</ToDtTm></FrToDt>
<Acct><Id><IBAN>{OURS}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(span.opening)}</Amt>
<CdtDbtInd>{"CRDT" if span.opening >= 0 else "DBIT"}</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(total)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>
</Bal>{entries}</Stmt></BkToCstmrStmt></Document>""".encode()


def _entry(doc: Doc, version: int, currency: str) -> str:
    is_credit = Decimal(doc.credit) > 0
    side = "Dbtr" if is_credit is not doc.reversal else "Cdtr"
    organisation = f"<Nm>{doc.payer}</Nm><Id><OrgId><Othr><Id>{doc.unp}</Id></Othr></OrgId></Id>"
    payer = f"<Pty>{organisation}</Pty>" if version >= 8 else organisation
    status = "<Cd>BOOK</Cd>" if version >= 8 else "BOOK"
    reversal = "<RvslInd>true</RvslInd>" if doc.reversal else ""
    reference = f"<AcctSvcrRef>{doc.id}</AcctSvcrRef>" if doc.id else ""
    return f"""<Ntry><Amt Ccy="{currency}">{doc.credit if is_credit else doc.debit}</Amt>
<CdtDbtInd>{"CRDT" if is_credit else "DBIT"}</CdtDbtInd>{reversal}<Sts>{status}</Sts>
<BookgDt><Dt>{doc.iso_day}</Dt></BookgDt>
{reference}<NtryDtls><TxDtls><Refs><EndToEndId>{doc.number}</EndToEndId></Refs><RltdPties><{side}>{payer}</{side}>
<{side}Acct><Id><IBAN>{doc.iban}</IBAN></Id></{side}Acct></RltdPties><RmtInf><Ustrd>{doc.purpose}</Ustrd></RmtInf></TxDtls>
</NtryDtls></Ntry>"""


def table(docs: Sequence[Doc], encoding: str = "utf-8-sig", separator: str = ";", *, span: Span = MONTH) -> bytes:
    """A plain CSV file with decimal commas."""
    rows = [["Счёт", "Валюта", "Дата", "Номер", "Операция", "Приход", "Расход", "Остаток"]]
    rows[0] += ["Плательщик", "УНП", "Счёт плательщика", "Назначение"]
    rows += [[OURS, "BYN", span.first, "", "", "", "", _comma(str(span.opening)), "", "", "", "Входящий остаток"]]
    for doc in docs:
        sums = [_comma(sum_) if Decimal(sum_) else "" for sum_ in (doc.credit, doc.debit)]
        rows += [[OURS, "BYN", doc.day, doc.number, doc.id, *sums, "", doc.payer, doc.unp, doc.iban, doc.purpose]]
    end = _comma(str(closing(docs, span)))
    rows += [[OURS, "BYN", span.last, "", "", "", "", end, "", "", "", "Исходящий остаток"]]
    return "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows).encode(encoding)


def _comma(amount: str) -> str:
    return amount.replace(".", ",")


MAKERS: dict[str, Callable[..., bytes]] = {
    "client-bank 3": client_bank_3,
    "client-bank 4": client_bank_4,
    "client-bank 400": client_bank_400,
    "1c": one_c,
    "camt053": camt053,
    "csv": table,
}
