"""Statements of the demo operator's bank account of today, and how staff take one in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page

from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from sipcabinet.lib import clock

IBAN = "BY27PRIM30120000000000000933"  # of the demo operator's requisites
UNKNOWN = "ООО «Кто-то другой»"


def statement(account: str, serial: int = 1) -> bytes:
    """A payment that is known, one that is not, and a commission; `serial` gives the documents ids of their own."""
    docs = [
        Doc(credit="125.00", id=f"J{serial}1", day=today(), purpose=f"за связь, л/с {account}", unp=""),
        Doc(credit="48.30", id=f"J{serial}2", number="77", day=today(), purpose="оплата услуг", unp="", payer=UNKNOWN),
        Doc(debit="57.05", id=f"J{serial}3", number="5", day=today(), purpose="Комиссия банка", unp=""),
    ]
    return statement_of(docs, Decimal("1000.00"))


def statement_of(docs: Sequence[Doc], opening: Decimal) -> bytes:
    """A client-bank file of these documents, all of today; `opening` is the balance before them, BYN."""
    span = Span(opening, first=today(), last=today())
    return bank_files.client_bank_4(docs, span=span).replace(bank_files.OURS.encode(), IBAN.encode())


def today() -> str:
    return f"{clock.today():%d.%m.%Y}"


def check(page: Page, content: bytes) -> None:
    """Uploads a statement: the page shows what it would do."""
    page.goto("/admin/statements/new/")
    file: Any = {"name": "vypiska.txt", "mimeType": "text/plain", "buffer": content}
    page.get_by_label("Файл выписки").set_input_files(file)
    page.get_by_role("button", name="Проверить файл").click()


def accept(page: Page) -> None:
    page.get_by_role("button", name="Принять выписку").click()
