"""реквизиты сторон: the requisites of the operator and of a customer, as documents print them."""

from typing import Any

from django.conf import settings

from accounts.models import Account


def of(account: Account) -> dict[str, Any]:
    """The present requisites of both sides. An invoice stores them permanently."""
    customer = account.customer
    return {
        "supplier": dict(settings.OPERATOR_REQUISITES),
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
