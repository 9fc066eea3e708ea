"""A statement of the bank at the desk: upload → check → apply once → report (4.6)."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import Payment, PaymentReturn, StatementImport
from billing.selectors import balance, ledger_check, statement_chain
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from desk.imports import statements
from desk.models import TableImport
from desk.tests.forms_sent import hidden
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/statements/new/"
KNOWN = Doc(credit="125.00", id="1", day="09.11.2020", purpose="л/с 700990001", unp="")
UNKNOWN = Doc(credit="5.00", id="2", day="09.11.2020", purpose="за связь", unp="")
WHY = "в назначении нет лицевого счёта, клиента с УНП плательщика нет (не указан)"
BACK = Doc(debit="125.00", id="3", day="09.11.2020", purpose="Отзыв платежа", unp="")


@pytest.fixture
def customer(db: None) -> Account:
    account: Account = AccountFactory.create(number="700990001")
    return account


@pytest.fixture
def desk(staff: User) -> Client:
    return signed_in(staff)


def sent(desk: Client, *docs: Doc) -> Any:
    """The page of the check of a statement that is uploaded."""
    file = SimpleUploadedFile("выписка.txt", bank_files.client_bank_4(docs))
    return desk.post(UPLOAD, {"file": file}, follow=True)


def applied(desk: Client, check: Any) -> Any:
    return desk.post(check.request["PATH_INFO"], hidden(check), follow=True)


def test_a_statement_is_checked_and_then_applied(desk: Client, customer: Account, staff: User) -> None:
    check = sent(desk, KNOWN, UNKNOWN)
    told = words(check)
    for part in ("Остатки сходятся", "Не распознаны", str(customer), "125,00", "в назначении нет лицевого счёта"):
        assert part in told.replace("\u00a0", " ")
    assert not StatementImport.objects.exists()
    done = applied(desk, check)
    assert "Зачислено: 1, повторов: 0, не распознано: 1, возвратов: 0" in text(done)
    row = StatementImport.objects.get()
    assert done.redirect_chain[-1][0] == reverse("admin:desk_statement", args=[row.pk])
    assert (row.file_name, row.imported_by, row.booked, row.suspended) == ("выписка.txt", staff, 1, 1)
    assert reverse("admin:billing_payment_change", args=[Payment.objects.get().pk]) in text(done)
    assert "Есть невыясненные платежи" in text(done)
    draft = TableImport.objects.get()
    assert (draft.applied_by, draft.content, draft.outcome) == (staff, None, {"statement": row.pk})
    assert ledger_check.differences() == [] == statement_chain.breaks()
    assert AuditEvent.objects.filter(action="payment.imported", user=staff).count() == 1


def test_a_second_click_books_nothing_and_leads_to_the_report(desk: Client, customer: Account) -> None:
    check = sent(desk, KNOWN)
    applied(desk, check)
    again = applied(desk, check)
    assert "Файл уже принят" in text(again)
    assert (Payment.objects.count(), StatementImport.objects.count()) == (1, 1)


def test_the_same_file_again_has_nothing_new(desk: Client, customer: Account) -> None:
    applied(desk, sent(desk, KNOWN))
    check = sent(desk, KNOWN)
    assert "Все её документы уже загружены" in text(check)
    assert "принимать нечего" in text(applied(desk, check))
    assert StatementImport.objects.count() == 1


def test_what_has_changed_since_the_check_is_shown_first(desk: Client, customer: Account) -> None:
    check = sent(desk, UNKNOWN, KNOWN)
    Account.objects.filter(pk=customer.pk).update(number="700990002")
    page = desk.post(check.request["PATH_INFO"], hidden(check))
    assert "данные изменились" in text(page)
    assert not Payment.objects.exists()
    applied_ = desk.post(page.request["PATH_INFO"], hidden(page), follow=True)
    assert "Зачислено: 0, повторов: 0, не распознано: 2" in text(applied_)


def test_what_is_not_taken_is_wiped(desk: Client, customer: Account) -> None:
    check = sent(desk, KNOWN)
    page = desk.post(check.request["PATH_INFO"], {"discard": "1"}, follow=True)
    assert "Выписка не принята" in text(page)
    assert TableImport.objects.get().content is None
    assert "отказались" in text(applied(desk, check))
    assert not Payment.objects.exists()


def test_debits_that_take_a_payment_back_are_shown(desk: Client, customer: Account) -> None:
    applied(desk, sent(desk, KNOWN))
    check = sent(desk, KNOWN, BACK)
    assert "возврат или отзыв по назначению, лицевой счёт 700990001" in text(check)
    done = applied(desk, check)
    assert "возвратов: 1" in text(done)
    report = desk.get(done.request["PATH_INFO"], {"show": "return"})
    assert reverse("admin:desk_return", args=[PaymentReturn.objects.get().pk]) in text(report)


def test_the_check_and_the_report_are_downloaded(desk: Client, customer: Account) -> None:
    check = sent(desk, KNOWN, UNKNOWN)
    rows = table(desk.get(check.request["PATH_INFO"] + "report/?format=csv"))
    assert [row[-1] for row in rows] == ["на лицевой счёт 700990001", f"не распознан: {WHY}"]
    done = applied(desk, check)
    address = done.request["PATH_INFO"] + "report/"
    rows = table(desk.get(address + "?format=csv"))
    assert [row[-1] for row in rows] == ["зачислен на лицевой счёт 700990001", f"не распознан: {WHY}"]
    assert b"".join(desk.get(address + "?format=xlsx").streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert desk.get(address).status_code == 404
    assert desk.get(check.request["PATH_INFO"] + "report/?format=csv").status_code == 404


def table(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content), delimiter=";"))[1:]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "формат файла не распознан"),
        (b"", "Файл пуст"),
        (b"x" * (1024 * 1024 + 1), "import_payments"),
        (b"PK\x03\x04" + b"\0" * 100, "кодировка файла не распознана"),
        (b"\0" * 1000, "кодировка файла не распознана"),
        ("***** ^Type=4^ ^Acc=BY\udcff".encode("utf-8", "surrogateescape"), ""),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>', ""),
    ],
)
def test_a_hostile_file_is_refused_in_words(desk: Client, content: bytes, message: str) -> None:
    page = desk.post(UPLOAD, {"file": SimpleUploadedFile("a.txt", content)})
    assert page.status_code == 200
    assert page.context["form"].errors["file"]
    assert message.lower() in str(page.context["form"].errors["file"]).lower()
    assert not TableImport.objects.exists()


def test_another_kind_of_table_is_not_a_statement(desk: Client, customer: Account) -> None:
    check = sent(desk, KNOWN)
    draft = TableImport.objects.get()
    assert desk.get(reverse("admin:desk_table_import", args=[draft.pk])).status_code == 404
    TableImport.objects.update(kind="rates")
    assert desk.get(check.request["PATH_INFO"]).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_applies_and_the_other_is_told() -> None:
    account = AccountFactory.create(number="700990001")
    people = [Actor(StaffFactory.create()) for _ in range(2)]
    content = bank_files.client_bank_4([KNOWN])
    one = statements.keep(content=content, file_name="a.txt", actor=people[0])
    other = statements.keep(content=content, file_name="b.txt", actor=people[1])
    seen = statements.fingerprint(statements.checked(one))

    def told(draft: TableImport, by: Actor) -> str:
        try:
            statements.apply(draft=draft, seen=seen, actor=by)
        except DomainError as refusal:
            return refusal.code
        return "applied"

    answers = at_once([lambda: told(one, people[0]), lambda: told(one, people[1])])
    assert sorted(answers) == ["applied", "table_import.ended"]
    assert told(other, people[1]) == "statement.moved"
    assert (balance.balance(account), StatementImport.objects.count()) == (Decimal("125.00"), 1)
