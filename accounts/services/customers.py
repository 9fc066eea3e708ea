"""Customers and their accounts (4.11): what staff create and change."""

from datetime import date

import structlog
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Customer, PaymentTerms, User
from accounts.services import account_letters, audit, passwords
from sipcabinet.lib import changes, clock
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)


class CustomerError(DomainError):
    """The data of a customer or an account is invalid; `field` is the name of the wrong field, or empty."""

    code = "customer.invalid"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def open_customer(*, name: str, unp: str, address: str, **requisites: str) -> Customer:
    """Creates a company with its requisites (`bank_name`, `bank_bic`, `iban`, `contact_name`, `contact_phone`).

    Raises CustomerError, also for an invalid УНП or one that another customer has.
    """
    customer = Customer(name=name, unp=unp, address=address, **requisites)
    _save(customer)
    log.info("customer.opened", customer_id=customer.pk)
    return customer


def open_account(
    *,
    customer: Customer,
    number: str,
    contract_number: str,
    contract_date: date,
    cabinet_email: str,
    opened_on: date | None = None,
    payment_terms: PaymentTerms = PaymentTerms.POSTPAID,
) -> Account:
    """Opens a лицевой счёт without logins: connecting a trunk opens its login. Raises CustomerError."""
    account = Account(
        customer=customer,
        number=number,
        contract_number=contract_number,
        contract_date=contract_date,
        cabinet_email=cabinet_email,
        opened_on=opened_on or clock.today(),
        payment_terms=payment_terms,
    )
    with transaction.atomic():
        _save(account)
        audit.record(action=audit.Action.ACCOUNT_OPENED, account=account, details={"account_id": account.pk})
    log.info("account.opened", account_id=account.pk)
    return account


def change_email(*, account: Account, email: str, staff: User, address: str | None = None, reason: str = "") -> None:
    """Changes the registered E-mail on the customer's application (1.1b), which `reason` names: only staff may.

    Voids temporary passwords sent to the former address and notifies both addresses by letter. Locks the account and
    its logins. Raises CustomerError.
    """
    if not staff.is_staff:
        raise CustomerError(_("E-mail личного кабинета меняет оператор по заявлению."), "cabinet_email")
    with transaction.atomic():
        former = Account.objects.select_for_update().get(pk=account.pk).cabinet_email
        account.cabinet_email = email
        _save(account)
        for user in User.objects.select_for_update().filter(account=account):
            passwords.void_temporary(user=user)
        account_letters.email_changed(account=account, former=former)
        told = {changes.KEY: changes.of("cabinet_email", _("E-mail личного кабинета"), former, email)}
        details = told | ({"reason": reason} if reason else {})
        audit.record(action=audit.Action.EMAIL_CHANGED, account=account, user=staff, address=address, details=details)


def _save(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise CustomerError(str(messages[0]), "" if field == "__all__" else field) from None
    row.save()
