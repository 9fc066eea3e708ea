"""The content of the workbook (2.3.4)."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import Account
from billing.models import DocumentOrder
from billing.reports import call_detail
from billing.reports.making import Making
from billing.services import invoice_files
from billing.tests.factories import OrderFactory
from sipcabinet.lib import clock, money, phones
from sipcabinet.lib.periods import Month
from subscribers.models import CallDirection, CallOutcome, Subscriber
from subscribers.selectors import calls
from subscribers.tests.factories import CallFactory, NumberFactory, TrunkFactory

pytestmark = pytest.mark.django_db
NOVEMBER = Month(2026, 11)
MOMENT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:05")


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return TrunkFactory.create(account=account, phone="+375447112030")


def order_of(*trunks: Subscriber, **terms: Any) -> DocumentOrder:
    order: DocumentOrder = OrderFactory.create(account=trunks[0].account, trunks=trunks, **{"month": NOVEMBER, **terms})
    return order


def sheet_of(order: DocumentOrder, alive: Callable[[], None] = lambda: None) -> Worksheet:
    stream = io.BytesIO()
    known = "Звонки учтены по 22.11.2026, 10:00"
    call_detail.write(stream, order, Making(calls_known=known, alive=alive, issued_file=invoice_files.file_of))
    sheet = load_workbook(stream).active
    assert isinstance(sheet, Worksheet)
    return sheet


def rows_of(sheet: Worksheet) -> list[tuple[Any, ...]]:
    """The rows between the column titles and the totals."""
    everything = list(sheet.iter_rows(values_only=True))
    header = next(index for index, row in enumerate(everything) if row[0] == "Дата")
    return everything[header + 1 : -1]


def totals_of(sheet: Worksheet) -> tuple[Any, ...]:
    return list(sheet.iter_rows(values_only=True))[-1]


def test_a_call_is_a_row_of_real_values(trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, phone="+375447112031")
    CallFactory.create(subscriber=number, started_at=MOMENT, talk_seconds=75, other_party="+375297000001")
    (row,) = rows_of(sheet_of(order_of(trunk)))
    assert row == (
        datetime(2026, 11, 22),  # noqa: DTZ001 - a cell has no time zone
        time(10, 0),
        "+375 44 711-20-30",
        "+375 44 711-20-31",
        "исходящий",
        "+375 29 700-00-01",
        "Беларусь, мобильные других операторов",
        "отвечен",
        timedelta(seconds=75),
        timedelta(seconds=75),
        0.38175,
        timedelta(0),
        None,
        None,
    )


def test_what_covered_a_call_and_which_month_charges_a_late_one(trunk: Subscriber) -> None:
    CallFactory.create(subscriber=trunk, started_at=MOMENT, talk_seconds=75, included_seconds=60)
    CallFactory.create(subscriber=trunk, started_at=MOMENT, charged_in=date(2026, 12, 1))
    rows = rows_of(sheet_of(order_of(trunk)))
    assert sorted(row[-3:-1] for row in rows) == [(timedelta(0), "декабрь 2026"), (timedelta(seconds=60), None)]


def test_what_is_known_of_the_caller_stands_last(trunk: Subscriber) -> None:
    for caller in ("+375291112233", "hidden", "101", ""):
        CallFactory.create(subscriber=trunk, started_at=MOMENT, caller=caller)
    told = [row[-1] for row in rows_of(sheet_of(order_of(trunk)))]
    assert told == ["переадресация", "скрытый номер", "внутренний 101", None]


def test_the_head_names_account_period_type_and_moment(trunk: Subscriber, account: Account) -> None:
    order = order_of(trunk, direction="in")
    head = {row[0]: row[1] for row in sheet_of(order).iter_rows(min_row=2, max_row=9, values_only=True)}
    assert head == {
        "Клиент": account.customer.name,
        "Лицевой счёт": account.number,
        "Период": "01.11.2026 – 30.11.2026",
        "Тип": "входящие",
        "Абоненты": "+375 44 711-20-30",
        "Номер заказа": order.number,
        "Полнота данных": "Звонки учтены по 22.11.2026, 10:00",
        "Сформирована": "22.11.2026, 10:05",
    }


def test_a_long_list_of_subscribers_is_cut(account: Account) -> None:
    trunks = [TrunkFactory.create(account=account) for _ in range(23)]
    head = {row[0]: row[1] for row in sheet_of(order_of(*trunks)).iter_rows(max_row=9, values_only=True)}
    named = head["Абоненты"]
    assert str(named).count("+375") == 20
    assert str(named).endswith("и ещё 3")


def test_the_sheet_can_be_worked_with(trunk: Subscriber) -> None:
    CallFactory.create(subscriber=trunk, started_at=MOMENT)
    sheet = sheet_of(order_of(trunk))
    header = next(row[0].row for row in sheet.iter_rows() if row[0].value == "Дата")
    assert sheet.freeze_panes == f"A{header + 1}"
    assert sheet.auto_filter.ref == f"A{header}:N{header + 1}"
    assert sheet.column_dimensions["F"].width > 20
    cost = sheet.cell(header + 1, 11)
    assert (cost.data_type, cost.number_format) == ("n", "#,##0.0000##")
    assert sheet.cell(header + 1, 6).data_type == "s"
    assert sheet.cell(header + 1, 1).data_type == "d"


@pytest.mark.parametrize(("direction", "expected"), [("out", {"исходящий"}), ("in", {"входящий"})])
def test_one_type_of_calls(trunk: Subscriber, direction: str, expected: set[str]) -> None:
    for each in CallDirection:
        CallFactory.create(subscriber=trunk, started_at=MOMENT, direction=each)
    assert {row[4] for row in rows_of(sheet_of(order_of(trunk, direction=direction)))} == expected
    assert len(rows_of(sheet_of(order_of(trunk, direction="all")))) == 2


def test_unanswered_calls_are_marked_and_cost_nothing(trunk: Subscriber) -> None:
    CallFactory.create(subscriber=trunk, started_at=MOMENT, outcome=CallOutcome.BUSY)
    (row,) = rows_of(sheet_of(order_of(trunk)))
    assert (row[7], row[8], row[9], row[10]) == ("занято", timedelta(0), timedelta(0), 0)


def test_the_month_has_its_borders_in_minsk(trunk: Subscriber) -> None:
    for moment in (NOVEMBER.start, NOVEMBER.end - timedelta(seconds=1)):
        CallFactory.create(subscriber=trunk, started_at=moment)
    for moment in (NOVEMBER.start - timedelta(seconds=1), NOVEMBER.end):
        CallFactory.create(subscriber=trunk, started_at=moment)
    days = [row[0].date() for row in rows_of(sheet_of(order_of(trunk)))]
    assert days == [date(2026, 11, 1), date(2026, 11, 30)]


def test_only_the_ordered_trunks_with_their_numbers(trunk: Subscriber, account: Account) -> None:
    second = TrunkFactory.create(account=account, phone="+375447112040")
    third = TrunkFactory.create(account=account, phone="+375447112050")
    foreign = TrunkFactory.create(phone="+375447119999")
    for subscriber in (trunk, second, third, foreign, NumberFactory.create(trunk=second, phone="+375447112041")):
        CallFactory.create(subscriber=subscriber, started_at=MOMENT)
    rows = rows_of(sheet_of(order_of(trunk, second)))
    assert [(row[2], row[3]) for row in rows] == [
        ("+375 44 711-20-30", "+375 44 711-20-30"),
        ("+375 44 711-20-40", "+375 44 711-20-40"),
        ("+375 44 711-20-40", "+375 44 711-20-41"),
    ]


def test_a_foreign_trunk_in_an_order_stays_out(trunk: Subscriber) -> None:
    foreign = TrunkFactory.create()
    CallFactory.create(subscriber=foreign, started_at=MOMENT)
    assert rows_of(sheet_of(order_of(trunk, foreign))) == []


def test_rows_come_in_order_of_time(trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    for minutes, subscriber in ((30, trunk), (10, number), (20, trunk)):
        CallFactory.create(subscriber=subscriber, started_at=MOMENT + timedelta(minutes=minutes))
    assert [row[1].minute for row in rows_of(sheet_of(order_of(trunk)))] == [10, 20, 30]


def test_totals_are_the_sums_of_the_rows(trunk: Subscriber) -> None:
    CallFactory.create(subscriber=trunk, started_at=MOMENT, talk_seconds=61)
    CallFactory.create(subscriber=trunk, started_at=MOMENT, talk_seconds=7000)
    CallFactory.create(subscriber=trunk, started_at=MOMENT, outcome=CallOutcome.NO_ANSWER)
    sheet = sheet_of(order_of(trunk))
    rows, totals = rows_of(sheet), totals_of(sheet)
    assert totals[0] == "Итого, звонков: 3, из них неотвеченных: 1"
    assert totals[8] == sum((row[8] for row in rows), timedelta(0)) == timedelta(seconds=7061)
    assert totals[9] == sum((row[9] for row in rows), timedelta(0))
    assert Decimal(str(totals[10])) == money.kopecks(sum((Decimal(str(row[10])) for row in rows), Decimal(0))) > 0


def test_no_calls_are_said_in_words(trunk: Subscriber) -> None:
    sheet = sheet_of(order_of(trunk))
    assert rows_of(sheet) == []
    assert totals_of(sheet)[0] == "Звонков нет"


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1+1", "-1", "@SUM(A1)", "\x01=1", "a\x07b"])
def test_text_never_becomes_a_formula(trunk: Subscriber, name: str) -> None:
    trunk.account.customer.name = name
    trunk.account.customer.save()
    CallFactory.create(subscriber=trunk, started_at=MOMENT, other_party=name)
    sheet = sheet_of(order_of(trunk))
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    (row,) = rows_of(sheet)
    assert row[5] == name.replace("\x01", "").replace("\x07", "")


def test_work_is_said_to_go_on_between_chunks(trunk: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_detail, "CHUNK_ROWS", 2)
    for _ in range(5):
        CallFactory.create(subscriber=trunk, started_at=MOMENT)
    beats: list[int] = []
    sheet_of(order_of(trunk), alive=lambda: beats.append(1))
    assert len(beats) == 3


def test_the_file_has_a_name_people_know(trunk: Subscriber) -> None:
    order = order_of(trunk, direction="out")
    assert call_detail.file_name(order) == f"Детализация за ноябрь 2026, исходящие, {order.number}.xlsx"


def test_the_workbook_is_the_pages_calls_and_totals(trunk: Subscriber) -> None:
    """The report has the same outgoing and incoming calls of the trunk and its numbers as the pages of 3.6."""
    number = NumberFactory.create(trunk=trunk, phone="+375447112031")
    for subscriber in (trunk, number):
        for minute, outcome in enumerate((*CallOutcome, CallOutcome.ANSWERED)):
            for direction in CallDirection:
                moment = MOMENT + timedelta(minutes=minute)
                CallFactory.create(subscriber=subscriber, started_at=moment, outcome=outcome, direction=direction)
    shown = [selection_of(subscriber, direction) for subscriber in (trunk, number) for direction in CallDirection]
    pages = [call for selection in shown for call in calls.page(selection).rows]
    sums = [calls.totals(selection) for selection in shown]
    sheet = sheet_of(order_of(trunk))
    cells = [(row[0].date(), row[1], row[5], row[7], row[8], row[9], row[10]) for row in rows_of(sheet)]
    assert sorted(map(str, cells)) == sorted(str(as_cells(call)) for call in pages)
    totals = totals_of(sheet)
    assert totals[0] == (
        f"Итого, звонков: {sum(each.calls for each in sums)}, "
        f"из них неотвеченных: {sum(each.unanswered for each in sums)}"
    )
    assert totals[8] == timedelta(seconds=sum(each.talk_seconds for each in sums))
    assert totals[9] == timedelta(seconds=sum(each.billed_seconds for each in sums))
    assert Decimal(str(totals[10])) == money.kopecks(sum((each.cost for each in sums), Decimal(0)))


def selection_of(subscriber: Subscriber, direction: CallDirection) -> calls.Selection:
    return calls.Selection(subscriber.account, subscriber, NOVEMBER, direction)


def as_cells(call: calls.Call) -> tuple[Any, ...]:
    moment = clock.minsk(call.started_at)
    seconds = (timedelta(seconds=call.talk_seconds), timedelta(seconds=call.billed_seconds))
    cost = float(call.cost) if call.cost else 0
    words = (phones.display(call.other_party), str(CallOutcome(call.outcome).label))
    return (moment.date(), moment.time(), *words, *seconds, cost)
