"""The customer of a page, and his rows: somebody else's row is answered like a missing one (404)."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from accounts.models import Account, Customer, User
from billing.models import Invoice
from desk.models import PlannedChange, StaffNote
from notifications.models import Letter
from subscribers.models import Subscriber

VIEW = "accounts.view_customer"


def customer_of(request: HttpRequest, pk: int) -> Customer:
    """Raises PermissionDenied for staff who may not see customers, whatever else they may do."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    customer = Customer.objects.filter(pk=pk).first()
    if customer is None:
        raise Http404
    return customer


def account_of(customer: Customer, pk: int) -> Account:
    account = Account.objects.select_related("customer").filter(customer=customer, pk=pk).first()
    if account is None:
        raise Http404
    return account


def login_of(customer: Customer, pk: int) -> User:
    user = User.objects.select_related("account__customer").filter(account__customer=customer, pk=pk).first()
    if user is None:
        raise Http404
    return user


def invoice_of(customer: Customer, pk: int) -> Invoice:
    rows = Invoice.objects.select_related("account__customer").filter(account__customer=customer, pk=pk)
    invoice = rows.first()
    if invoice is None:
        raise Http404
    return invoice


def letter_of(customer: Customer, pk: int) -> Letter:
    letter = Letter.objects.filter(account__customer=customer, pk=pk).first()
    if letter is None:
        raise Http404
    return letter


def note_of(customer: Customer, pk: int) -> StaffNote:
    rows = StaffNote.objects.select_related("customer", "author").defer("author__password")
    note = rows.filter(customer=customer, pk=pk).first()
    if note is None:
        raise Http404
    return note


def subscriber_of(customer: Customer, pk: int) -> Subscriber:
    rows = Subscriber.objects.select_related("account__customer", "plan", "trunk")
    subscriber = rows.filter(account__customer=customer, pk=pk).first()
    if subscriber is None:
        raise Http404
    return subscriber


def planned_of(customer: Customer, pk: int) -> PlannedChange:
    rows = PlannedChange.objects.select_related("account", "subscriber", "plan", "made_by").defer("made_by__password")
    change = rows.filter(account__customer=customer, pk=pk).first()
    if change is None:
        raise Http404
    return change
