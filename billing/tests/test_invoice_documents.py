"""Invoice documents: the sums of the charges equal those of the invoice, the ledger, the XLSX and the PDF (4.7)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db.models import Sum
from django.template.loader import render_to_string
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.models import Account
from billing.models import Invoice, LedgerEntry
from billing.reports import invoice_documents, invoice_sheets
from billing.reports import reconciliation as reconciliation_report
from billing.selectors import invoice_lines, reconciliation
from billing.services import corrections
from billing.tests.issued import OCTOBER, account_with_trunk, issued
from billing.tests.money import paid
from sipcabinet.lib import pdf
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sum_in_words import roubles
from subscribers.calls import months
from subscribers.models import Destination, PlanKind, PlanTerms, Subscriber, VatRate
from subscribers.tests.factories import CallFactory, DestinationFactory, NumberFactory, PlanTermsFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoicing_day")]
A_DAY = datetime(2026, 10, 5, 9, tzinfo=UTC)


@pytest.fixture
def account(invoicing_day: None) -> Account:
    return account_with_trunk()


def call(subscriber: Subscriber, cost: str, **fields: Any) -> None:
    abroad = DestinationFactory.create(code="ru", name="Россия, Казахстан и другие страны СНГ")
    CallFactory.create(subscriber=subscriber, destination=abroad, cost=cost, **{"started_at": A_DAY, **fields})


def one_line(account: Account) -> None:
    """An account with only a fee."""


def many_numbers(account: Account) -> None:
    """A trunk with 120 numbers and calls."""
    plan = PlanTermsFactory.create(plan__kind=PlanKind.NUMBER, monthly_fee="3.20").plan
    trunk = Subscriber.objects.get()
    for at in range(120):
        number = NumberFactory.create(trunk=trunk, plan=plan, label=f"Кабинет {at}")
        call(number, f"{at % 7}.234567")


def late_lines(account: Account) -> None:
    months.close(Month(2026, 9))
    trunk = Subscriber.objects.get()
    call(trunk, "1.005")
    call(trunk, "2.004", started_at=datetime(2026, 9, 5, 9, tzinfo=UTC), charged_in=date(2026, 10, 1))


def no_vat(account: Account) -> None:
    VatRate.objects.update(percent=0)
    call(Subscriber.objects.get(), "3.339")


def paid_and_mended(account: Account) -> None:
    former = issued(account, Month(2026, 9), date(2026, 10, 10))
    corrections.issue(
        invoice=former, changes=[(former.closing.charges.get(), Decimal("11.11"))], reason="Ошибка в тарифе"
    )
    paid(account, "5.00", date(2026, 10, 20))


SHAPES = [one_line, pytest.param(many_numbers, marks=pytest.mark.full), late_lines, no_vat, paid_and_mended]


def written(write: Callable[[Any, Invoice], object], invoice: Invoice) -> bytes:
    stream = BytesIO()
    write(stream, invoice)
    return stream.getvalue()


def text_of(document: bytes) -> str:
    """The text of all pages with single spaces, as a program extracts it."""
    pages = PdfReader(BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def shown(amount: Decimal) -> str:
    return f"{abs(amount):,.2f}".replace(",", " ").replace(".", ",")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_sum_is_the_same(account: Account, shape: Callable[[Account], None]) -> None:
    shape(account)

    invoice = issued(account)

    sums = invoice.closing.charges.aggregate(net=Sum("net"), vat=Sum("vat"))
    assert (sums["net"], sums["vat"]) == (invoice.net, invoice.vat)
    assert LedgerEntry.objects.get(source_key=f"invoice:{invoice.pk}").amount == -invoice.total
    lines = invoice_lines.lines(invoice)
    assert (sum(line.net for line in lines), sum(line.vat for line in lines)) == (invoice.net, invoice.vat)
    people = invoice_lines.by_subscriber(invoice)
    assert sum(one.gross for one in people) == sum(sum(one.by_group) for one in people) == invoice.total
    _the_sheet_says(invoice)
    _the_documents_say(invoice)


def _the_sheet_says(invoice: Invoice) -> None:
    sheet = load_workbook(BytesIO(written(invoice_sheets.write, invoice))).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.rows]
    head = next(at for at, row in enumerate(rows) if row[0] == "Номер")
    sums = [Decimal(str(row[-1])) for row in rows[head + 1 : -1]]
    assert sum(sums) == Decimal(str(rows[-1][-1])) == invoice.total
    assert len(sums) == invoice.closing.charges.count()


def _the_documents_say(invoice: Invoice) -> None:
    text = text_of(written(invoice_documents.write_invoice, invoice))
    percent = f"{invoice.vat_percent.normalize():f}"
    whole = f"{shown(invoice.net)} {shown(invoice.vat)} {shown(invoice.total)}"
    assert f"НДС {percent} %, BYN" in text
    assert f"Итого за октябрь 2026 {whole}" in text
    assert f"К оплате: {shown(invoice.due)} BYN {roubles(invoice.due)}" in text
    assert invoice.purpose in text
    act = text_of(written(invoice_documents.write_act, invoice))
    assert f"Итого за октябрь 2026 {whole}" in act
    assert f"Всего оказано услуг на сумму {shown(invoice.total)} BYN ({roubles(invoice.total)})" in act


@pytest.mark.full
def test_the_invoice_reads_in_its_order_with_the_head_of_a_long_table_on_each_page(account: Account) -> None:
    many_numbers(account)

    document = written(invoice_documents.write_invoice, issued(account))

    text = text_of(document)

    wanted = [
        "Счёт № 000001 от 10.11.2026",
        "за услуги связи за период с 01.10.2026 по 31.10.2026",
        account.contract_number,
        account.number,
        "Поставщик:",
        "Покупатель:",
        account.customer.name,
        account.customer.unp,
        account.customer.iban,
        "Услуга",
        "Абонентская плата",
        "SIP-соединение",
        "SIP-номер",
        "Россия, Казахстан и другие страны СНГ",
        "Итого за октябрь 2026",
        "Входящее сальдо",
        "К оплате:",
        "Оплатить до 25.11.2026",
        "Назначение платежа",
        "Приложение к счёту № 000001",
        "Кабинет 0",
        "Кабинет 119",
    ]
    places = [text.index(part) for part in wanted]
    assert places == sorted(places)
    reader = PdfReader(BytesIO(document))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert len(pages) > 3
    assert all("Номер Название" in page for page in pages[1:])
    assert [f"Страница {at} из {len(pages)}" in page for at, page in enumerate(pages, 1)] == [True] * len(pages)


def test_of_very_many_numbers_the_sheet_tells(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    NumberFactory.create(trunk=Subscriber.objects.get(), plan=PlanTermsFactory.create(plan__kind=PlanKind.NUMBER).plan)
    invoice = issued(account)
    assert "Приложение" in text_of(written(invoice_documents.write_invoice, invoice))
    monkeypatch.setattr(invoice_documents, "MOST_NUMBERS", 1)
    text = text_of(written(invoice_documents.write_invoice, invoice))
    assert "Приложение" not in text
    assert "Начисления по номерам — в файле XLSX к этому счёту" in text


@pytest.mark.parametrize("write", [invoice_documents.write_invoice, invoice_documents.write_act])
def test_it_is_tagged_and_has_our_fonts_alone(account: Account, write: Callable[[Any, Invoice], None]) -> None:
    reader = PdfReader(BytesIO(written(write, issued(account))))

    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "ru"
    pages: list[Any] = list(reader.pages)
    fonts = {str(font.get_object()["/BaseFont"]) for page in pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    assert all("Golos" in font for font in fonts)


def test_nothing_from_outside_is_fetched(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = issued(account)
    outside = '<img src="https://evil.example/x.png" alt=""></body>'
    monkeypatch.setattr(
        "sipcabinet.lib.pdf.render_to_string", lambda *args: render_to_string(*args).replace("</body>", outside)
    )
    with pytest.raises(pdf.PdfError):
        written(invoice_documents.write_invoice, invoice)


def test_text_of_a_customer_is_text(account: Account) -> None:
    account.customer.name = '<img src="file:///etc/passwd"> ООО «A & B»'
    account.customer.save()
    assert '<img src="file:///etc/passwd"> ООО «A & B»' in text_of(
        written(invoice_documents.write_invoice, issued(account))
    )


def test_what_changes_later_changes_no_document(account: Account) -> None:
    late_lines(account)
    invoice = issued(account)
    before = [written(write, invoice) for write in (invoice_documents.write_invoice, invoice_documents.write_act)]

    account.customer.name = "Другое имя"
    account.customer.save()
    Account.objects.update(contract_number="X")
    Destination.objects.update(name="Другое направление")
    PlanTerms.objects.update(monthly_fee=99)
    VatRate.objects.update(percent=10)
    again = Invoice.objects.get(account=account, month=OCTOBER.first_day)

    assert [written(write, again) for write in (invoice_documents.write_invoice, invoice_documents.write_act)] == before


def test_a_correction_says_what_was_and_what_is(account: Account) -> None:
    invoice = issued(account)
    mended = corrections.issue(
        invoice=invoice, changes=[(invoice.closing.charges.get(), Decimal("10.00"))], reason="Ошибка в тарифе"
    )

    text = text_of(invoice_documents.correction(mended))

    assert f"Корректировка № {mended.number} от 10.11.2026" in text
    assert f"к счёту № {invoice.number} от 10.11.2026 за октябрь 2026" in text
    assert "12,00 10,00 −2,00 25 % −0,50 −2,50" in text
    assert "Уменьшение суммы счёта: 2,50 BYN Два белорусских рубля 50 копеек" in text
    assert "Ошибка в тарифе" in text


def test_a_reconciliation_says_who_owes(account: Account) -> None:
    issued(account)
    paid(account, "4.00", date(2026, 11, 10))

    found = reconciliation.of(account, date(2026, 11, 1), date(2026, 11, 10))
    text = text_of(reconciliation_report.document(account, found))

    assert "Обороты за период 15,00 4,00" in text
    assert (
        "На 10.11.2026 задолженность покупателя составляет 11,00 BYN (Одиннадцать белорусских рублей 00 копеек)" in text
    )
