"""Readers of bank statements: what they read from each format (4.6)."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from billing import statements
from billing.statements import StatementError, StatementFormat
from billing.tests import bank_files
from billing.tests.bank_files import DOCS, OURS, PAYER, Doc

FORMATS = {
    "client-bank 3": StatementFormat.CLIENT_BANK,
    "client-bank 4": StatementFormat.CLIENT_BANK,
    "client-bank 400": StatementFormat.CLIENT_BANK,
    "1c": StatementFormat.ONE_C,
    "camt053": StatementFormat.CAMT053,
    "csv": StatementFormat.CSV,
}
every_maker = pytest.mark.parametrize("name", bank_files.MAKERS)
GUIDE = Path(settings.BASE_DIR) / "docs/formats.md"


def forgotten(makers: Iterable[str], guide: str) -> list[str]:
    """Messages that name what a format of bank files lacks."""
    here, told = "billing/tests/test_statement_readers.py", {FORMATS.get(name) for name in makers}
    unsaid = [
        name for name in makers if name not in FORMATS
    ]  # one of them may be the maker that a format seems to lack
    lacking = [fmt for fmt in StatementFormat if fmt not in told and str(fmt) not in unsaid]
    return sorted(
        [f"«{name}» of MAKERS has no format in FORMATS ({here})" for name in unsaid]
        + [f"«{fmt}» has no maker in MAKERS (billing/tests/bank_files.py)" for fmt in lacking]
        + [f"«{fmt}» is not in docs/formats.md" for fmt in StatementFormat if f"`{fmt}`" not in guide]
    )


def test_every_format_has_its_maker_and_its_words() -> None:
    assert forgotten(bank_files.MAKERS, GUIDE.read_text(encoding="utf-8")) == []


def test_a_forgotten_place_of_a_format_is_named() -> None:
    makers = {*bank_files.MAKERS, "mt940"} - {"csv"}
    guide = " ".join(f"`{fmt}`" for fmt in StatementFormat if fmt != StatementFormat.CAMT053)
    assert forgotten(makers, guide) == [
        "«camt053» is not in docs/formats.md",
        "«csv» has no maker in MAKERS (billing/tests/bank_files.py)",
        "«mt940» of MAKERS has no format in FORMATS (billing/tests/test_statement_readers.py)",
    ]


@every_maker
def test_a_statement_is_read_whole(name: str) -> None:
    fmt, statement = statements.read(bank_files.MAKERS[name](DOCS))
    assert (fmt, statement.iban) == (FORMATS[name], OURS)
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1368.35"))
    assert (statement.first_day, statement.last_day) == (date(2026, 11, 1), date(2026, 11, 30))
    assert [movement.debit for movement in statement.debits] == [Decimal("57.05")]
    first, second = statement.credits
    assert (first.credit, first.day, first.reference) == (Decimal("125.00"), date(2026, 11, 9), "362")
    assert (first.payer_name, first.payer_unp, first.payer_iban) == ("ООО «Ромашка»", "100000007", PAYER)
    assert first.purpose == "Оплата за услуги связи, л/с 700100001"
    assert (second.credit, second.day, second.reference) == (Decimal("300.40"), date(2026, 11, 10), "17")
    assert second.purpose == "По договору a=b; л/с 700100002"


@pytest.mark.parametrize("name", ["client-bank 3", "client-bank 4", "client-bank 400", "camt053", "csv"])
def test_the_bank_s_own_id_is_the_identity(name: str) -> None:
    _fmt, statement = statements.read(bank_files.MAKERS[name](DOCS))
    assert [movement.identity for movement in statement.movements] == ["OP1", "OP2", "OP3"]


@every_maker
def test_without_an_id_all_that_a_document_says_is_its_identity(name: str) -> None:
    docs = [Doc(credit="5.00"), Doc(credit="6.00"), Doc(credit="5.00", iban=OURS[:-1] + "1"), Doc(credit="5.00")]
    docs += [Doc(credit="5.00", purpose="Оплата за услуги связи, л/с 700100002")]
    _fmt, statement = statements.read(bank_files.MAKERS[name](docs))
    identities = [movement.identity for movement in statement.movements]
    assert (len(set(identities)), identities[0]) == (4, identities[3])
    alone = statements.read(bank_files.MAKERS[name](docs[1:2]))[1]
    assert alone.movements[0].identity == statement.movements[1].identity


@pytest.mark.parametrize("version", range(2, 9))
def test_every_version_of_camt(version: int) -> None:
    _fmt, statement = statements.read(bank_files.camt053(DOCS, version))
    assert [movement.payer_unp for movement in statement.credits] == ["100000007", "100000007"]


@pytest.mark.parametrize("version", ["1.01", "1.02", "1.03"])
def test_every_version_of_1c(version: str) -> None:
    assert len(statements.read(bank_files.one_c(DOCS, version=version))[1].movements) == 3


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize(
    "maker", [bank_files.client_bank_4, bank_files.client_bank_400, bank_files.one_c, bank_files.table]
)
def test_both_encodings(maker: Callable[..., bytes], encoding: str) -> None:
    assert statements.read(maker(DOCS, encoding))[1].credits[0].payer_name == "ООО «Ромашка»"


def test_1c_in_dos() -> None:
    docs = [Doc(credit="5.00", payer="ООО Ромашка")]
    assert statements.read(bank_files.one_c(docs, "cp866"))[1].credits[0].payer_name == "ООО Ромашка"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separators_of_csv(separator: str) -> None:
    docs = [Doc(credit="1.50", purpose="л/с 700100001")]
    assert statements.read(bank_files.table(docs, separator=separator))[1].closing == Decimal("1001.50")


def test_an_overdraft_is_a_negative_balance() -> None:
    _fmt, statement = statements.read(bank_files.camt053([Doc(debit="1500.00", id="OP1")]))
    assert statement.closing == Decimal("-500.00")


def test_pending_entries_of_camt_are_no_movements() -> None:
    pending = bank_files.camt053([Doc(credit="10.00", id="P1")]).replace(b"BOOK", b"PDNG")
    content = pending.replace(b'"BYN">1010.00', b'"BYN">1000.00')
    assert statements.read(content)[1].movements == []


def test_an_entry_of_camt_with_several_transactions() -> None:
    """If the entry gives their sums, each is a separate payment, named by the entry's reference and its own."""
    whole = bank_files.camt053([Doc(credit="30.00", id="B1")]).decode()
    start, end = whole.index("<TxDtls>"), whole.index("</TxDtls>") + len("</TxDtls>")
    part = whole[start:end]
    parts = [
        part.replace("<TxDtls>", f'<TxDtls><AmtDtls><TxAmt><Amt Ccy="BYN">{amount}</Amt></TxAmt></AmtDtls>').replace(
            "362", number
        )
        for amount, number in (("10.00", "1"), ("20.00", "2"))
    ]
    found = statements.read((whole[:start] + "".join(parts) + whole[end:]).encode())[1].movements
    assert [(movement.identity, movement.credit) for movement in found] == [
        ("B1/1", Decimal("10.00")),
        ("B1/2", Decimal("20.00")),
    ]


def test_1c_with_a_section_for_each_day() -> None:
    docs = [Doc(credit="125.00"), Doc(debit="25.00")]
    content = bank_files.one_c(docs).decode("windows-1251")
    start, end = content.index("СекцияРасчСчет"), content.index("КонецРасчСчет")
    section = content[start:end]
    one = section.replace("КонечныйОстаток=1100.00", "КонечныйОстаток=1125.00").replace("Списано=25", "Списано=0")
    two = (
        section.replace("НачальныйОстаток=1000.00", "НачальныйОстаток=1125.00")
        .replace("Поступило=125", "Поступило=0")
        .replace("01.11", "10.11")
    )
    both = content[:start] + two + "КонецРасчСчет\r\n" + one + content[end:]
    statement = statements.read(both.encode("windows-1251"))[1]
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1100.00"))
    gap = both.replace("НачальныйОстаток=1125.00", "НачальныйОстаток=1124.00")
    with pytest.raises(StatementError, match="не сходится"):
        statements.read(gap.encode("windows-1251"))


@every_maker
def test_lines_that_end_with_cr_alone_are_lines(name: str) -> None:
    whole = bank_files.MAKERS[name](DOCS).replace(b"\r\n", b"\n")
    assert statements.read(whole.replace(b"\n", b"\r")) == statements.read(whole)
