"""«Платежи» and «Информация по платежам»: the period, the payments, the file (2.2.1)."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Account, User
from billing.selectors import payments
from billing.tests.money import invoice_of, paid
from sipcabinet.tests.page_text import text

pytestmark = pytest.mark.django_db
LIST = "/payments/list/"
NOVEMBER = "?start=01.11.2026&end=25.11.2026"


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-25 12:00")


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


def shown(response: Any) -> list[Decimal]:
    return [payment.amount for payment in response.context["page"].rows]


def test_the_section_shows_where_the_account_stands(client: Client, account: Account) -> None:
    invoice_of(account, "2026-10", "100.00")
    paid(account, "25.00", date(2026, 11, 12))
    page = text(client.get("/payments/"))
    assert "−100,00 <small>BYN" in page
    assert "100,00 <small>BYN" in page
    assert 'href="/payments/list/"' in page
    paid(account, "100.00", date(2026, 11, 12))
    assert "все выставленные счета оплачены" in text(client.get("/payments/"))


def test_the_step_asks_for_a_period_and_offers_some(client: Client) -> None:
    page = text(client.get(LIST))
    assert 'value="01.11.2026"' in page
    assert 'value="25.11.2026"' in page
    assert "Далее" in page
    for preset in (
        "?start=01.11.2026&amp;end=25.11.2026",
        "?start=01.10.2026&amp;end=31.10.2026",
        "?start=01.10.2026&amp;end=25.11.2026",
        "?start=25.11.2025&amp;end=25.11.2026",
    ):
        assert f'href="/payments/list/{preset}"' in page


def test_every_payment_of_the_period_is_shown_with_date_sum_source_and_number(client: Client, account: Account) -> None:
    paid(account, "1.00", date(2026, 10, 31))
    paid(account, "1250.50", date(2026, 11, 1), source="erip", reference="ЕР-77", purpose="Услуги связи")
    paid(account, "20.00", date(2026, 11, 25), source="bank", reference="362")
    paid(account, "5.00", date(2026, 11, 9), source="cash")
    response = client.get(LIST + NOVEMBER)
    page = text(response)
    assert shown(response) == [Decimal("20.00"), Decimal("5.00"), Decimal("1250.50")]
    for told in ("01.11.2026", "1 250,50", "ЕРИП", "ЕР-77", "Услуги связи", "банковский перевод", "362", "касса"):
        assert told in page
    assert "1 275,50" in page
    assert "1 276,50 <small>BYN" in page  # the balance includes October's payment
    assert '<th scope="row" class="nw">31.10.2026' not in page


def test_another_account_s_payments_are_not_there(client: Client, account: Account, other_owner: User) -> None:
    assert other_owner.account is not None
    paid(other_owner.account, "777.00", date(2026, 11, 9))
    assert "Платежей нет" in text(client.get(LIST + NOVEMBER))


def test_a_period_without_payments_says_so(client: Client) -> None:
    page = text(client.get(LIST + "?start=02.11.2026&end=02.11.2026"))
    assert "С 02.11.2026 по 02.11.2026 на лицевой счёт ничего не поступило" in page
    assert "XLSX" not in page


@pytest.mark.parametrize(
    ("start", "end", "field", "message"),
    [
        ("24.11.2025", "25.11.2026", "start", "введите дату не раньше 25.11.2025"),
        ("01.01.1999", "02.01.1999", "end", "введите дату не раньше 25.11.2025"),
        ("01.11.2026", "26.11.2026", "end", "Эта дата ещё не наступила"),
        ("26.11.2026", "25.11.2026", "start", "Эта дата ещё не наступила"),
        ("20.11.2026", "19.11.2026", "end", "Окончание периода раньше начала"),
        ("31.02.2026", "19.11.2026", "start", "Введите дату в виде ДД.ММ.ГГГГ"),
        ("вчера<b>", "19.11.2026", "start", "Введите дату в виде ДД.ММ.ГГГГ"),
        ("01.11.2026\x07", "19.11.2026", "start", "Введите дату"),
        ("1" * 5000, "19.11.2026", "start", "Введите дату в виде ДД.ММ.ГГГГ"),
        ("", "19.11.2026", "start", "Введите дату начала периода"),
        ("01.11.2026", "", "end", "Введите дату окончания периода"),
    ],
)
def test_a_wrong_period_is_a_field_error_that_keeps_the_input(
    client: Client, start: str, end: str, field: str, message: str
) -> None:
    for address in (LIST, f"{LIST}export/"):
        response = client.get(address, {"start": start, "end": end, "format": "xlsx"})
        assert response.status_code == 200
        form = response.context["form"]
        assert message in str(form.errors[field])
        assert (form["start"].value(), form["end"].value()) == (start, end)
        assert "<b>" not in response.content.decode().split("<main")[1]
        assert "Ошибка:" in text(response)


def test_one_date_alone_asks_for_the_other(client: Client) -> None:
    assert "Введите дату окончания периода" in text(client.get(LIST + "?start=01.11.2026"))


@pytest.mark.parametrize("start", ["2026-11-01", "01.11.26", "01.11.2026"])
def test_usual_spellings_of_a_date(client: Client, account: Account, start: str) -> None:
    paid(account, "5.00", date(2026, 11, 1))
    assert shown(client.get(LIST, {"start": start, "end": "25.11.2026"})) == [Decimal("5.00")]


def test_twelve_months_back_from_a_leap_day(at: Callable[[str], Any]) -> None:
    at("2028-02-29 12:00")
    assert payments.earliest() == date(2027, 2, 28)


def test_the_day_is_minsk_s(owner: User, client_of: Callable[[User], Client], at: Callable[[str], Any]) -> None:
    at("2026-11-26 00:30")
    client = client_of(owner)
    assert client.get(LIST + "?start=26.11.2026&end=26.11.2026").context["form"].errors == {}


def test_many_payments_are_pages_and_one_total(client: Client, account: Account) -> None:
    for day in range(120):
        paid(account, "1.01", date(2026, 11, 25) - timedelta(day % 40))
    address, seen = LIST + "?start=01.10.2026&end=25.11.2026", []
    onward = ""
    for _page in range(3):
        response = client.get(f"{address}&onward={onward}")
        seen += [payment.pk for payment in response.context["page"].rows]
        assert "121,20" in text(response)
        onward = response.context["page"].onward
    assert (len(seen), len(set(seen)), onward) == (120, 120, "")


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(client: Client, account: Account, count: int, django_assert_max_num_queries: Any) -> None:
    for _ in range(count):
        paid(account, "1.00", date(2026, 11, 9))
    with django_assert_max_num_queries(16):
        client.get(LIST + NOVEMBER)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_file_holds_exactly_what_is_shown(client: Client, account: Account) -> None:
    paid(account, "1.00", date(2026, 10, 31))
    for day in range(60):
        paid(account, "10.10", date(2026, 11, 1 + day % 20), reference=str(day), purpose="=1+1")
    response = client.get(f"{LIST}export/{NOVEMBER}&format=xlsx")
    assert "attachment" in response["Content-Disposition"]
    sheet: Any = load_workbook(io.BytesIO(body(response))).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[4] is not None]
    header, *found, last = rows
    assert header == ("Дата", "Источник", "№ документа", "Назначение платежа", "Сумма, BYN", "Что с платежом")
    assert len(found) == 60
    assert {row[3] for row in found} == {"=1+1"}
    assert last[0] == "Итого, платежей: 60"
    assert Decimal(str(last[4])) == sum(Decimal(str(row[4])) for row in found) == Decimal("606.00")
    answer = client.get(f"{LIST}export/{NOVEMBER}&format=csv")
    titles, *lines = body(answer).decode("utf-8-sig").splitlines()
    assert titles == "Дата;Источник;№ документа;Назначение платежа;Сумма, BYN;Что с платежом"
    assert (len(lines), {line.split(";")[-2] for line in lines}) == (60, {"10,10"})
    assert not [line for line in lines if line.startswith("31.10.2026")]
    name = unquote(answer["Content-Disposition"])
    assert name.endswith(f"''Платежи {account.number}, 01.11.2026 – 25.11.2026.csv")


@pytest.mark.parametrize("extension", ["", "pdf", "xlsx\x07"])
def test_a_file_of_another_kind_is_not_there(client: Client, extension: str) -> None:
    assert (
        client.get(f"{LIST}export/", {"start": "01.11.2026", "end": "25.11.2026", "format": extension}).status_code
        == 404
    )
