"""A statement of the demo operator's bank account of today: a payment that is known, and one that is not."""

from decimal import Decimal

from billing.tests import bank_files
from billing.tests.bank_files import Doc, Span
from sipcabinet.lib import clock

IBAN = "BY27PRIM30120000000000000933"  # of the demo operator's requisites
UNKNOWN = "ООО «Кто-то другой»"


def statement(account: str, serial: int = 1) -> bytes:
    """A client-bank file; `serial` gives its documents ids of their own."""
    day = f"{clock.today():%d.%m.%Y}"
    docs = [
        Doc(credit="125.00", id=f"J{serial}1", day=day, purpose=f"за связь, л/с {account}", unp=""),
        Doc(credit="48.30", id=f"J{serial}2", number="77", day=day, purpose="оплата услуг", unp="", payer=UNKNOWN),
        Doc(debit="57.05", id=f"J{serial}3", number="5", day=day, purpose="Комиссия банка", unp=""),
    ]
    span = Span(Decimal("1000.00"), first=day, last=day)
    return bank_files.client_bank_4(docs, span=span).replace(bank_files.OURS.encode(), IBAN.encode())
