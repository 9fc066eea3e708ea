"""«Отчёты»: each figure equals the documents, the ledger and the rollups; bounded, and only with the right (4.15)."""

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import Account, AccountStatus, AuditEvent
from accounts.tests.factories import AccountFactory
from billing.models import Correction, EntryKind, Invoice, LedgerEntry
from billing.services import closing, corrections, ledger
from billing.tests.debtors import owes, pays
from desk.selectors.reports import KINDS, Period, Report
from desk.tests.customers import clerk
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import CallDailyTotal, ChannelPeak
from subscribers.tests.closed_months import prices_of_fees
from subscribers.tests.factories import ChannelAssignmentFactory, NumberFactory, TrunkFactory
from subscribers.tests.imported import take
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.switch_files import Line, write

Travel = Callable[[str], Any]
pytestmark = pytest.mark.django_db
URL = "/admin/reports/"
RIGHT = "desk.view_reports"
ZERO = Decimal(0)


def period(first: str, last: str) -> Period:
    return Period(Month.parse(first), Month.parse(last))


def report(name: str, first: str = "2026-09", last: str = "2026-12") -> Report:
    return KINDS[name].make(period(first, last))


def column(made: Report, title: str) -> list[Any]:
    place = next(place for place, one in enumerate(made.columns) if one.title == title)
    return [row[place] for row in made.rows]


def documents(first: date, last: date) -> Decimal:
    """The sum of all invoices of the months and corrections of their days, with VAT."""
    invoices = Invoice.objects.filter(month__range=(first, last)).aggregate(sum=Sum("total"))["sum"] or ZERO
    mends = Correction.objects.filter(issued_on__range=(first, last)).aggregate(sum=Sum("total"))["sum"] or ZERO
    return invoices + mends


# --- Revenue ---------------------------------------------------------------------------------------------------------
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def called(path: Path, uuid: str, day: str) -> None:
    """A call of 1,333 seconds to Poland, imported now."""
    start = datetime.fromisoformat(f"{day} 10:00")  # a switch writes local time
    take(write(path / f"{uuid}.csv", [Line(uuid=uuid, start=start, called="+48221234567", talked=1333)]))


def test_revenue_is_that_of_invoices_and_corrections_with_late_calls(at: Travel, tmp_path: Path) -> None:
    """Two months are closed by the real run, calls of the first come after its end, and it is corrected up and down."""
    at("2026-11-03 10:00")
    people: Cast = cast()
    prices_of_fees()
    called(tmp_path, "a", "2026-10-15")
    closing.run(month=OCTOBER)
    at("2026-11-20 10:00")
    called(tmp_path, "late", "2026-10-16")
    called(tmp_path, "b", "2026-11-16")
    invoice = Invoice.objects.get(account=people.trunk.account)
    fee, call = invoice.closing.charges.filter(kind="fee")[0], invoice.closing.charges.get(kind="calls")
    corrections.issue(invoice=invoice, changes=[(call, call.net - Decimal("3.33"))], reason="Ошибка")
    at("2026-12-03 10:00")
    closing.run(month=NOVEMBER)
    corrections.issue(invoice=invoice, changes=[(fee, fee.net + Decimal("1.01"))], reason="Ошибка")
    made = report("revenue")
    assert made.totals[-1] == documents(date(2026, 9, 1), date(2026, 12, 31)) > 0
    booked = LedgerEntry.objects.filter(kind__in=[EntryKind.INVOICE, EntryKind.CORRECTION])
    assert made.totals[-1] == -booked.aggregate(sum=Sum("amount"))["sum"]
    totals, lates = column(made, "Всего с НДС"), column(made, "Звонки закрытых месяцев")
    for one, total, late in zip(period("2026-09", "2026-12").months, totals, lates, strict=True):
        assert total == documents(one.first_day, one.last_day)
        assert (late > 0) is (one == NOVEMBER)
    assert column(made, "Корректировки") == [ZERO, ZERO, Decimal("-3.33"), Decimal("1.01")]
    net, vat = column(made, "Без НДС"), column(made, "НДС")
    assert [a + b for a, b in zip(net, vat, strict=True)] == column(made, "Всего с НДС")
    assert report("revenue", "2026-11", "2026-11").totals[-1] == documents(date(2026, 11, 1), date(2026, 11, 30))


def test_an_invoice_counts_in_the_month_that_it_charges_for(account: Account, at: Travel) -> None:
    at("2026-11-20 10:00")
    owes(account, "125.00", subscriber=TrunkFactory.create(account=account))
    assert report("revenue").totals[-1] == Decimal("125.00")
    assert report("revenue", "2026-07", "2026-09").totals[-1] == 0


# --- Customers, debt, calls, trunks ----------------------------------------------------------------------------------
def test_who_came_and_left_adds_up(at: Travel) -> None:
    at("2026-12-15 10:00")
    first = AccountFactory.create(opened_on=date(2026, 8, 5))
    gone = AccountFactory.create(opened_on=date(2026, 10, 31), closed_on=date(2026, 12, 1), status=AccountStatus.CLOSED)
    AccountFactory.create(customer=first.customer, opened_on=date(2026, 11, 1))  # no new customer
    AccountFactory.create(
        customer=first.customer, opened_on=date(2026, 9, 1), closed_on=date(2026, 10, 1), status=AccountStatus.CLOSED
    )  # he stays
    trunk = TrunkFactory.create(account=first, connected_at=Month(2026, 10).start)  # the first moment of October
    NumberFactory.create(
        trunk=trunk, connected_at=Month(2026, 11).start, closed_at=Month(2026, 12).start, status="closed"
    )
    TrunkFactory.create(account=gone, connected_at=Month(2026, 1).start)
    made = report("customers")
    assert [list(row[1:]) for row in made.rows] == [
        [0, 0, 1, 0, 0, 1],
        [1, 0, 2, 1, 0, 2],
        [0, 0, 2, 1, 0, 3],
        [0, 1, 1, 0, 1, 2],
    ]
    assert list(made.totals) == ["Всего", 1, 1, None, 2, 1, None]


def test_debt_by_age_is_the_ledger_s(account: Account, at: Travel) -> None:
    at("2026-11-10 10:00")
    owes(account)
    pays(account, "25.00")
    other = AccountFactory.create()
    ledger.open_balance(account=other, amount=Decimal("-70.00"), booked_on=date(2026, 11, 1), title="Сальдо")
    pays(AccountFactory.create(), "500.00")  # money in advance is nobody's debt
    at("2026-12-30 10:00")
    made = report("debt")
    owed = LedgerEntry.objects.filter(account__in=[account, other]).aggregate(sum=Sum("amount"))["sum"]
    sums = {row[0]: row[1] for row in made.rows}
    assert made.totals[-1] == -owed == sum(column(made, "Долг, BYN"))
    assert sums["31–60 дней"] == Decimal("170.00")


def test_past_debt_is_that_of_the_ledger_at_the_end_of_each_month(account: Account, at: Travel) -> None:
    at("2026-09-10 10:00")
    owes(account, month="2026-08")
    at("2026-10-05 10:00")
    pays(account, "25.00")
    at("2026-11-10 10:00")
    pays(account, "100.00")
    made = report("past-debt", "2026-08", "2026-12")
    days = column(made, "На конец дня")
    assert [f"{day:%d.%m}" for day in days] == ["31.08", "30.09", "31.10", "10.11"]
    for day, sum_ in zip(days, column(made, "Всего, BYN"), strict=True):
        known = LedgerEntry.objects.filter(booked_on__lte=day).aggregate(sum=Sum("amount"))["sum"]
        assert sum_ == max(ZERO, -(known or ZERO))
    assert column(made, "Должников") == [0, 1, 1, 0]


def test_calls_are_those_of_the_imports(at: Travel, tmp_path: Path) -> None:
    at("2026-11-20 10:00")
    cast()
    called(tmp_path, "a", "2026-10-15")
    called(tmp_path, "b", "2026-11-16")
    lines = [
        Line(uuid="c", start=datetime(2026, 11, 16, 12), calling="375172001122", called="375447112030", talked=61),  # noqa: DTZ001
        Line(uuid="d", start=datetime(2026, 11, 17, 12), called="80172001122", talked=0),  # noqa: DTZ001
    ]
    take(write(tmp_path / "c.csv", lines))
    made = report("calls", "2026-10", "2026-11")
    sums = CallDailyTotal.objects.aggregate(
        calls=Sum("calls"), answered=Sum("answered"), talk=Sum("talk_seconds"), billed=Sum("billed_seconds"),
        included=Sum("included_seconds"), cost=Sum("cost"),
    )  # fmt: skip
    assert list(made.totals) == ["Всего", *sums.values()]
    assert made.totals[1:4] == [4, 3, 2 * 1333 + 61]
    assert made.rows[0][1:4] == [2, 2, 2666]
    assert made.rows[-1][0] == "Входящие"
    assert report("calls", "2026-10", "2026-10").totals[1] == 1


def test_the_busiest_trunks_come_first_beside_their_channels(account: Account, at: Travel) -> None:
    at("2026-11-20 10:00")
    quiet, busy = TrunkFactory.create_batch(2, account=account)
    ChannelAssignmentFactory.create(subscriber=busy, package__channels=5)
    for trunk, day, calls in ((quiet, 3, 1), (busy, 3, 4), (busy, 4, 7), (busy, 5, 7), (quiet, 6, 0)):
        ChannelPeak.objects.create(account=account, trunk=trunk, day=date(2026, 11, day), calls=calls)
    ChannelPeak.objects.create(account=account, trunk=quiet, day=date(2026, 1, 5), calls=90)
    made = report("trunks")
    assert [row[0] for row in made.rows] == [busy.phone, quiet.phone]
    assert list(made.rows[0][2:]) == [account.number, 7, date(2026, 11, 4), 5]
    assert made.rows[1][3] == 1


# --- The pages -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", KINDS)
def test_each_report_is_a_page_and_a_file(account: Account, at: Travel, name: str) -> None:
    at("2026-12-10 10:00")
    trunk = TrunkFactory.create(account=account, connected_at=Month(2026, 10).start)
    owes(account, subscriber=trunk)
    ChannelPeak.objects.create(account=account, trunk=trunk, day=date(2026, 11, 3), calls=3)
    CallDailyTotal.objects.create(
        account=account, subscriber=trunk, day=date(2026, 11, 3), direction="in", charged_in=date(2026, 11, 1), calls=3,
        answered=3, talk_seconds=600,
    )  # fmt: skip
    person = clerk(RIGHT)
    client = signed_in(person)
    assert str(KINDS[name].title) in words(client.get(URL))
    with CaptureQueriesContext(connection) as queries:
        page = text(client.get(f"{URL}{name}/"))
    assert len(queries) <= 10
    assert str(KINDS[name].title) in page
    assert '<svg height="' in page
    response: Any = client.get(f"{URL}{name}/?first=2026-09&last=2026-12&format=xlsx")
    sheet: Any = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert str(KINDS[name].title) in values
    event = AuditEvent.objects.get(action="report.exported")
    assert (event.user, event.details["report"]) == (person, name)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("first=2024-11&last=2026-11", "не больше 24 месяцев"),
        ("first=2026-11&last=2026-10", "раньше первого"),
        ("first=2026-13&last=2026-11", "Введите месяц в виде"),
        ("first=0001-01&last=9999-12", "Введите месяц в виде"),
        ("first=2026-11", "Введите месяц"),
    ],
)
def test_a_wrong_period_is_named_and_nothing_is_counted(query: str, message: str) -> None:
    client = signed_in(clerk(RIGHT))
    page = text(client.get(f"{URL}revenue/?{query}"))
    assert message in page
    assert "<table" not in page
    assert message in text(client.get(f"{URL}revenue/?{query}&format=xlsx"))
    assert not AuditEvent.objects.filter(action="report.exported").exists()


def test_twenty_four_months_may_be_asked_for() -> None:
    assert "<table" in text(signed_in(clerk(RIGHT)).get(f"{URL}revenue/?first=2024-12&last=11.2026"))


def test_an_unknown_report_is_not_found() -> None:
    assert signed_in(clerk(RIGHT)).get(f"{URL}profit/").status_code == 404
    assert signed_in(clerk(RIGHT)).get(f"{URL}debt/?format=pdf").status_code == 404


def test_without_the_right_there_are_no_reports() -> None:
    client = signed_in(clerk("billing.view_invoice", "billing.view_debt", "subscribers.view_calldailytotal"))
    for page in ("", "revenue/", "revenue/?format=xlsx"):
        assert client.get(URL + page).status_code == 403
    assert not AuditEvent.objects.filter(action="report.exported").exists()
