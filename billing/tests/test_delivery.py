"""«Изменить способ/адрес доставки»: the wizard, its refusals, and whom letters tell (2.3.3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.services import step_up
from accounts.tests.factories import PASSWORD
from billing.models import DeliveryChoice, DeliveryMethod
from billing.selectors import delivery
from billing.services import delivery as changes
from billing.services.delivery import DeliveryError
from notifications.models import Letter
from sipcabinet.lib import tenancy

pytestmark = pytest.mark.django_db
EMAIL, SELF = DeliveryMethod.EMAIL, DeliveryMethod.SELF_PICKUP
REVIEW = "/delivery/change/review/"


@pytest.fixture
def browser(owner: User, client_of: Callable[[User], Client]) -> Any:
    return client_of(owner)


def chosen(account: Account, *addresses: str) -> DeliveryChoice:
    method = EMAIL if addresses else SELF
    choice: DeliveryChoice = DeliveryChoice.objects.create(account=account, method=method, addresses=list(addresses))
    return choice


def text(response: Any) -> str:
    return str(response.content.decode())


def typed(browser: Any, addresses: str) -> Any:
    return browser.post(REVIEW, {"addresses": addresses})


def saved(browser: Any, addresses: str = "", base: int = 0, **sent: str) -> Any:
    method = EMAIL if addresses else SELF
    data = {"method": method.value, "addresses": addresses, "base": base, "password": PASSWORD, **sent}
    return browser.post(REVIEW, data, follow=True)


def change(account: Account, user: User, *addresses: str, base: int = 0) -> changes.Changed:
    method = EMAIL if addresses else SELF
    return changes.change(account=account, user=user, method=method, addresses=addresses, base=base)


# --- The page --------------------------------------------------------------------------------------------------------
def test_nobody_has_chosen_yet(browser: Any) -> None:
    page = text(browser.get("/delivery/"))
    assert "Получает сам" in page
    assert "Изменить" in page
    assert "Способ доставки ещё не меняли" in page


def test_the_page_shows_what_holds_and_what_held(browser: Any, account: Account, owner: User) -> None:
    chosen(account, "old@customer.example")
    change(account, owner, "new@customer.example", base=DeliveryChoice.objects.get().pk)
    page = text(browser.get("/delivery/"))
    assert page.index("new@customer.example") < page.index("История изменений") < page.index("old@customer.example")
    assert owner.get_full_name() in page
    assert "Оператор" in page


def test_another_account_sees_nothing_of_it(
    account: Account, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    chosen(account, "buh@customer.example")
    assert "buh@customer.example" not in text(client_of(other_owner).get("/delivery/"))


# --- The way of the wizard -------------------------------------------------------------------------------------------
def test_from_self_pickup_to_email(browser: Any, account: Account) -> None:
    step = browser.post("/delivery/change/", {"method": "email"})
    assert step.url == "/delivery/change/what/"
    assert "Получает сам" in text(browser.get(step.url))
    step = browser.post(step.url, {"what": "method"})
    assert step.url == "/delivery/change/addresses/"
    assert f'action="{REVIEW}"' in text(browser.get(step.url))
    review = text(typed(browser, "buh@customer.example\r\noffice@customer.example"))
    assert "Было" in review
    assert "E-mail: buh@customer.example, office@customer.example" in review
    assert "Сохранить" in review
    assert not DeliveryChoice.objects.exists()
    done = saved(browser, "buh@customer.example office@customer.example")
    assert "Доставка счетов изменена" in text(done)
    choice = DeliveryChoice.objects.get()
    assert (choice.account, choice.method) == (account, "email")
    assert choice.addresses == ["buh@customer.example", "office@customer.example"]


def test_refusing_invoices(browser: Any, account: Account) -> None:
    base = chosen(account, "buh@customer.example")
    step = browser.post("/delivery/change/", {"method": "self"})
    assert step.url == f"{REVIEW}?method=self"
    review = text(browser.get(step.url))
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
    assert "buh@customer.example</textarea>" in text(browser.get("/delivery/change/addresses/"))
    saved(browser, "office@customer.example", base.pk)
    assert delivery.way(delivery.current(account)).addresses == ("office@customer.example",)


def test_back_from_the_review_keeps_what_was_typed(browser: Any) -> None:
    page = browser.post(REVIEW, {"method": "email", "addresses": "a@b.example c@b.example", "base": 0, "back": "1"})
    assert "a@b.example\nc@b.example</textarea>" in text(page)


@pytest.mark.parametrize("path", ["/delivery/change/", "/delivery/change/what/"])
def test_a_step_needs_an_answer(browser: Any, path: str) -> None:
    for answer in ({}, {"method": "post", "what": "all"}):
        page = browser.post(path, answer)
        assert page.status_code == 200
        assert 'class="error-summary' in text(page) or "Ошибка:" in text(page)


# --- Nothing to change -----------------------------------------------------------------------------------------------
def test_self_pickup_that_holds_is_said(browser: Any) -> None:
    assert "действует сейчас, изменять нечего" in text(browser.post("/delivery/change/", {"method": "self"}))


def test_addresses_that_hold_are_said_whatever_their_order(browser: Any, account: Account) -> None:
    chosen(account, "a@b.example", "c@b.example")
    assert "Счета приходят на эти адреса и сейчас" in text(typed(browser, "C@b.example\na@B.example"))


def test_an_address_cannot_be_changed_before_there_is_one(browser: Any) -> None:
    assert "Сначала измените способ доставки" in text(browser.post("/delivery/change/what/", {"what": "address"}))


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
    assert words in text(page)
    assert "Новый адрес или адреса" in text(page)
    assert not DeliveryChoice.objects.exists()


def test_a_line_break_begins_another_address_and_no_header(browser: Any) -> None:
    saved(browser, "a@b.example\r\nBcc: c@d.example")
    assert not DeliveryChoice.objects.exists()


def test_a_domain_in_cyrillic_is_an_address(browser: Any) -> None:
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
    assert browser.get(f"{REVIEW}?method=self").url == "/delivery/change/"  # it holds already
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
    page = text(saved(browser, "a@b.example", password=""))
    assert "Введите пароль" in page
    assert not DeliveryChoice.objects.exists()


def test_a_wrong_password_is_told_and_what_was_chosen_stays(browser: Any) -> None:
    page = text(saved(browser, "a@b.example", password="wrong-password"))
    assert "Неверный пароль" in page
    assert "E-mail: a@b.example" in page
    assert "wrong-password" not in page
    assert not DeliveryChoice.objects.exists()


def test_attempts_are_counted_whatever_becomes_of_the_page(browser: Any) -> None:
    for _ in range(10):
        saved(browser, "a@b.example", password="wrong-password")
    assert not DeliveryChoice.objects.exists()
    page = text(saved(browser, "a@b.example"))
    assert "Доставка счетов изменена" not in page
    assert not DeliveryChoice.objects.exists()


def test_without_the_step_up_any_password_would_do(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "confirm", lambda **_: None)
    saved(browser, "a@b.example", password="wrong-password")
    assert DeliveryChoice.objects.exists()


# --- Twice, and two at once ------------------------------------------------------------------------------------------
def test_the_longest_addresses_are_taken_and_told(browser: Any, account: Account) -> None:
    domain = ".".join(["d" * 60] * 3)
    long = [f"{first}{'a' * 62}@{domain}.by" for first in "bc"]
    page = saved(browser, " ".join(long))
    assert page.status_code == 200
    assert list(delivery.way(delivery.current(account)).addresses) == long
    assert set(Letter.objects.values_list("recipient", flat=True)) == {account.cabinet_email, *long}


def test_the_same_form_twice_makes_one_change(browser: Any) -> None:
    for _ in range(2):
        assert "Доставка счетов изменена" in text(saved(browser, "a@b.example"))
    assert DeliveryChoice.objects.count() == 1
    assert Letter.objects.count() == 2  # the registered e-mail and the new address


def test_a_review_of_what_no_longer_holds_is_refused(browser: Any, account: Account) -> None:
    chosen(account, "other@b.example")
    page = text(saved(browser, "a@b.example", base=0))
    assert "доставку счетов уже изменили" in page
    assert delivery.way(delivery.current(account)).addresses == ("other@b.example",)


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_of_one_review_make_one(account: Account, owner: User) -> None:
    assert _at_once(account, owner) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_there_would_be_more(account: Account, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    real = delivery.current

    def slowly(account: Account) -> DeliveryChoice | None:
        found = real(account)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return found

    monkeypatch.setattr(changes, "_lock", lambda _account: None)
    monkeypatch.setattr(delivery, "current", slowly)
    assert _at_once(account, owner) > 1


def _at_once(account: Account, owner: User) -> int:
    def one(number: int) -> None:
        try:
            change(account, owner, f"a{number}@b.example")
        except DeliveryError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    return DeliveryChoice.objects.count()


# --- Who is told -----------------------------------------------------------------------------------------------------
def test_old_and_new_addresses_are_told_once_each(account: Account, owner: User) -> None:
    base = chosen(account, "old@b.example", "both@b.example")
    change(account, owner, "both@b.example", "new@b.example", base=base.pk)
    letters = Letter.objects.order_by("pk")
    assert [letter.recipient for letter in letters] == ["old@b.example", "both@b.example", "new@b.example"]
    letter = letters[0]
    assert account.number in letter.subject
    assert "Было: E-mail: old@b.example, both@b.example" in letter.body_text
    assert "Стало: E-mail: both@b.example, new@b.example" in letter.body_text
    assert "/delivery/" in letter.body_text
    assert PASSWORD not in letter.body_text + letter.body_html


def test_where_there_were_no_addresses_the_registered_one_is_told(account: Account, owner: User) -> None:
    change(account, owner, "new@b.example")
    told = set(Letter.objects.values_list("recipient", flat=True))
    assert told == {account.cabinet_email, "new@b.example"}


def test_refusing_invoices_is_told_to_those_who_had_them(account: Account, owner: User) -> None:
    base = chosen(account, "old@b.example")
    change(account, owner, base=base.pk)
    assert [letter.recipient for letter in Letter.objects.all()] == ["old@b.example"]
    assert "Стало: Получает сам" in Letter.objects.get().body_text


def test_the_journal_tells_of_it(browser: Any, account: Account, owner: User) -> None:
    saved(browser, "a@b.example")
    event = AuditEvent.objects.get(action="delivery.changed")
    assert (event.account, event.user) == (account, owner)
    assert event.address
    assert "Доставка счетов: E-mail: a@b.example (было: Получает сам)" in event.summary
    assert "delivery.changed" not in text(browser.get("/journal/"))
    assert "Доставка счетов" in text(browser.get("/journal/"))


# --- The second wall, and what was chosen stays ----------------------------------------------------------------------
def test_a_choice_is_never_rewritten(account: Account) -> None:
    choice = chosen(account, "a@b.example")
    for spoil in (
        lambda: DeliveryChoice.objects.filter(pk=choice.pk).update(addresses=["b@b.example"]),
        lambda: DeliveryChoice.objects.filter(pk=choice.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()


def test_a_page_of_another_account_cannot_write_it(account: Account, other_owner: User) -> None:
    with pytest.raises(DatabaseError), tenancy.portal(other_owner.account_id or 0):
        chosen(account, "a@b.example")


def test_staff_change_it_at_the_desk(staff: User, account: Account, client_of: Callable[[User], Client]) -> None:
    desk, path = client_of(staff), reverse("admin:billing_deliverychoice_add")
    wrong = desk.post(path, {"account": account.pk, "method": "email", "typed": "nobody"})
    assert "Проверьте адрес" in text(wrong)
    assert not DeliveryChoice.objects.exists()
    desk.post(path, {"account": account.pk, "method": "email", "typed": "a@b.example\nc@b.example"})
    choice = DeliveryChoice.objects.get()
    assert (choice.addresses, choice.chosen_by) == (["a@b.example", "c@b.example"], staff)
    assert AuditEvent.objects.filter(action="delivery.changed", by_staff=True).count() == 1
    same = desk.post(path, {"account": account.pk, "method": "email", "typed": "c@b.example\na@b.example"})
    assert "действуют сейчас" in text(same)
    for name in ("change", "changelist"):
        args = [choice.pk] if name == "change" else []
        assert "a@b.example, c@b.example" in text(desk.get(reverse(f"admin:billing_deliverychoice_{name}", args=args)))
