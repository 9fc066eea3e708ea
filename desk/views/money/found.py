"""The rows that pages of money are about; a missing one is answered with 404."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from accounts.models import Account
from billing.models import Invoice, MoneyProposal, Payment, PaymentReturn

M = TypeVar("M", bound=Model)


def payment(pk: int) -> Payment:
    return _one(Payment.objects.select_related("account__customer", "statement"), pk)


def account(pk: int) -> Account:
    return _one(Account.objects.select_related("customer"), pk)


def invoice(pk: int) -> Invoice:
    return _one(Invoice.objects.select_related("account__customer"), pk)


def proposal(pk: int) -> MoneyProposal:
    rows = MoneyProposal.objects.select_related(
        "account__customer", "to_account__customer", "payment__account__customer", "invoice__account__customer",
        "payment_return", "proposed_by", "decided_by", "adjustment", "correction",
    )  # fmt: skip
    return _one(rows, pk)


def debit(pk: int) -> PaymentReturn:
    rows = PaymentReturn.objects.select_related(
        "statement", "payment__account__customer", "suspense", "adjustment__account__customer", "settled_by"
    )
    return _one(rows, pk)


def _one(rows: QuerySet[M, Any], pk: int) -> M:
    found: M | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
