"""«История гарантийных обязательств» and «Регистрация платежей»: the pages and their refusals (2.2.2, 2.2.3)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from billing.models import PaymentGuarantee
from billing.services import guarantees
from billing.tests.debtors import owes, pays, promised, promises
from sipcabinet.tests.page_text import words

LIST, STEP_1, STEP_2 = "/guarantees/", "/guarantees/register/", "/guarantees/register/review/"
NBSP, NARROW = "\u00a0", "\u202f"
Travel = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("today", "statements_are_complete")


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


@pytest.fixture
def later(owner: User, client_of: Callable[[User], Client]) -> Callable[[str], Any]:
    """Requests a page in a browser that signs in now: the earlier session is over."""
    return lambda address: client_of(owner).get(address)


@pytest.fixture
def debtor(account: Account) -> Account:
    owes(account, "1250.00")
    return account


def page_of(guarantee: PaymentGuarantee) -> str:
    return reverse("billing:guarantee", args=[guarantee.number])


def has_form(response: Any) -> bool:
    return 'name="amount"' in response.content.decode() or 'name="token"' in response.content.decode()


# --- The history -----------------------------------------------------------------------------------------------------
def test_an_empty_history_offers_to_register(client: Client) -> None:
    page = client.get(LIST)
    assert "Платежи ещё не регистрировались" in words(page)
    assert f'href="{STEP_1}"' in page.content.decode()
    assert "Зарегистрировать платёж" in words(page)


def test_the_history_shows_every_promise(later: Travel, debtor: Account, staff: User, at: Travel) -> None:
    refused = guarantees.reject(guarantee=promises(debtor, "10.00"), staff=staff, reason="Сумма мала")
    at("2026-11-23 11:30")
    accepted = guarantees.accept(guarantee=promises(debtor, "1250.00"), staff=staff, answer="Ждём")
    page = words(later(LIST))
    assert page.index(accepted.number) < page.index(refused.number)
    for fact in (
        *("22.11.2026, 10:00", f"10,00{NBSP}BYN", "отклонено", "Сумма мала"),
        *("23.11.2026, 11:30", f"1{NBSP}250,00{NBSP}BYN", "принято", "05.12.2026", "Ждём"),
    ):
        assert fact.replace(NBSP, " ") in page.replace(NBSP, " ")


def test_the_history_is_one_accounts_own(
    debtor: Account, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    guarantee = promises(debtor)
    assert guarantee.number not in words(client_of(other_owner).get(LIST))


# --- Whether a guarantee is possible ---------------------------------------------------------------------------------
def test_nothing_to_pay_needs_no_registration(client: Client) -> None:
    page = client.get(STEP_1)
    assert "Регистрация не требуется" in words(page)
    assert not has_form(page)


def test_a_paid_invoice_needs_no_registration(client: Client, debtor: Account) -> None:
    pays(debtor, "1250.00")
    page = client.get(STEP_1)
    assert f"Счёт № {debtor.invoices.get().number} оплачен полностью" in words(page)
    assert not has_form(page)


def test_a_young_contract_sees_the_reason_and_the_day(client: Client, debtor: Account) -> None:
    Account.objects.filter(pk=debtor.pk).update(contract_date=date(2026, 8, 22))
    page = client.get(STEP_1)
    assert "Станет возможно: 23.11.2026" in words(page)
    assert "когда договор действует более 3 месяцев: с 23.11.2026." in words(page)
    assert not has_form(page)


def test_a_broken_promise_sees_what_to_pay_first(later: Travel, debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor, "1000.00")
    at("2026-12-06 10:00")
    guarantees.expire_due()
    pays(debtor, "100.00")
    page = later(STEP_1)
    assert "Прежнее обязательство не исполнено" in words(page)
    assert f"900,00{NBSP}BYN" in page.content.decode()
    assert page_of(guarantee) in page.content.decode()
    assert not has_form(page)


def test_an_open_promise_sees_its_state(client: Client, debtor: Account) -> None:
    guarantee = promises(debtor)
    page = client.get(STEP_1)
    assert f"Обязательство {guarantee.number} уже подано, состояние: на рассмотрении." in words(page)
    assert page_of(guarantee) in page.content.decode()
    assert not has_form(page)


@pytest.mark.parametrize("address", [STEP_1, f"{STEP_2}?amount=100"])
def test_a_post_that_is_not_allowed_writes_nothing(client: Client, debtor: Account, address: str) -> None:
    promises(debtor)
    response = client.post(address, {"amount": "100", "token": "t1"})
    assert response.status_code == 409
    assert "Платёж уже зарегистрирован" in words(response)
    assert PaymentGuarantee.objects.count() == 1


# --- The amount ------------------------------------------------------------------------------------------------------
def test_the_form_holds_what_is_unpaid(client: Client, debtor: Account) -> None:
    pays(debtor, "15.50")
    page = client.get(STEP_1)
    assert f'value="1{NBSP}234,50"' in page.content.decode()
    assert "25.11.2026" in words(page)


def test_what_the_form_holds_is_taken_as_it_stands(client: Client, debtor: Account) -> None:
    response = client.post(STEP_1, {"amount": f"1{NBSP}250,00"})
    assert (response.status_code, response.headers["Location"]) == (302, f"{STEP_2}?amount=1250.00")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("100", "100.00"),
        ("100,5", "100.50"),
        ("100.05", "100.05"),
        (" 1 000,00 ", "1000.00"),
        (f"1{NARROW}000", "1000.00"),
        ("0,01", "0.01"),
        ("0001", "1.00"),
    ],
)
def test_amounts_are_read_as_people_type_them(client: Client, debtor: Account, typed: str, amount: str) -> None:
    assert client.post(STEP_1, {"amount": typed}).headers["Location"] == f"{STEP_2}?amount={amount}"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Введите сумму"),
        ("   ", "Введите сумму"),
        ("сто", "Введите сумму цифрами, например 123,45"),
        ("1,234.56", "Введите сумму цифрами, например 123,45"),
        ("-5", "Введите сумму цифрами, например 123,45"),
        ("1e3", "Введите сумму цифрами, например 123,45"),
        ("NaN", "Введите сумму цифрами, например 123,45"),
        ("١٢٣", "Введите сумму цифрами, например 123,45"),
        ("9999999999999", "Введите сумму цифрами, например 123,45"),
        ("10,001", "Копейки — не больше двух цифр после запятой"),
        ("0", "Сумма должна быть больше нуля"),
        ("0,00", "Сумма должна быть больше нуля"),
        ("1250,01", "Сумма не может быть больше неоплаченной части: 1\u00a0250,00\u00a0BYN"),
    ],
)
def test_other_input_is_told_at_the_field_and_kept(client: Client, debtor: Account, typed: str, message: str) -> None:
    page = client.post(STEP_1, {"amount": typed})
    assert page.status_code == 200
    assert words(page).replace(NBSP, " ").count(message.replace(NBSP, " ")) >= 2  # above the form, and at the field
    assert "Ошибка:" in page.content.decode()
    if typed.strip():
        assert f'value="{typed}"' in page.content.decode()
    again = client.get(f"{STEP_2}?amount={quote(typed)}")
    assert again.headers["Location"].startswith(STEP_1)
    assert not PaymentGuarantee.objects.exists()


def test_an_endless_amount_is_told_too(client: Client, debtor: Account) -> None:
    assert client.post(STEP_1, {"amount": "1" * 5000}).status_code == 200
    assert client.get(f"{STEP_2}?amount={'1' * 3000}").status_code == 302
    assert client.post(STEP_1, {"amount": "1\x07"}).status_code == 200


# --- Review and confirmation -----------------------------------------------------------------------------------------
def test_the_review_says_what_will_be(client: Client, debtor: Account) -> None:
    page = client.get(f"{STEP_2}?amount=100.00")
    for fact in (
        *(f"100,00{NBSP}BYN", f"1{NBSP}250,00{NBSP}BYN", debtor.invoices.get().number),
        *("25.11.2026", "Будет действовать по 05.12.2026", debtor.cabinet_email),
        "без оплаты исходящие звонки ограничиваются с 07.12.2026",
    ):
        assert fact.replace(NBSP, " ") in words(page).replace(NBSP, " ")
    assert not PaymentGuarantee.objects.exists()


def test_the_review_after_the_due_day_counts_from_today(later: Travel, debtor: Account, at: Travel) -> None:
    at("2026-11-30 10:00")
    assert "Будет действовать по 10.12.2026" in words(later(f"{STEP_2}?amount=100.00"))


def token_of(page: Any) -> str:
    found = re.search(r'name="token" value="(\w+)"', page.content.decode())
    assert found is not None
    return found[1]


def test_the_confirmation_leads_to_the_promises_own_page(client: Client, debtor: Account, owner: User) -> None:
    review = f"{STEP_2}?amount=100.00"
    response = client.post(review, {"token": token_of(client.get(review))}, follow=True)
    guarantee = PaymentGuarantee.objects.get()
    assert (guarantee.account, guarantee.requested_by, guarantee.amount) == (debtor, owner, Decimal("100.00"))
    assert response.redirect_chain == [(f"{page_of(guarantee)}?placed=1", 302)]
    for fact in (guarantee.number, "на рассмотрении", "Что будет дальше", "Запрос ждёт решения оператора"):
        assert fact in words(response)


def test_the_back_button_and_a_second_press_make_no_second_one(client: Client, debtor: Account) -> None:
    review = f"{STEP_2}?amount=100.00"
    token = token_of(client.get(review))
    first, second = (client.post(review, {"token": token}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert "Платёж уже зарегистрирован" in words(client.get(review))
    assert PaymentGuarantee.objects.count() == 1


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "t" * 65}])
def test_a_confirmation_without_its_page_leads_back(client: Client, debtor: Account, form: dict[str, str]) -> None:
    response = client.post(f"{STEP_2}?amount=100.00", form)
    assert (response.status_code, response.headers["Location"]) == (302, f"{STEP_1}?amount=100.00")
    assert not PaymentGuarantee.objects.exists()


def test_what_was_paid_meanwhile_is_minded(client: Client, debtor: Account) -> None:
    """The page's amount is too much by now: redirects to step 1, which says so."""
    review = f"{STEP_2}?amount=1250.00"
    token = token_of(client.get(review))
    pays(debtor, "50.00")
    page = client.post(review, {"token": token}, follow=True)
    assert "Сумма не может быть больше неоплаченной части" in words(page)
    assert not PaymentGuarantee.objects.exists()


def test_fields_nobody_asked_for_are_ignored(client: Client, debtor: Account, other_owner: User) -> None:
    assert other_owner.account is not None
    extra = {"state": "accepted", "account": other_owner.account.pk, "valid_until": "2030-01-01", "amount": "9"}
    client.post(f"{STEP_2}?amount=100.00", {"token": "t1", **extra})
    guarantee = PaymentGuarantee.objects.get()
    assert (guarantee.state, guarantee.account, guarantee.amount) == ("pending", debtor, Decimal("100.00"))
    assert guarantee.valid_until is None


# --- The guarantee's page --------------------------------------------------------------------------------------------
def test_the_page_of_an_accepted_one(client: Client, debtor: Account) -> None:
    guarantee = promised(debtor, "1000.00")
    pays(debtor, "400.00")
    page = words(client.get(page_of(guarantee))).replace(NBSP, " ")
    for fact in ("принято", "Оплатите 600,00 BYN по 05.12.2026 включительно", "Осталось оплатить 600,00 BYN"):
        assert fact in page


def test_the_page_of_a_refused_one(client: Client, debtor: Account, staff: User) -> None:
    guarantee = guarantees.reject(guarantee=promises(debtor), staff=staff, reason="Сумма <мала>")
    page = client.get(page_of(guarantee))
    assert "Сумма &lt;мала&gt;" in page.content.decode()
    assert "Можно подать новый запрос" in words(page)


def test_the_page_of_a_fulfilled_one(client: Client, debtor: Account) -> None:
    guarantee = promised(debtor)
    pays(debtor, "125.00")
    assert "Обещанная сумма поступила" in words(client.get(page_of(guarantee)))


def test_the_page_of_one_that_ran_out(later: Travel, debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor)
    at("2026-12-06 10:00")
    guarantees.expire_due()
    assert "Срок обязательства истёк, 125,00 BYN не оплачено" in words(later(page_of(guarantee))).replace(NBSP, " ")
    pays(debtor, "125.00")
    assert "Сейчас сумма оплачена" in words(later(page_of(guarantee)))


def test_anothers_and_unknown_ones_are_missing(
    debtor: Account, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    guarantee = promises(debtor)
    browser = client_of(other_owner)
    assert browser.get(page_of(guarantee)).status_code == 404
    assert browser.get("/guarantees/Г-2026-999999/").status_code == 404
