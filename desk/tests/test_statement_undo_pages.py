"""«Отменить загрузку» of a statement at the desk: the effect, the second click, and who may (4.6, 4.12)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory
from billing.models import StatementImport
from billing.selectors import balance
from billing.tests.bank_files import Doc
from billing.tests.taken import NUMBER, take
from desk.tests.cast import clerk
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
SEE = ("billing.view_statementimport", "billing.view_payment")


@pytest.fixture
def payer(at: Any) -> Account:
    at("2026-11-25 12:00")
    account: Account = AccountFactory.create(number=NUMBER)
    return account


@pytest.fixture
def statement(payer: Account) -> StatementImport:
    row = take(Doc(credit="25.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-")).row
    assert row is not None
    return row


def test_it_is_undone_by_the_second_click(staff: User, statement: StatementImport, payer: Account) -> None:
    desk, address = signed_in(staff), f"/admin/statements/{statement.pk}/undo/"
    assert address in text(desk.get(f"/admin/statements/{statement.pk}/"))
    shown = words(desk.get(address)).replace("\u00a0", " ")
    for part in (NUMBER, "25,00", "0,00", "Невыясненных закроется", "Клиент"):
        assert part.lower() in shown.lower()
    empty = desk.post(address, {"reason": ""})
    assert "Укажите основание" in text(empty)
    assert balance.balance(payer) == 25
    page = desk.post(address, {"reason": "Не тот счёт"}, follow=True)
    assert "Загрузка отменена" in text(page)
    assert "Не тот счёт" in text(page)
    assert address not in text(page)
    assert balance.balance(payer) == 0
    again = desk.post(address, {"reason": "Не тот счёт"})
    assert "уже отменена" in text(again)
    assert AuditEvent.objects.filter(action="payment.import_undone").count() == 1


def test_why_not_is_told_instead_of_the_form(staff: User, statement: StatementImport, payer: Account) -> None:
    take(Doc(credit="1.00", id="9", day="24.11.2026", purpose=NUMBER))
    page = text(signed_in(staff).get(f"/admin/statements/{statement.pk}/undo/"))
    assert "Отменить нельзя" in page
    assert 'name="reason"' not in page


def test_who_may_only_look_has_no_button(client: Client, statement: StatementImport, payer: Account) -> None:
    desk = signed_in(clerk(*SEE))
    address = f"/admin/statements/{statement.pk}/"
    assert "undo/" not in text(desk.get(address))
    assert desk.post(f"{address}undo/", {"reason": "Не тот счёт"}).status_code == 403
    assert balance.balance(payer) == 25
