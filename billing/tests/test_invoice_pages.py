"""«Счета»: the list, an invoice, the charges of a line, files (2.3, 4.7)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Account, AccountStatus, User
from accounts.tests.factories import UserFactory
from billing.models import IssuedFile
from billing.selectors import invoice_lines, invoices
from billing.services import corrections
from billing.tests.issued import OCTOBER, account_with_trunk, issued
from billing.tests.money import paid
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.models import Charge, PlanKind, Subscriber
from subscribers.tests.factories import (
    CallFactory,
    DestinationFactory,
    NumberFactory,
    PlanTermsFactory,
    TariffPlanFactory,
)

pytestmark = pytest.mark.django_db
SEPTEMBER = Month(2026, 9)


@pytest.fixture(autouse=True)
def november(at: Callable[[str], Any]) -> None:
    at("2026-11-12 09:00")


@pytest.fixture
def account(november: None) -> Account:
    return account_with_trunk(opened_on=date(2026, 8, 20))


@pytest.fixture
def owner(account: Account) -> User:
    return UserFactory.create(account=account)


@pytest.fixture
def page(owner: User, client_of: Callable[[User], Client]) -> Callable[..., str]:
    def get(name: str, *args: Any, query: str = "", status: int = 200) -> str:
        response = client_of(owner).get(reverse(f"billing:{name}", args=args) + query)
        assert response.status_code == status
        return " ".join(response.content.decode().replace("\xa0", " ").split())

    return get


def test_without_invoices_it_says_when_they_come(page: Callable[..., str]) -> None:
    text = page("invoices")
    assert "ожидается 10.12.2026" in text  # November's invoice
    assert "октябрь 2026" in text
    assert "не выставлялся" in text


def test_a_new_customer_reads_what_will_be_here(owner: User, account: Account, page: Callable[..., str]) -> None:
    Account.objects.filter(pk=account.pk).update(opened_on=date(2027, 1, 1))
    assert "Счетов пока нет" in page("invoices")


def test_each_state_is_told(account: Account, page: Callable[..., str]) -> None:
    issued(account, Month(2026, 8), date(2026, 9, 10))
    issued(account, SEPTEMBER, date(2026, 10, 10))
    issued(account)
    assert page("invoices").count("просрочен") == 2
    assert "к оплате до 25.11.2026" in page("invoices")

    paid(account, "20.00", date(2026, 11, 1))
    text = page("invoices")
    assert text.count(">оплачен<") == 1
    assert "осталось 10,00" in text

    paid(account, "20.00", date(2026, 11, 2))
    assert page("invoices").count(">оплачен<") == 2
    assert "оплачен частично" in page("invoices")


def test_years_have_pages_of_their_own(at: Callable[[str], Any], account: Account, page: Callable[..., str]) -> None:
    issued(account)
    at("2027-02-11 09:00")
    for month in (Month(2026, 11), Month(2026, 12), Month(2027, 1)):
        issued(account, month, month.shift(1).first_day.replace(day=10))

    newest, older = page("invoices"), page("invoices", query="?year=2026")

    assert "январь 2027" in newest
    assert "октябрь 2026" not in newest
    assert "октябрь 2026" in older
    assert "ожидается" not in older


def test_an_invoice_shows_its_lines_and_each_opens(account: Account, page: Callable[..., str]) -> None:
    trunk = Subscriber.objects.get()
    abroad = DestinationFactory.create(code="ru", name="Россия")
    CallFactory.create(
        subscriber=trunk, destination=abroad, cost="3.10", started_at=datetime(2026, 10, 5, 9, tzinfo=UTC)
    )
    invoice = issued(account)

    text = page("invoice", invoice.number)
    line = page("invoice_line", invoice.number, "calls", abroad.pk)

    assert f"Счёт № {invoice.number} от 10.11.2026" in text
    assert reverse("billing:invoice_line", args=[invoice.number, "calls", abroad.pk]) in text
    assert "18,88" in text  # 15.10 plus its VAT
    assert "3,88" in line
    calls = reverse("subscribers:calls", args=[trunk.pk])
    assert (
        f"{calls}?month=2026-10&amp;kind=out&amp;destination={abroad.pk}&amp;outcome=answered&amp;charged=2026-10"
        in line
    )


def test_a_long_line_is_read_page_by_page(
    account: Account, page: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoice_lines, "PAGE_SIZE", 2)
    trunk, abroad = Subscriber.objects.get(), DestinationFactory.create(code="ru", name="Россия")
    plan = PlanTermsFactory.create(plan=TariffPlanFactory.create(kind=PlanKind.NUMBER)).plan
    callers = [trunk, *NumberFactory.create_batch(2, trunk=trunk, plan=plan)]
    for caller in callers:
        moment = datetime(2026, 10, 5, 9, tzinfo=UTC)
        CallFactory.create(subscriber=caller, destination=abroad, cost="4.00", started_at=moment)
    invoice = issued(account)

    first = page("invoice_line", invoice.number, "calls", abroad.pk)
    onward = re.search(r"onward=([\w-]+)", first)
    assert onward
    last = page("invoice_line", invoice.number, "calls", abroad.pk, query=f"?onward={onward[1]}")

    for text, there, shown in ((first, callers[:2], "2 из 3"), (last, callers[2:], "1 из 3")):
        links = [caller for caller in callers if reverse("subscribers:detail", args=[caller.pk]) in text]
        assert links == there
        assert f"Показано абонентов: {shown}" in text
        assert "15,00" in text  # the whole line, with VAT
    assert ('rel="next"' in first, 'rel="next"' in last) == (True, False)


def test_late_calls_are_lines_of_their_own(account: Account, page: Callable[..., str]) -> None:
    trunk = Subscriber.objects.get()
    months.close(SEPTEMBER)
    abroad = DestinationFactory.create(code="ru", name="Россия")
    late = {"started_at": datetime(2026, 9, 5, 9, tzinfo=UTC), "charged_in": date(2026, 10, 1)}
    CallFactory.create(subscriber=trunk, destination=abroad, cost="1.00", **late)
    CallFactory.create(
        subscriber=trunk, destination=abroad, cost="2.00", started_at=datetime(2026, 10, 5, 9, tzinfo=UTC)
    )
    invoice = issued(account)

    text = page("invoice", invoice.number)
    own = page("invoice_line", invoice.number, "calls", abroad.pk)
    late_line = page("invoice_line", invoice.number, "calls", abroad.pk, query="?late=2026-09")

    assert "Россия (звонки за сентябрь 2026)" in text
    assert "2,50" in own
    assert "1,25" in late_line
    assert "month=2026-09&amp;kind=out" in late_line
    page("invoice_line", invoice.number, "calls", abroad.pk, query="?late=2026-08", status=404)
    page("invoice_line", invoice.number, "calls", abroad.pk, query="?late=x", status=404)


@pytest.mark.parametrize("path", ["lines/fee/999999/", "lines/nothing/1/", "files/other/"])
def test_what_is_not_there_is_missing(
    account: Account, owner: User, client_of: Callable[[User], Client], path: str
) -> None:
    invoice = issued(account)
    assert client_of(owner).get(f"/invoices/{invoice.number}/{path}").status_code == 404
    assert client_of(owner).get(f"/invoices/{'9' * 30}/").status_code == 404


def test_somebody_elses_is_missing(account: Account, client_of: Callable[[User], Client]) -> None:
    invoice = issued(account)
    other = client_of(UserFactory.create())
    for name, args in (("invoice", ()), ("invoice_file", ("invoice",)), ("invoice_line", ("fee", 1))):
        assert other.get(reverse(f"billing:{name}", args=[invoice.number, *args])).status_code == 404


def test_a_file_comes_and_is_kept(account: Account, owner: User, client_of: Callable[[User], Client]) -> None:
    invoice = issued(account)
    url = reverse("billing:invoice_file", args=[invoice.number, "charges"])

    first, again = (b"".join(client_of(owner).get(url)) for _ in range(2))

    assert first == again
    assert IssuedFile.objects.count() == 1
    sheet = load_workbook(BytesIO(first)).active
    assert sheet is not None
    last = [cell.value for cell in list(sheet.rows)[-1]]
    assert (last[0], last[-1]) == ("Итого", float(invoice.total))


def test_a_correction_is_shown_with_its_document(
    account: Account, owner: User, page: Callable[..., str], client_of: Callable[[User], Client]
) -> None:
    invoice = issued(account)
    mended = corrections.issue(
        invoice=invoice, changes=[(Charge.objects.get(), Decimal("2.00"))], reason="Ошибка в цене"
    )

    text = page("invoice", invoice.number)

    assert "Ошибка в цене" in text
    assert "−12,50" in text
    url = reverse("billing:correction_file", args=[mended.number])
    assert url in text
    first, again = (b"".join(client_of(owner).get(url)) for _ in range(2))
    assert first == again
    assert first.startswith(b"%PDF")


def test_a_closed_account_expects_nothing_more(account: Account) -> None:
    account.status, account.closed_on = AccountStatus.CLOSED, date(2026, 10, 31)
    assert [one.month for one in invoices.awaited(account, [])] == [OCTOBER, SEPTEMBER]
    issued(account)
    assert invoices.awaited(account, invoices.all_of(account)) == []
