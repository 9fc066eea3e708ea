"""«Начисления за период»: the first step, the charges, their files, and access to them (3.5)."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Account, User
from sipcabinet.lib import money
from sipcabinet.tests.moments import minsk
from subscribers.models import (
    CallDirection,
    CallOutcome,
    PlanTerms,
    StaffRestriction,
    Subscriber,
    SubscriberStatus,
    VatRate,
)
from subscribers.tests.factories import (
    CallFactory,
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    DestinationFactory,
    MinuteAssignmentFactory,
    NumberFactory,
    PlanTermsFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
    VatRateFactory,
)

pytestmark = pytest.mark.usefixtures("today", "fees")

NOVEMBER = {"month": "2026-11"}


def url(subscriber: Subscriber, name: str = "charges") -> str:
    return reverse(f"subscribers:{name}", args=[subscriber.pk])


def shown(client: Client, subscriber: Subscriber, month: str = "2026-11") -> Any:
    return client.get(url(subscriber), {"month": month}).context["charges"]


@pytest.fixture
def busy(subscriber: Subscriber) -> Subscriber:
    """A trunk with all kinds of charges in November."""
    ServiceAssignmentFactory.create(subscriber=subscriber, service=ServiceFactory.create(code="black-list", fee="1.00"))
    ServiceAssignmentFactory.create(subscriber=subscriber, service=ServiceFactory.create(code="caller-id", fee="0"))
    ChannelAssignmentFactory.create(
        subscriber=subscriber, package=ChannelPackageFactory.create(channels=5, fee="6.00"),
        ended_at=minsk("2026-11-09 14:00"),
    )  # fmt: skip
    ChannelAssignmentFactory.create(
        subscriber=subscriber, package=ChannelPackageFactory.create(channels=10, fee="11.00"),
        started_at=minsk("2026-11-09 14:00"),
    )  # fmt: skip
    MinuteAssignmentFactory.create(subscriber=subscriber)
    cis = DestinationFactory.create(code="cis", name="Россия", uses_allowance=False)
    for _ in range(3):
        CallFactory.create(
            subscriber=subscriber, started_at=minsk("2026-11-05 09:00"), destination=cis, talk_seconds=61
        )
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-06 09:00"), included_seconds=60)
    return subscriber


def test_the_page_says_which_days_were_suspended(client: Client, subscriber: Subscriber) -> None:
    """The customer's page may read the days of a suspension; the reason stays with the staff."""
    PlanTerms.objects.update(suspended_fee_percent=50)
    moment = {"started_at": minsk("2026-11-05 00:00"), "lifted_at": minsk("2026-11-08 00:00")}
    StaffRestriction.objects.create(account=subscriber.account, at_request=True, reason="секрет", **moment)
    page = client.get(url(subscriber), NOVEMBER).content.decode()
    assert "приостановлено: 3 дня — 50 % от 12,00" in page.replace("\u00a0", " ")
    assert "секрет" not in page


# --- The step --------------------------------------------------------------------------------------------------------
def test_the_step_offers_this_month_and_two_before_it(client: Client, subscriber: Subscriber) -> None:
    answer = client.get(url(subscriber))
    assert [code for code, _ in answer.context["form"].fields["month"].choices] == ["2026-11", "2026-10", "2026-09"]
    text = answer.content.decode()
    assert "Ноябрь 2026, текущий" in text
    assert "Далее" in text
    assert not answer.context["form"].errors


@pytest.mark.parametrize(
    ("connected", "offered"),
    [
        ("2026-11-22 09:00", ["2026-11"]),
        ("2026-11-01 00:00", ["2026-11"]),
        ("2026-10-31 23:59:59", ["2026-11", "2026-10"]),
        ("2026-08-31 12:00", ["2026-11", "2026-10", "2026-09"]),
    ],
)
def test_months_before_the_connection_are_not_offered(
    client: Client, account: Account, connected: str, offered: list[str]
) -> None:
    subscriber = TrunkFactory.create(account=account, connected_at=minsk(connected))
    form = client.get(url(subscriber)).context["form"]
    assert [code for code, _ in form.fields["month"].choices] == offered
    if len(offered) < 3:
        text = client.get(url(subscriber), {"month": "2026-09"}).content.decode()
        assert f"Абонент подключён {minsk(connected):%d.%m.%Y}, раньше начислений не было" in text


@pytest.mark.parametrize("month", ["2026-08", "2026-12", "вчера", "2026-11\x07", "", "11.2026"])
def test_a_wrong_month_is_said_beside_the_field(client: Client, subscriber: Subscriber, month: str) -> None:
    for path in (url(subscriber), url(subscriber, "charges_export")):
        answer = client.get(path, {"month": month, "format": "csv"})
        assert answer.status_code == 200
        assert list(answer.context["form"].errors) == ["month"]
        assert answer.context["form"]["month"].value() == month
        assert "Ошибка:" in answer.content.decode()


def test_too_old_a_month_says_which_may_be_seen(client: Client, subscriber: Subscriber) -> None:
    text = client.get(url(subscriber), {"month": "2026-08"}).content.decode()
    assert "Начисления доступны за текущий и два предыдущих месяца" in text


# --- The charges -----------------------------------------------------------------------------------------------------
def test_everything_is_charged_up_to_and_including_today(client: Client, busy: Subscriber) -> None:
    """22 of 30 days: 12 × 22/30 = 8.80 · 1 × 22/30 = 0.733 → 0.73 · 6 × 8/30 = 1.60 · 11 × 14/30 = 5.1333 → 5.13
    · 24 × 22/30 = 17.60 · calls 3 × 61 s × 0.3054/60 = 0.931470 → 0.93. VAT 2.20, 0.1825 → 0.18, 0.40, 1.2825 → 1.28,
    4.40, 0.2325 → 0.23."""
    counted = shown(client, busy)
    assert [(line.code, str(line.net), str(line.vat)) for line in counted.lines] == [
        ("sip-trunk", "8.80", "2.20"),
        ("black-list", "0.73", "0.18"),
        ("caller-id", "0.00", "0.00"),
        ("5", "1.60", "0.40"),
        ("10", "5.13", "1.28"),
        ("300", "17.60", "4.40"),
        ("by-mobile", "0.00", "0.00"),
        ("cis", "0.93", "0.23"),
    ]
    assert (counted.net, counted.vat, counted.gross) == (Decimal("34.79"), Decimal("8.69"), Decimal("43.48"))
    text = client.get(url(busy), NOVEMBER).content.decode().replace("\u00a0", " ")
    for said in (
        "43,48", "34,79", "8,69", "НДС 25 %", "22 дня из 30, 12,00 BYN в месяц", "10 каналов", "300 минут",
        "3 звонка, 3:03", "1 звонок, 1:00, включённые минуты", "Предварительно. Звонки ещё не поступали",
        "по 22.11.2026", "Без оплаты: 1",
    ):  # fmt: skip
        assert said in text, said


def test_a_month_gone_by_is_whole(client: Client, busy: Subscriber) -> None:
    counted = shown(client, busy, "2026-10")
    assert [(line.code, str(line.net), line.detail) for line in counted.lines if not line.is_free] == [
        ("sip-trunk", "12.00", "весь месяц"),
        ("black-list", "1.00", "весь месяц"),
        ("5", "6.00", "весь месяц"),
        ("300", "24.00", "весь месяц"),
    ]


def test_connected_and_closed_within_the_month(client: Client, account: Account) -> None:
    """From the 10th to the 20th of October; the last day is not charged: 12 × 10/31 = 3.8709… → 3.87."""
    subscriber = TrunkFactory.create(
        account=account, connected_at=minsk("2026-10-10 12:00"), closed_at=minsk("2026-10-20 12:00"),
        status=SubscriberStatus.CLOSED,
    )  # fmt: skip
    [line] = shown(client, subscriber, "2026-10").lines
    assert (line.net, line.quantity, line.detail) == (Decimal("3.87"), 10, "10 дней из 31, 12,00 BYN в месяц")
    text = client.get(url(subscriber), NOVEMBER).content.decode()
    assert "ноябре 2026" in text
    assert "Начислений нет" in text
    assert "Абонент отключён 20.10.2026" in text
    assert "XLSX" not in text


def test_on_off_and_on_in_one_day_is_one_day(client: Client, subscriber: Subscriber) -> None:
    service = ServiceFactory.create(code="black-list", fee="3.00")
    for start, end in [("09:00", "09:05"), ("10:00", "10:05"), ("11:00", None)]:
        ServiceAssignmentFactory.create(
            subscriber=subscriber, service=service, started_at=minsk(f"2026-11-21 {start}"),
            ended_at=minsk(f"2026-11-21 {end}") if end else None,
        )  # fmt: skip
    _, line = shown(client, subscriber).lines
    assert (line.net, line.quantity) == (Decimal("0.20"), 2)  # 3 × 2/30: the 21st and the 22nd


def test_a_price_may_change_inside_the_month(client: Client, subscriber: Subscriber) -> None:
    terms = subscriber.plan.terms.get()
    terms.valid_until = date(2026, 11, 11)
    terms.save()
    PlanTermsFactory.create(plan=subscriber.plan, monthly_fee=Decimal("15.00"), valid_from=date(2026, 11, 11))
    [line] = shown(client, subscriber).lines
    assert line.net == Decimal("10.00")  # 12 × 10/30 + 15 × 12/30 = 4 + 6
    assert line.detail == "10 дней по 12,00, 12 дней по 15,00 BYN в месяц"


def test_only_answered_outgoing_calls_of_the_month_are_charged(client: Client, subscriber: Subscriber) -> None:
    for moment in ("2026-10-31 23:59:59", "2026-11-01 00:00:00"):
        CallFactory.create(subscriber=subscriber, started_at=minsk(moment))
    CallFactory.create(subscriber=subscriber, started_at=minsk("2026-11-02 09:00"), outcome=CallOutcome.BUSY)
    CallFactory.create(
        subscriber=subscriber, started_at=minsk("2026-11-03 09:00"), direction=CallDirection.IN, destination=None,
        cost=Decimal(0),
    )  # fmt: skip
    [line] = [line for line in shown(client, subscriber).lines if line.kind == "calls"]
    assert (line.quantity, line.net, line.detail) == (1, Decimal("0.31"), "1 звонок, 1:00")  # 0.3054


def test_a_destination_leads_to_its_calls(client: Client, busy: Subscriber) -> None:
    cis = DestinationFactory.create(code="cis")
    link = f"{url(busy, 'calls')}?month=2026-11&amp;kind=out&amp;destination={cis.pk}&amp;outcome=answered"
    assert link in client.get(url(busy), NOVEMBER).content.decode()
    calls = client.get(link.replace("&amp;", "&")).context
    assert calls["totals"].calls == 3
    assert money.kopecks(calls["totals"].cost) == Decimal("0.93")


def test_a_trunk_tells_of_its_numbers_and_their_sum(client: Client, busy: Subscriber) -> None:
    assert client.get(url(busy), NOVEMBER).context["trunk_sum"] is None
    number = NumberFactory.create(trunk=busy)
    TrunkFactory.create(account=busy.account)
    answer = client.get(url(busy), NOVEMBER)
    own, whole = shown(client, number), answer.context["trunk_sum"]
    assert own.net == Decimal("2.35")  # 3.20 × 22/30 = 2.3466…
    assert (whole.numbers, whole.net, whole.gross) == (1, Decimal("37.14"), Decimal("46.42"))  # 34.79 + 2.35; 0.59 VAT
    assert "У каждого SIP-номера начисления свои" in answer.content.decode()
    assert url(busy) in client.get(url(number), NOVEMBER).content.decode()


# --- What cannot be shown --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["charges", "charges_export"])
def test_an_unknown_rate_or_price_is_never_zero(client: Client, busy: Subscriber, name: str) -> None:
    rate = VatRate.objects.get()
    rate.valid_from = date(2026, 12, 1)
    rate.save()
    text = client.get(url(busy, name), NOVEMBER | {"format": "csv"}).content.decode()
    assert "На ноябрь 2026 не задана ставка НДС" in text
    assert "Итого" not in text
    rate.valid_from = date(2026, 11, 1)
    rate.save()
    busy.plan.terms.update(valid_from=date(2026, 11, 2))
    text = client.get(url(busy, name), NOVEMBER | {"format": "csv"}).content.decode()
    assert "На 01.11.2026 не задана цена: SIP-соединение" in text


def test_the_rate_is_that_of_the_month_s_first_day(client: Client, subscriber: Subscriber) -> None:
    VatRate.objects.update(valid_until=date(2026, 11, 1))
    VatRateFactory.create(percent=Decimal("12.50"), valid_from=date(2026, 11, 1))
    assert shown(client, subscriber, "2026-10").vat == Decimal("3.00")  # 12 × 0.25
    november = shown(client, subscriber)
    assert (november.vat, november.vat_percent) == (Decimal("1.10"), Decimal("12.5"))  # 8.80 × 0.125


# --- Files -----------------------------------------------------------------------------------------------------------
def exported(client: Client, subscriber: Subscriber, extension: str, month: str = "2026-11") -> Any:
    answer: Any = client.get(url(subscriber, "charges_export"), {"month": month, "format": extension})
    assert answer.status_code == 200
    answer.body = b"".join(answer.streaming_content)
    return answer


def test_xlsx_holds_exactly_what_the_page_shows(client: Client, busy: Subscriber) -> None:
    answer = exported(client, busy, "xlsx")
    sheet: Any = load_workbook(io.BytesIO(answer.body)).active
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    header = next(place for place, row in enumerate(table) if row[0] == "Вид")
    counted = shown(client, busy)
    assert [[row[1], row[2], *(Decimal(str(cell)) for cell in row[3:])] for row in table[header + 1 : -1]] == [
        [line.name, line.detail, line.net, line.vat, line.gross] for line in counted.lines
    ]
    assert all(isinstance(cell, int | float) for row in table[header + 1 :] for cell in row[3:])
    assert [Decimal(str(cell)) for cell in table[-1][3:]] == [counted.net, counted.vat, counted.gross]
    head = {row[0]: row[1] for row in table[1 : header - 1]}
    assert head == {
        "Клиент": busy.account.customer.name,
        "Лицевой счёт": busy.account.number,
        "Абонент": str(busy),
        "Период": "01.11.2026 – 22.11.2026",
        "Ставка НДС": "25 %",
        "Предварительно": "Звонки ещё не поступали",
    }
    name = unquote(answer.headers["Content-Disposition"])
    assert name.endswith("''Начисления +375 44 711-20-30, ноябрь 2026, предварительно на 22.11.2026.xlsx")


def test_csv_holds_the_same(client: Client, busy: Subscriber) -> None:
    text = exported(client, busy, "csv").body.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    titles, *rows = table
    assert titles == ["Вид", "Начисление", "За что", "Без НДС, BYN", "НДС, BYN", "С НДС, BYN"]
    counted = shown(client, busy)
    assert [row[1:] for row in rows] == [
        [line.name, line.detail, *(f"{sum_:f}".replace(".", ",") for sum_ in (line.net, line.vat, line.gross))]
        for line in counted.lines
    ]
    assert sum(Decimal(row[-1].replace(",", ".")) for row in rows) == Decimal("43.48")


def test_a_name_of_the_catalogue_is_no_formula(client: Client, subscriber: Subscriber) -> None:
    service = ServiceFactory.create(name="=1+2")
    ServiceAssignmentFactory.create(subscriber=subscriber, service=service)
    sheet: Any = load_workbook(io.BytesIO(exported(client, subscriber, "xlsx").body)).active
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert "'=1+2" in exported(client, subscriber, "csv").body.decode()


@pytest.mark.parametrize("extension", ["", "pdf", "../csv"])
def test_an_unknown_format_is_no_page(client: Client, subscriber: Subscriber, extension: str) -> None:
    answer = client.get(url(subscriber, "charges_export"), NOVEMBER | {"format": extension})
    assert answer.status_code == 404


# --- Whose charges ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["charges", "charges_export"])
def test_others(
    client: Client, staff: User, client_of: Callable[[User], Client], subscriber: Subscriber, name: str
) -> None:
    foreign = TrunkFactory.create()
    query = NOVEMBER | {"format": "csv"}
    assert client.get(url(foreign, name), query).status_code == 404
    assert Client().get(url(subscriber, name), query).headers["Location"].startswith(reverse("accounts:sign_in"))
    assert client_of(staff).get(url(subscriber, name), query).status_code == 403
    assert client.post(url(subscriber, name), query).status_code == 405


def test_a_page_reads_the_database_at_most_eight_times(client: Client, busy: Subscriber) -> None:
    NumberFactory.create_batch(3, trunk=busy)
    client.get(url(busy), NOVEMBER)
    with CaptureQueriesContext(connection) as caught:
        client.get(url(busy), NOVEMBER)
    reads = [query["sql"] for query in caught if "SELECT" in query["sql"] and " FROM " in query["sql"]]
    assert len(reads) <= 8, "\n".join(reads)
