"""«Изменить способ/адрес доставки»: the page, the wizard and its refusals (2.3.3)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, User
from accounts.services import step_up
from accounts.tests.factories import PASSWORD
from billing.models import DeliveryChoice
from billing.selectors import delivery
from billing.services.delivery import DeliveryError
from billing.tests.deliveries import REVIEW, SELF, change, chosen, saved, typed
from notifications.models import Letter
from sipcabinet.tests.page_text import source

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User, client_of: Callable[[User], Client]) -> Any:
    return client_of(owner)


# --- The page --------------------------------------------------------------------------------------------------------
def test_nobody_has_chosen_yet(browser: Any) -> None:
    page = source(browser.get("/delivery/"))
    assert "Получает сам" in page
    assert "Изменить" in page
    assert "Способ доставки ещё не меняли" in page


def test_the_page_shows_what_holds_and_what_held(browser: Any, account: Account, owner: User) -> None:
    chosen(account, "old@customer.example")
    change(account, owner, "new@customer.example", base=DeliveryChoice.objects.get().pk)
    page = source(browser.get("/delivery/"))
    assert page.index("new@customer.example") < page.index("История изменений") < page.index("old@customer.example")
    assert owner.get_full_name() in page
    assert "Оператор" in page


def test_another_account_sees_nothing_of_it(
    account: Account, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    chosen(account, "buh@customer.example")
    assert "buh@customer.example" not in source(client_of(other_owner).get("/delivery/"))


# --- The steps of the wizard -----------------------------------------------------------------------------------------
def test_from_self_pickup_to_email(browser: Any, account: Account) -> None:
    step = browser.post("/delivery/change/", {"method": "email"})
    assert step.url == "/delivery/change/what/"
    assert "Получает сам" in source(browser.get(step.url))
    step = browser.post(step.url, {"what": "method"})
    assert step.url == "/delivery/change/addresses/"
    assert f'action="{REVIEW}"' in source(browser.get(step.url))
    review = source(typed(browser, "buh@customer.example\r\noffice@customer.example"))
    assert "Было" in review
    assert "E-mail: buh@customer.example, office@customer.example" in review
    assert "Сохранить" in review
    assert not DeliveryChoice.objects.exists()
    done = saved(browser, "buh@customer.example office@customer.example")
    assert "Доставка счетов изменена" in source(done)
    choice = DeliveryChoice.objects.get()
    assert (choice.account, choice.method) == (account, "email")
    assert choice.addresses == ["buh@customer.example", "office@customer.example"]


def test_refusing_invoices(browser: Any, account: Account) -> None:
    base = chosen(account, "buh@customer.example")
    step = browser.post("/delivery/change/", {"method": "self"})
    assert step.url == f"{REVIEW}?method=self"
    review = source(browser.get(step.url))
    assert "Счета больше не будут приходить" in review
    saved(browser, base=base.pk)
    assert delivery.way(delivery.current(account)) == delivery.Way(SELF)


def test_the_method_step_of_email_leads_to_self_pickup(browser: Any, account: Account) -> None:
    chosen(account, "buh@customer.example")
    step = browser.post("/delivery/change/what/", {"what": "method"})
    assert step.url == f"{REVIEW}?method=self"


def test_other_addresses(browser: Any, account: Account) -> None:
    base = chosen(account, "buh@customer.example")
    assert browser.post("/delivery/change/what/", {"what": "address"}).url == "/delivery/change/addresses/"
    assert "buh@customer.example</textarea>" in source(browser.get("/delivery/change/addresses/"))
    saved(browser, "office@customer.example", base.pk)
    assert delivery.way(delivery.current(account)).addresses == ("office@customer.example",)


def test_back_from_the_review_keeps_what_was_typed(browser: Any) -> None:
    page = browser.post(REVIEW, {"method": "email", "addresses": "a@b.example c@b.example", "base": 0, "back": "1"})
    assert "a@b.example\nc@b.example</textarea>" in source(page)


@pytest.mark.parametrize("path", ["/delivery/change/", "/delivery/change/what/"])
def test_a_step_needs_an_answer(browser: Any, path: str) -> None:
    for answer in ({}, {"method": "post", "what": "all"}):
        page = browser.post(path, answer)
        assert page.status_code == 200
        assert 'class="error-summary' in source(page) or "Ошибка:" in source(page)


# --- Nothing to change -----------------------------------------------------------------------------------------------
def test_self_pickup_that_holds_is_said(browser: Any) -> None:
    assert "действует сейчас, изменять нечего" in source(browser.post("/delivery/change/", {"method": "self"}))


def test_addresses_that_hold_are_said_whatever_their_order(browser: Any, account: Account) -> None:
    chosen(account, "a@b.example", "c@b.example")
    assert "Счета приходят на эти адреса и сейчас" in source(typed(browser, "C@b.example\na@B.example"))


def test_an_address_cannot_be_changed_before_there_is_one(browser: Any) -> None:
    assert "Сначала измените способ доставки" in source(browser.post("/delivery/change/what/", {"what": "address"}))


def test_the_service_refuses_what_holds(account: Account, owner: User) -> None:
    with pytest.raises(DeliveryError) as refusal:
        change(account, owner)
    assert refusal.value.code == "delivery.same"


# --- Addresses -------------------------------------------------------------------------------------------------------
WRONG = {
    "nothing": (" \n ", "Введите хотя бы один адрес"),
    "no address": ("бухгалтерия", "Проверьте адрес: бухгалтерия"),
    "words": ("a@b.example\nне адрес", "Проверьте адрес: не адрес"),
    "two ats": ("a@@b.example", "Проверьте адрес"),
    "a name with it": ("Buh <a@b.example>", "Проверьте адрес: Buh"),
    "the second of two": ("a@b.example\nc@", "Проверьте адрес: c@"),
    "twice": ("a@b.example, A@B.example", "указан дважды"),
    "twice, in two alphabets": ("a@почта.бел a@xn--80a1acny.xn--90ais", "указан дважды"),
    "six": (" ".join(f"a{n}@b.example" for n in range(6)), "не больше 5 адресов"),
    "a control character": ("a\x01@b.example", "Проверьте адрес"),
    "too long": ("a" * 250 + "@b.example", "Проверьте адрес"),
    "longer than the field": ("a@b.example " * 300, "Слишком длинный список"),
}


@pytest.mark.parametrize(("sent", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_list_of_addresses_is_told_at_the_field(browser: Any, sent: str, words: str) -> None:
    page = typed(browser, sent)
    assert page.status_code == 200
    assert words in source(page)
    assert "Новый адрес или адреса" in source(page)
    assert not DeliveryChoice.objects.exists()


def test_a_line_break_begins_another_address_and_no_header(browser: Any) -> None:
    saved(browser, "a@b.example\r\nBcc: c@d.example")
    assert not DeliveryChoice.objects.exists()


def test_an_address_with_a_cyrillic_domain_is_accepted(browser: Any) -> None:
    saved(browser, "buh@Почта.бел")
    assert DeliveryChoice.objects.get().addresses == ["buh@почта.бел"]
    assert Letter.objects.filter(recipient="buh@почта.бел").exists()


# --- The review is not trusted ---------------------------------------------------------------------------------------
TAMPERED: dict[str, dict[str, Any]] = {
    "method": {"method": "fax"},
    "no method": {"method": ""},
    "addresses": {"addresses": "nobody"},
    "six addresses": {"addresses": " ".join(f"a{n}@b.example" for n in range(6))},
    "no addresses": {"addresses": ""},
    "base": {"base": "x"},
    "a negative base": {"base": "-1"},
}


@pytest.mark.parametrize("sent", TAMPERED.values(), ids=TAMPERED)
def test_what_a_step_carried_along_is_checked_again(browser: Any, sent: dict[str, Any]) -> None:
    whole = {"method": "email", "addresses": "a@b.example", "base": "0", "password": PASSWORD}
    answer = browser.post(REVIEW, {**whole, **sent})
    assert (answer.status_code, answer.url) == (302, "/delivery/change/")
    assert not DeliveryChoice.objects.exists()


def test_a_review_without_its_steps_leads_to_the_first(browser: Any, account: Account) -> None:
    assert browser.get(REVIEW).url == "/delivery/change/"
    assert browser.get(f"{REVIEW}?method=self").url == "/delivery/change/"  # «Получает сам» is in force already
    chosen(account, "a@b.example")
    assert browser.get(f"{REVIEW}?method=self").status_code == 200
    assert browser.get(f"{REVIEW}?method=email").url == "/delivery/change/"


def test_reading_the_wizard_writes_nothing(browser: Any) -> None:
    for path in ("", "change/", "change/what/", "change/addresses/", "change/review/"):
        browser.get(f"/delivery/{path}")
    assert not DeliveryChoice.objects.exists()
    assert not Letter.objects.exists()


# --- The password ----------------------------------------------------------------------------------------------------
def test_without_the_password_nothing_changes(browser: Any) -> None:
    page = source(saved(browser, "a@b.example", password=""))
    assert "Введите пароль" in page
    assert not DeliveryChoice.objects.exists()


def test_a_wrong_password_is_told_and_what_was_chosen_stays(browser: Any) -> None:
    page = source(saved(browser, "a@b.example", password="wrong-password"))
    assert "Неверный пароль" in page
    assert "E-mail: a@b.example" in page
    assert "wrong-password" not in page
    assert not DeliveryChoice.objects.exists()


def test_attempts_are_counted_whatever_becomes_of_the_page(browser: Any) -> None:
    for _ in range(10):
        saved(browser, "a@b.example", password="wrong-password")
    assert not DeliveryChoice.objects.exists()
    page = source(saved(browser, "a@b.example"))
    assert "Доставка счетов изменена" not in page
    assert not DeliveryChoice.objects.exists()


def test_without_the_step_up_any_password_would_do(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "confirm", lambda **_: None)
    saved(browser, "a@b.example", password="wrong-password")
    assert DeliveryChoice.objects.exists()
