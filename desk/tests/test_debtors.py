"""«Дебиторы»: debts by age with what was done, who will be barred, «не ограничивать до…», as a page and as a
file (4.8)."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, Customer, User
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import DunningExemption
from billing.selectors.aging import AgedFilter, DebtorState
from billing.services import debts, dunning, exemptions
from billing.tests import bank_days
from billing.tests.debtors import owes, promised, promises
from desk.selectors import debtors
from desk.tests.customers import clerk
from sipcabinet.lib import clock
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

Travel = Callable[[str], Any]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
URL = "/admin/debtors/"
VIEW, GIVE, END = "billing.view_debt", "billing.add_dunningexemption", "billing.change_dunningexemption"
MOST_QUERIES = 12


@pytest.fixture
def debtor(account: Account, at: Travel) -> Account:
    """The invoice of October, due on 25.11, with both reminders; calls are barred from Monday 07.12."""
    Customer.objects.filter(pk=account.customer_id).update(name="ООО «Ромашка»")
    owes(account)
    for moment in ("2026-11-26 09:30", "2026-12-02 09:30", "2026-12-04 12:00"):
        at(moment)
        dunning.run_due()
    return Account.objects.select_related("customer").get(pk=account.pk)


def by(reason: str = "Спор") -> Actor:
    return Actor(StaffFactory.create(name="Ирина Ковалёва"), reason=reason)


def url(page: str, account: Account) -> str:
    return reverse(f"admin:desk_customer_{page}", args=[account.customer_id, account.pk])


def sheet(response: Any) -> list[list[Any]]:
    content = b"".join(response.streaming_content)
    page: Any = load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in page.iter_rows()]


# --- The page --------------------------------------------------------------------------------------------------------
def test_a_debtor_has_his_ages_and_what_was_sent(debtor: Account) -> None:
    page = words(signed_in(clerk(VIEW, "accounts.view_customer")).get(URL))
    assert "ООО «Ромашка» л/с 700100001".replace("700100001", debtor.number) in page
    assert "125,00" in page
    assert "02.12.2026: второе напоминание" in page
    assert "будет ограничен 07.12.2026" in page
    assert "В рабочий день 07.12.2026 будут ограничены" in page
    assert "Не ограничивать до" not in page  # without the right to do it


def test_promises_restrictions_and_exemptions_are_shown_with_their_reasons(at: Travel) -> None:
    barred, exempt, promising = AccountFactory.create_batch(3)
    for one in (barred, exempt, promising):
        owes(one)
    at("2026-12-01 12:00")
    debts.restrict(account=barred, debt=barred.debts.get())
    exemptions.grant(account=exempt, until=date(2026, 12, 20), by=by("Ждут кредита"))
    number = promised(promising).number
    page = words(signed_in(clerk(VIEW)).get(URL))
    assert "ограничен 01.12.2026: Счёт №" in page
    assert "отсрочка по 20.12.2026: Ждут кредита" in page
    assert f"{number} : 125,00 BYN, принято по 11.12.2026".replace(" :", "") in page.replace(" :", "")
    assert "375,00" in page
    assert "3 лицевых счёта" in page


def test_the_statements_are_named(debtor: Account) -> None:
    bank_days.read()
    assert "полны по" in words(signed_in(clerk(VIEW)).get(URL))


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("text=ромашка", True), ("text=лютик", False), ("age=0", True), ("age=30", False), ("state=soon", True),
        ("state=restricted", False), ("state=untouched", True), ("state=exempt&text=ромашка", False),
    ],
)  # fmt: skip
def test_the_address_holds_the_filters(debtor: Account, query: str, is_found: bool) -> None:
    client = signed_in(clerk(VIEW, "accounts.view_customer"))
    page = text(client.get(f"{URL}?{query}"))
    assert (f"л/с {debtor.number}" in page) is is_found
    rows = sheet(client.get(f"{URL}?{query}&format=xlsx"))
    assert (debtor.number in [row[2] for row in rows]) is is_found


@pytest.mark.parametrize("query", ["age=31", "state=x", "text=" + "x" * 101])
def test_a_wrong_filter_is_named_and_kept(debtor: Account, query: str) -> None:
    page = text(signed_in(clerk(VIEW)).get(f"{URL}?{query}"))
    assert 'aria-invalid="true"' in page
    assert f"л/с {debtor.number}" not in page
    assert text(signed_in(clerk(VIEW)).get(f"{URL}?{query}&format=xlsx"))


def test_the_filter_finds_those_whose_row_says_so(debtor: Account) -> None:
    exempt, promising, barred, later = AccountFactory.create_batch(4)
    for one in (exempt, promising, barred, later):
        owes(one)
    exemptions.grant(account=exempt, until=clock.today(), by=by())
    promises(promising)
    debts.restrict(account=barred, debt=barred.debts.get())
    soon = debtors.tomorrow().accounts
    every = list(debtors.rows(AgedFilter(), soon))
    for state in DebtorState:
        wanted = {one.account.pk for one in every if debtors.has_state(state, one)}
        found = {one.account.pk for one in debtors.rows(AgedFilter(state=state.value, soon=soon), soon)}
        assert found == wanted
        assert found


def test_the_file_has_the_total_row_and_is_recorded(debtor: Account) -> None:
    owes(AccountFactory.create(), "250.00")
    person = clerk(VIEW)
    response = signed_in(person).get(f"{URL}?format=xlsx")
    rows = sheet(response)
    assert rows[-1][0] == "Итого"
    assert [float(value) for value in rows[-1][3:10]] == [375.0, 0.0, 375.0, 375.0, 0.0, 0.0, 0.0]
    first = next(row for row in rows if row[2] == debtor.number)
    assert first[10] == "второе напоминание"
    event = AuditEvent.objects.get(action="debt.exported")
    assert (event.user, event.details["rows"]) == (person, 2)


def test_the_page_takes_few_queries_however_many_debtors(staff: User, debtor: Account) -> None:
    person, counts = clerk(VIEW, GIVE, END, "accounts.view_customer"), []
    client = signed_in(person)
    for count in (1, 8):
        for one in AccountFactory.create_batch(count):
            owes(one)
        client.get(URL)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


@pytest.mark.parametrize("page", ["", "?format=xlsx"])
def test_without_the_right_nothing_is_shown(debtor: Account, page: str) -> None:
    client = signed_in(clerk("billing.view_payment", "accounts.view_customer"))
    assert client.get(f"{URL}{page}").status_code == 403
    assert not AuditEvent.objects.filter(action="debt.exported").exists()


# --- «Не ограничивать до…» -------------------------------------------------------------------------------------------
def test_an_exemption_is_given_on_its_page_and_shown_on_the_customer_s(debtor: Account) -> None:
    person = clerk(VIEW, GIVE, END, "accounts.view_customer", "accounts.view_account", "billing.view_invoice")
    client = signed_in(person)
    assert url("exempt", debtor) in text(client.get(URL))
    page = words(client.get(url("exempt", debtor)))
    assert "Просрочено 125,00 BYN" in page
    assert "Отсрочка кончится сама" in page
    answer = client.post(url("exempt", debtor), {"until": "15.12.2026", "reason": "Ждут кредита", "token": "t"})
    assert answer.headers["Location"].endswith("#accounts")
    given = DunningExemption.objects.get()
    assert (given.account, given.until, given.granted_by) == (debtor, date(2026, 12, 15), person)
    shown = words(client.get(reverse("admin:desk_customer", args=[debtor.customer_id])))
    assert "не ограничивать за долг по 15.12.2026" in shown
    assert "Ждут кредита" in shown
    assert "Отозвать отсрочку" in shown
    assert "Ждут кредита" in AuditEvent.objects.get(action="exemption.granted").summary


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"until": "03.12.2026", "reason": "Спор"}, "Укажите день с 04.12.2026 по"),
        ({"until": "", "reason": "Спор"}, "Укажите последний день отсрочки"),
        ({"until": "31.02.2027", "reason": "Спор"}, "Введите дату в виде"),
        ({"until": "15.12.2026", "reason": " "}, "Укажите основание"),
    ],
)
def test_wrong_input_writes_nothing_and_is_kept(debtor: Account, form: dict[str, str], message: str) -> None:
    client = signed_in(clerk(GIVE, "accounts.view_customer"))
    page = text(client.post(url("exempt", debtor), form | {"token": "t"}))
    assert message in page
    assert f'value="{form["until"]}"' in page or not form["until"]
    assert not DunningExemption.objects.exists()


def test_an_exemption_is_withdrawn_once(debtor: Account) -> None:
    given = exemptions.grant(account=debtor, until=date(2026, 12, 15), by=by("Ждут кредита"))
    client = signed_in(clerk(END, "accounts.view_customer"))
    page = words(client.get(url("exempt_end", debtor)))
    assert "Ждут кредита" in page
    assert "назван день ограничения 07.12.2026" in page
    form = {"reason": "Кредита не будет", "seen": given.pk, "token": "t"}
    assert client.post(url("exempt_end", debtor), form).status_code == 302
    given.refresh_from_db()
    assert given.withdrawn_why == "Кредита не будет"
    assert "уже не действует" in text(client.post(url("exempt_end", debtor), form))
    assert AuditEvent.objects.filter(action="exemption.withdrawn").count() == 1


def test_without_the_right_no_exemption_is_given(debtor: Account) -> None:
    client = signed_in(clerk(VIEW, "accounts.view_customer", "billing.view_dunningexemption"))
    form = {"until": f"{clock.today() + timedelta(days=1):%d.%m.%Y}", "reason": "Спор", "token": "t", "seen": 1}
    for page in ("exempt", "exempt_end"):
        assert client.get(url(page, debtor)).status_code == 403
        assert client.post(url(page, debtor), form).status_code == 403
    assert not DunningExemption.objects.exists()


def test_another_customer_s_account_is_not_found(debtor: Account, staff: User) -> None:
    other = AccountFactory.create()
    strange = reverse("admin:desk_customer_exempt", args=[other.customer_id, debtor.pk])
    assert Client().get(strange).status_code == 302
    assert signed_in(clerk(GIVE, "accounts.view_customer")).get(strange).status_code == 404
