"""реквизиты сторон: the requisites of the operator and of a customer, as documents print them."""

from datetime import date
from typing import Any

from accounts.models import Account
from billing.models import Correction, Invoice
from operator_profile.selectors import requisites


def of(account: Account, day: date) -> dict[str, Any]:
    """Both sides of a document of this day: the operator's requisites in force on it (4.16), the customer's present
    ones. An invoice stores them permanently."""
    return with_supplier(account, requisites.party(day))


def with_supplier(account: Account, supplier: dict[str, Any]) -> dict[str, Any]:
    """Like `of`, if the caller has read the operator's requisites of the day already, for many accounts."""
    customer = account.customer
    return {
        "supplier": supplier,
        "buyer": {
            "name": customer.name,
            "unp": customer.unp,
            "address": customer.address,
            "iban": customer.iban,
            "bank": customer.bank_name,
            "bic": customer.bank_bic,
        },
        "contract_number": account.contract_number,
        "contract_date": account.contract_date.isoformat(),
        "account": account.number,
    }


def supplier_of(document: Invoice | Correction) -> dict[str, Any]:
    """The operator as an issued document stored it. A correction issued before its own requisites were stored shows
    those of its invoice."""
    if isinstance(document, Correction):
        own: dict[str, Any] | None = document.supplier
        return own or supplier_of(document.invoice)
    stored: dict[str, Any] = document.parties["supplier"]
    return stored
