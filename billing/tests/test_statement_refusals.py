"""Every refused bank file: cut off, damaged, in another encoding, not adding up, of another account (4.6)."""

from collections.abc import Callable, Iterable

import pytest

from billing import statements
from billing.statements import StatementError, StatementFormat
from billing.tests import bank_files
from billing.tests.bank_files import DOCS, OURS, PAYER, Doc

CUT_CLIENT_BANK = r"файл обрезан: нет строки «###» в конце|выписка клиент-банка типа \? не читается"
CUT_OFF = {
    "client-bank 3": CUT_CLIENT_BANK,
    "client-bank 4": CUT_CLIENT_BANK,
    "client-bank 400": CUT_CLIENT_BANK,
    "1c": "файл обрезан: нет строки «КонецФайла»",
    "camt053": "файл XML обрезан или повреждён",
    # Cut in the header, between the bytes of a letter, inside a row, or between rows.
    "csv": r"формат файла не распознан|кодировка|столбцов \d+, а в заголовке 12|первая и последняя строка должны",
}
HERE = "billing/tests/test_statement_refusals.py"
ONE_SUM = "должна быть одна сумма больше нуля"
every_maker = pytest.mark.parametrize("name", bank_files.MAKERS)


def forgotten(makers: Iterable[str]) -> list[str]:
    """Messages that name the formats without a reason for a file that is cut off."""
    return [f"«{name}» has no reason in CUT_OFF ({HERE})" for name in makers if name not in CUT_OFF]


def test_every_format_says_why_a_cut_file_is_refused() -> None:
    assert forgotten(bank_files.MAKERS) == []
    assert forgotten(["csv", "mt940"]) == [f"«mt940» has no reason in CUT_OFF ({HERE})"]


@every_maker
def test_a_balance_that_does_not_add_up_is_refused_with_the_difference(name: str) -> None:
    content = bank_files.MAKERS[name](DOCS).replace(b"1368.35", b"1368.45").replace(b"1368,35", b"1368,45")
    with pytest.raises(StatementError, match=r"исходящий остаток .* разница 0,10"):
        statements.read(content)


@pytest.mark.parametrize("name", ["client-bank 3", "client-bank 4", "client-bank 400", "1c"])
def test_a_total_that_does_not_add_up_is_refused(name: str) -> None:
    content = bank_files.MAKERS[name](DOCS).replace(b"425.40", b"425.00")
    with pytest.raises(StatementError, match=r"сумма поступлений .* разница −0,40"):
        statements.read(content)


@every_maker
def test_a_truncated_file_is_refused_wherever_it_is_cut(name: str) -> None:
    content = bank_files.MAKERS[name](DOCS).rstrip()
    cuts = [cut for cut in range(0, len(content) - 45, 37) if content[:cut].strip()]
    for cut in cuts:
        with pytest.raises(StatementError, match=CUT_OFF[name]):
            statements.read(content[:cut])


@pytest.mark.parametrize("encoding", ["utf-16", "cp866", "koi8-r", "utf-32"])
@pytest.mark.parametrize("maker", [bank_files.client_bank_400, bank_files.client_bank_4, bank_files.table])
def test_a_wrong_encoding_is_refused_and_never_shown_as_gibberish(maker: Callable[..., bytes], encoding: str) -> None:
    docs = [Doc(credit="5.00", payer="ООО Ромашка", purpose="Оплата за услуги связи по договору")]
    with pytest.raises(StatementError) as refusal:
        statements.read(maker(docs, encoding))
    assert refusal.value.code == "statement.encoding"


def test_a_file_encoded_twice_is_refused() -> None:
    content = bank_files.client_bank_400(DOCS, "utf-8").decode("windows-1251", errors="replace").encode()
    with pytest.raises(StatementError, match="кодировка"):
        statements.read(content)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&c;
</Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&a;</Document>"""


@pytest.mark.parametrize("content", [BOMB, OUTSIDE])
def test_an_xml_bomb_is_refused(content: bytes) -> None:
    with pytest.raises(StatementError, match="DOCTYPE"):
        statements.read(content)
    with pytest.raises(StatementError, match="кодировка"):
        statements.read(content.decode().encode("utf-16"))


def test_a_known_currency_must_be_the_accounts() -> None:
    with pytest.raises(StatementError, match="EUR"):
        statements.read(bank_files.camt053(DOCS, currency="EUR"))
    with pytest.raises(StatementError, match="USD"):
        statements.read(bank_files.client_bank_400(DOCS).replace(b" BYN ", b" USD "))
    with pytest.raises(StatementError, match="RUB"):
        statements.read(bank_files.table(DOCS).replace(b'"BYN"', b'"RUB"'))


def test_mixed_currencies_are_refused() -> None:
    content = bank_files.camt053(DOCS).replace(b'<Amt Ccy="BYN">1368.35', b'<Amt Ccy="SEK">1368.35')
    with pytest.raises(StatementError, match="разные валюты: BYN, SEK"):
        statements.read(content)


@every_maker
def test_a_statement_of_another_account_is_refused(name: str) -> None:
    content = bank_files.MAKERS[name](DOCS)
    assert statements.read(content, own=" ".join([OURS[:4], OURS[4:]]))[1].iban == OURS
    with pytest.raises(StatementError, match=f"выписка по счёту {OURS}, а счёт оператора {PAYER}"):
        statements.read(content, own=PAYER)


def test_another_format_than_told_is_refused() -> None:
    with pytest.raises(StatementError, match="файл формата 1c, а не csv"):
        statements.read(bank_files.one_c(DOCS), StatementFormat.CSV)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "файл пуст"),
        (b"  \n", "файл пуст"),
        (b"hello", "формат файла не распознан"),
        (b"%PDF-1.7", "формат файла не распознан"),
        (b"<html></html>", "это не camt.053"),
        (b"***** Type", r"выписка клиент-банка типа \? не читается"),
        (b"a;b;c\n1;2", "формат файла не распознан"),
    ],
)
def test_a_file_that_is_no_statement_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(StatementError, match=reason):
        statements.read(content)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("client-bank 4", "Type=4", "Type=5", "типа 5 не читается"),
        ("client-bank 4", "Credit=125.00", "Credit=сто", "непонятная сумма: Credit, Num=362"),
        ("client-bank 4", "Credit=125.00", "Credit=0.00", ONE_SUM),
        ("client-bank 4", "Credit=125.00", "Credit=-125.00", ONE_SUM),
        ("client-bank 4", "Db=57.05^\r\n^Credit=0.00", "Db=57.05^\r\n^Credit=57.05", ONE_SUM),
        ("client-bank 4", "OpDate=09.11.2026", "OpDate=39.11.2026", "непонятная дата: OpDate «39.11.2026»"),
        ("client-bank 4", "RestIn", "Rest", "нет остатка: RestIn или CrIn"),
        ("client-bank 4", "^DB=57.05^\r\n", "", "нет итога DB"),
        ("1c", "ВерсияФормата=1.02", "ВерсияФормата=2.00", "версии «2.00» не читается"),
        ("1c", "НачальныйОстаток", "Остаток", "нет значения НачальныйОстаток"),
        ("1c", "Сумма=125.00", "Сумма=0", "в документе 362 неверная сумма или счета"),
        ("1c", "Номер=17", "Номер=", "нет значения Номер"),
        ("1c", f"ПлательщикСчет={OURS}", "ПлательщикСчет=BY00", "документ, который не касается счёта выписки"),
        ("csv", "Остаток", "Сальдо", "формат файла не распознан"),
        ("csv", "125,00", "1,2,5", "непонятная сумма: приход «1,2,5»"),
    ],
)
def test_a_damaged_file_is_refused(name: str, old: str, new: str, reason: str) -> None:
    encoding = "utf-8" if name == "csv" else "windows-1251"
    content = bank_files.MAKERS[name](DOCS)
    damaged = content.replace(old.encode(encoding), new.encode(encoding))
    assert damaged != content
    with pytest.raises(StatementError, match=reason):
        statements.read(damaged)


@pytest.mark.parametrize("name", ["client-bank 3", "client-bank 4", "client-bank 400", "csv"])
def test_a_document_with_both_sums_is_refused_though_the_totals_agree(name: str) -> None:
    with pytest.raises(StatementError, match=ONE_SUM):
        statements.read(bank_files.MAKERS[name]([Doc(credit="5.00", debit="2.00")]))


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        ("camt.053.001.02", "это не camt.053"),
        ("<Cd>CLBD</Cd>", "нет остатка CLBD"),
        ("<Cd>OPBD</Cd>", "нет остатка OPBD/PRCD"),
        ("CRDT", "поступление это или списание"),
        (f"<IBAN>{OURS}</IBAN>", "не назван счёт"),
    ],
)
def test_a_damaged_camt_is_refused(old: str, reason: str) -> None:
    with pytest.raises(StatementError, match=reason):
        statements.read(bank_files.camt053(DOCS).replace(old.encode(), b"X"))


@pytest.mark.parametrize("name", ["client-bank 4", "camt053", "csv"])
def test_one_id_with_two_contents_is_refused(name: str) -> None:
    content = bank_files.MAKERS[name]([Doc(credit="5.00", id="OP1"), Doc(credit="6.00", id="OP1")])
    with pytest.raises(StatementError, match="у двух разных документов"):
        statements.read(content)


@pytest.mark.parametrize("name", ["client-bank 4", "camt053", "csv"])
def test_one_id_of_two_equal_credits_is_refused_and_loses_neither(name: str) -> None:
    twins = [Doc(credit="5.00", id="OP1"), Doc(credit="5.00", id="OP1", payer="ООО «Лютик»", purpose="За связь")]
    with pytest.raises(StatementError, match="у двух разных документов"):
        statements.read(bank_files.MAKERS[name](twins))
    debits = [Doc(debit="5.00", id="OP1"), Doc(debit="5.00", id="OP1")]
    assert not statements.read(bank_files.MAKERS[name](debits))[1].credits


def test_a_quotation_mark_that_is_never_closed_is_refused() -> None:
    content = bank_files.table(DOCS)
    with pytest.raises(StatementError, match="кавычки"):
        statements.read(content + b'"' + b"x" * 200_000)


def test_a_sum_that_no_payment_can_hold_is_refused() -> None:
    with pytest.raises(StatementError, match="непонятная сумма"):
        statements.read(bank_files.client_bank_4([Doc(credit="1000000000000.00", id="OP1")]))


def test_accounts_of_a_file_are_told_apart_by_our_own() -> None:
    content = bank_files.one_c(DOCS).decode("windows-1251")
    section = content[content.index("СекцияРасчСчет") : content.index("КонецРасчСчет")].replace(OURS, PAYER)
    both = content.replace("КонецРасчСчет", f"КонецРасчСчет\r\n{section}КонецРасчСчет", 1).encode("windows-1251")
    assert statements.read(both, own=OURS)[1].iban == OURS
    with pytest.raises(StatementError, match="в реквизитах оператора"):
        statements.read(both)
