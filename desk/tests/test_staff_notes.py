"""Notes of staff (4.1): only added or struck out; no customer can read them, on a page or in the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.utils import InternalError
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, Customer, User
from accounts.tests.factories import CustomerFactory, StaffFactory
from desk.models import StaffNote
from desk.services import notes
from desk.tests.customers import clerk, note_of
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
SEE, READ, ADD, STRIKE = "accounts.view_customer", "desk.view_staffnote", "desk.add_staffnote", "desk.change_staffnote"


@pytest.fixture
def customer(account: Account) -> Customer:
    return account.customer


def url(customer: Customer) -> str:
    return reverse("admin:desk_customer_notes", args=[customer.pk])


def strike_url(note: StaffNote) -> str:
    return reverse("admin:desk_customer_note_strike", args=[note.customer_id, note.pk])


def test_a_note_is_written_once_and_recorded_without_its_text(customer: Customer, staff: User) -> None:
    browser = signed_in(staff)
    told = {"text": "Звонить после обеда", "token": "t1"}
    for _twice in range(2):
        assert browser.post(url(customer), told).headers["Location"] == f"/admin/customers/{customer.pk}/#notes"
    note = StaffNote.objects.get()
    assert (note.text, note.author, note.customer) == ("Звонить после обеда", staff, customer)
    event = AuditEvent.objects.get(action="note.written")
    assert event.account is None  # customers read the journals of their accounts
    assert event.user == staff
    assert "обеда" not in f"{event.summary} {event.details}"
    assert "Звонить после обеда" in text(browser.get(reverse("admin:desk_customer", args=[customer.pk])))


def test_an_empty_and_a_too_long_note_are_refused_and_kept(customer: Customer, staff: User) -> None:
    browser = signed_in(staff)
    assert "Введите текст заметки" in text(browser.post(url(customer), {"text": " \n ", "token": "t"}))
    page = text(browser.post(url(customer), {"text": "слово " * 200, "token": "t"}))
    assert "слово слово" in page
    assert not StaffNote.objects.exists()
    by = Actor(staff)
    with pytest.raises(DomainError, match="Введите текст"):
        notes.write(customer=customer, text=" ", by=by)
    with pytest.raises(DomainError, match="не длиннее"):
        notes.write(customer=customer, text="х" * 1001, by=by)
    with pytest.raises(DomainError, match="сотрудники"):
        notes.write(customer=customer, text="Я клиент", by=Actor())


def test_a_note_is_struck_out_with_a_reason_and_stays_in_the_full_list(customer: Customer, staff: User) -> None:
    note = note_of(customer, "Звонить после обеда")
    browser = signed_in(staff)
    assert "Укажите, почему" in text(browser.post(strike_url(note), {"reason": "", "token": "t"}))
    browser.post(strike_url(note), {"reason": "Сменился бухгалтер", "token": "t"})
    note.refresh_from_db()
    assert (note.is_struck, note.struck_by, note.struck_why) == (True, staff, "Сменился бухгалтер")
    shown = words(browser.get(url(customer)))
    assert "Звонить после обеда" in shown
    assert "Сменился бухгалтер" in shown
    page = text(browser.get(reverse("admin:desk_customer", args=[customer.pk])))
    assert "Звонить после обеда" not in page
    assert "уже зачёркнута" in text(browser.get(strike_url(note)))
    with pytest.raises(DomainError, match="уже зачёркнута"):
        notes.strike(note=note, by=Actor(staff, reason="Ещё раз"))
    assert AuditEvent.objects.filter(action="note.struck", account=None).count() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE desk_staffnote SET text = 'другое'",
        "UPDATE desk_staffnote SET written_at = now()",
        "DELETE FROM desk_staffnote",
        "TRUNCATE desk_staffnote",
    ],
)
def test_even_the_owner_of_the_table_changes_no_note(change: str, customer: Customer) -> None:
    note_of(customer)
    refused = pytest.raises((InternalError, IntegrityError), match=r"never changes|append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE; {change}")


def test_a_struck_note_is_not_restored(customer: Customer, staff: User) -> None:
    note = notes.strike(note=note_of(customer), by=Actor(staff, reason="Неверно"))
    with pytest.raises((InternalError, IntegrityError), match="never changes"), transaction.atomic():
        StaffNote.objects.filter(pk=note.pk).update(struck_at=None, struck_by=None, struck_why="")


def test_the_role_of_customers_pages_cannot_read_them(account: Account) -> None:
    note_of(account.customer)
    for sql in ("SELECT * FROM desk_staffnote", "SELECT * FROM subscribers_staffrestriction"):
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with refused, tenancy.portal(account.pk), connection.cursor() as cursor:
            cursor.execute(sql)


def test_no_page_of_the_customer_shows_them(owner: User, client_of: Callable[[Any], Client]) -> None:
    assert owner.account is not None
    note_of(owner.account.customer, "Тайная заметка")
    by = Actor(StaffFactory.create())
    notes.write(customer=owner.account.customer, text="Тайная заметка 2", by=by)
    for name in ("site:home", "accounts:journal", "billing:account"):
        page = text(client_of(owner).get(reverse(name)))
        assert "Тайная" not in page
        assert "аметка о клиенте" not in page


@pytest.mark.parametrize(("right", "may_add", "may_strike"), [(READ, 403, 403), (ADD, 302, 403), (STRIKE, 403, 302)])
def test_each_act_needs_its_own_right(right: str, may_add: int, may_strike: int, customer: Customer) -> None:
    note = note_of(customer)
    browser = signed_in(clerk(SEE, READ, right))
    assert browser.get(url(customer)).status_code == 200
    assert browser.post(url(customer), {"text": "Заметка", "token": "t"}).status_code == may_add
    assert browser.post(strike_url(note), {"reason": "Неверно", "token": "t"}).status_code == may_strike
    page = text(browser.get(reverse("admin:desk_customer", args=[customer.pk])))
    assert ("Добавить заметку" in page) == (right == ADD)


def test_without_the_right_to_read_nothing_opens(customer: Customer) -> None:
    note = note_of(customer)
    for person in (clerk(SEE), clerk(READ, ADD, STRIKE), clerk(SEE, ADD)):
        browser = signed_in(person)
        assert browser.get(url(customer)).status_code == 403
        assert browser.post(url(customer), {"text": "Заметка", "token": "t"}).status_code == 403
    assert StaffNote.objects.get() == note


def test_another_customer_s_note_is_not_found(customer: Customer, staff: User) -> None:
    note = note_of(customer)
    address = reverse("admin:desk_customer_note_strike", args=[CustomerFactory.create().pk, note.pk])
    assert signed_in(staff).post(address, {"reason": "Неверно", "token": "t"}).status_code == 404
