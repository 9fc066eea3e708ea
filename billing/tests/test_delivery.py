"""A change of delivery happens once, however many requests ask for it; who gets letters; who may change it (2.3.3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import PASSWORD
from billing.models import DeliveryChoice
from billing.selectors import delivery
from billing.services import delivery as delivery_services
from billing.services.delivery import DeliveryError
from billing.tests.deliveries import change, chosen, saved
from notifications.models import Letter
from sipcabinet.lib import tenancy
from sipcabinet.tests.page_text import source

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User, client_of: Callable[[User], Client]) -> Any:
    return client_of(owner)


# --- Twice, and two requests at once ---------------------------------------------------------------------------------
def test_the_longest_addresses_are_taken_and_told(browser: Any, account: Account) -> None:
    domain = ".".join(["d" * 60] * 3)
    long = [f"{first}{'a' * 62}@{domain}.by" for first in "bc"]
    page = saved(browser, " ".join(long))
    assert page.status_code == 200
    assert list(delivery.way(delivery.current(account)).addresses) == long
    assert set(Letter.objects.values_list("recipient", flat=True)) == {account.cabinet_email, *long}


def test_the_same_form_twice_makes_one_change(browser: Any) -> None:
    for _ in range(2):
        assert "Доставка счетов изменена" in source(saved(browser, "a@b.example"))
    assert DeliveryChoice.objects.count() == 1
    assert Letter.objects.count() == 2  # the registered e-mail and the new address


def test_a_review_of_what_no_longer_holds_is_refused(browser: Any, account: Account) -> None:
    chosen(account, "other@b.example")
    page = source(saved(browser, "a@b.example", base=0))
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

    monkeypatch.setattr(delivery_services, "_lock", lambda _account: None)
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


# --- Who gets letters ------------------------------------------------------------------------------------------------
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
    assert "delivery.changed" not in source(browser.get("/journal/"))
    assert "Доставка счетов" in source(browser.get("/journal/"))


# --- The second wall, and choices never change -----------------------------------------------------------------------
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
    assert "Проверьте адрес" in source(wrong)
    assert not DeliveryChoice.objects.exists()
    desk.post(path, {"account": account.pk, "method": "email", "typed": "a@b.example\nc@b.example"})
    choice = DeliveryChoice.objects.get()
    assert (choice.addresses, choice.chosen_by) == (["a@b.example", "c@b.example"], staff)
    assert AuditEvent.objects.filter(action="delivery.changed", by_staff=True).count() == 1
    same = desk.post(path, {"account": account.pk, "method": "email", "typed": "c@b.example\na@b.example"})
    assert "действуют сейчас" in source(same)
    for name in ("change", "changelist"):
        args = [choice.pk] if name == "change" else []
        assert "a@b.example, c@b.example" in source(
            desk.get(reverse(f"admin:billing_deliverychoice_{name}", args=args))
        )
