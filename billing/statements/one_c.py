"""Reads 1CClientBankExchange 1.01-1.03: sections of `Ключ=значение` lines; a credit is a document paid to us."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from billing.statements import text
from billing.statements.records import Movement, Statement, StatementError, chain, made_identity, short

MARK = "1CClientBankExchange"
VERSIONS = {"1.01", "1.02", "1.03"}
_PAIR = re.compile(r"([А-Яа-яЁёA-Za-z]+\d*)=(.*)")
_BEGINS = {"СекцияРасчСчет": "account", "СекцияДокумент": "document"}
_ENDS = {"КонецРасчСчет": "account", "КонецДокумента": "document"}
Fields = dict[str, str]


@dataclass(slots=True)
class _File:
    """Parsed fields: of the whole file, of each account, of each document."""

    whole: Fields = field(default_factory=dict)
    accounts: list[Fields] = field(default_factory=list)
    documents: list[Fields] = field(default_factory=list)


def read(content: str, own: str = "") -> Statement:
    """Reads the file. `own` is our account, if configured: a file may contain several. Raises StatementError."""
    lines = [line for line in content.split("\n") if line.strip()]
    if lines[-1].strip() != "КонецФайла":
        raise StatementError(_("файл обрезан: нет строки «КонецФайла»"), code="statement.truncated")
    file = _parse(lines[1:-1])
    version = file.whole.get("ВерсияФормата", "")
    if version not in VERSIONS:
        raise StatementError(_("формат 1С версии «%(version)s» не читается: нужны 1.01–1.03") % {"version": version})
    ours = _our_account(file, own)
    sections = [section for section in file.accounts if _account(section, "РасчСчет") == ours]
    documents = [document for document in file.documents if ours in _sides(document)]
    if len({_account(section, "РасчСчет") for section in file.accounts}) == 1:
        _check_all_ours(file.documents, documents)
    return _statement(ours, sections, documents)


def _parse(lines: list[str]) -> _File:
    file = _File()
    fields, inside, last = file.whole, "", ""
    for line in lines:
        name, _sign, value = line.strip().partition("=")
        if name in _BEGINS and not inside:
            inside, last = _BEGINS[name], ""
            fields = {"Вид": value}
            (file.accounts if inside == "account" else file.documents).append(fields)
        elif name in _ENDS and _ENDS[name] == inside:
            fields, inside, last = file.whole, "", ""
        elif pair := _PAIR.fullmatch(line.strip()):
            last = pair[1]
            fields.setdefault(last, pair[2].strip())
        elif last:
            fields[last] += f" {line.strip()}"
        else:
            raise StatementError(_("непонятная строка «%(line)s»") % {"line": line[:40]})
    if inside:
        raise StatementError(_("файл обрезан: секция не закончена"), code="statement.truncated")
    return file


def _our_account(file: _File, own: str) -> str:
    told = sorted({_account(section, "РасчСчет") for section in file.accounts} - {""})
    if own in told:
        return own
    if len(told) != 1:
        raise StatementError(
            _("в файле счета %(told)s: укажите свой в реквизитах оператора") % {"told": ", ".join(told) or "не названы"}
        )
    return told[0]


def _statement(ours: str, sections: list[Fields], documents: list[Fields]) -> Statement:
    parts = [
        Statement(
            iban=ours,
            currency="",
            first_day=text.day(_need(section, "ДатаНачала"), "ДатаНачала"),
            last_day=text.day(_need(section, "ДатаКонца"), "ДатаКонца"),
            opening=text.amount(_need(section, "НачальныйОстаток"), "НачальныйОстаток"),
            closing=text.amount(_need(section, "КонечныйОстаток"), "КонечныйОстаток"),
            movements=[],
            total_credit=text.amount(_need(section, "ВсегоПоступило"), "ВсегоПоступило"),
            total_debit=text.amount(_need(section, "ВсегоСписано"), "ВсегоСписано"),
        )
        for section in sections
    ]
    return chain(parts, [_movement(document, ours) for document in documents])


def _movement(document: Fields, ours: str) -> Movement:
    number = _need(document, "Номер")
    payer, receiver = _sides(document)
    is_credit = receiver == ours
    amount = text.amount(_need(document, "Сумма"), f"Сумма, Номер={number}")
    if amount <= 0 or payer == receiver:
        raise StatementError(_("в документе %(number)s неверная сумма или счета") % {"number": number})
    written = text.day(_need(document, "Дата"), "Дата")
    done = document.get("ДатаПоступило" if is_credit else "ДатаСписано", "")
    other, purpose = "Плательщик" if is_credit else "Получатель", _joined(document, "НазначениеПлатежа")
    iban = payer if is_credit else receiver
    made = made_identity(number=number, day=written, amount=amount, payer_iban=iban, purpose=purpose)
    return Movement(
        identity=short(made),
        is_given=False,
        day=text.day(done, "ДатаПоступило") if done else written,
        credit=amount if is_credit else amount * 0,
        debit=amount * 0 if is_credit else amount,
        reference=number,
        purpose=purpose,
        payer_name=_joined(document, other),
        payer_unp=document.get(f"{other}ИНН", ""),
        payer_iban=iban,
    )


def _check_all_ours(documents: list[Fields], ours: list[Fields]) -> None:
    if len(documents) != len(ours):
        raise StatementError(_("в файле есть документ, который не касается счёта выписки"))


def _sides(document: Fields) -> tuple[str, str]:
    """The accounts of the payer and of the payee."""
    return (
        _account(document, "ПлательщикСчет") or _account(document, "ПлательщикРасчСчет"),
        _account(document, "ПолучательСчет") or _account(document, "ПолучательРасчСчет"),
    )


def _account(fields: Fields, key: str) -> str:
    return text.account_number(fields.get(key, ""))


def _joined(document: Fields, key: str) -> str:
    """The value of the key, or the joined values of its numbered keys."""
    if value := document.get(key):
        return value
    return " ".join(document[f"{key}{n}"] for n in range(1, 7) if document.get(f"{key}{n}"))


def _need(fields: Fields, key: str) -> str:
    if not fields.get(key):
        raise StatementError(_("в файле нет значения %(key)s") % {"key": key}, code="statement.truncated")
    return fields[key]
