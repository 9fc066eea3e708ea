"""«Новый клиент» (4.11): customer, account, «SIP-соединение», login and its first password in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, Customer, User
from accounts.services import audit, customers, staff_help
from sipcabinet.lib import locks, phones
from subscribers.models import ChannelPackage, NumberOrigin, SipPlatform, TariffPlan
from subscribers.services import numbers

OPENED = "customer.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTrunk:
    """The first «SIP-соединение» of a new account. Without `package` and `platform`: those of the plan and of new
    trunks."""

    phone: str
    origin: NumberOrigin
    plan: TariffPlan
    package: ChannelPackage | None
    platform: SipPlatform | None
    label: str
    connected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """What the wizard has collected. A known `customer` gets one more account; else `requisites` make one (the
    arguments of `customers.open_customer`). `contract`: the arguments of `customers.open_account`. Without a `trunk`
    the account has no login yet."""

    customer: Customer | None
    requisites: Mapping[str, Any]
    contract: Mapping[str, Any]
    trunk: FirstTrunk | None
    send_password: bool


def create(*, new: NewCustomer, by: Actor) -> Account:
    """Creates everything or nothing. The same wizard (`by.token`) sent twice creates once.

    Audited; locks the token and the number. Raises CustomerError, LoginError, PhoneError and NumberError.
    """
    with transaction.atomic():
        locks.hold(f"new customer {by.token}")
        if (known := _created(new, by)) is not None:
            return known
        customer = new.customer or customers.open_customer(**new.requisites)
        account = customers.open_account(customer=customer, **new.contract)
        trunk = _connect(account, new.trunk, by) if new.trunk else ""
        shown = phones.display(trunk) if trunk else _("без номеров")
        summary = _("Заведён клиент %(name)s: лицевой счёт %(account)s, %(phone)s")
        audit.record(
            action=OPENED,
            account=account,
            user=by.user,
            address=by.address,
            summary=summary % {"name": customer.name, "account": account.number, "phone": shown},
            details={"form": by.token},
        )
        if trunk and new.send_password:
            login = User.objects.select_related("account").get(account=account, phone=trunk)
            staff_help.send_temporary_password(user=login, by=by)
    return account


def _created(new: NewCustomer, by: Actor) -> Account | None:
    """The account that the same wizard has created."""
    made = AuditEvent.objects.filter(account__number=new.contract["number"], action=OPENED, details__form=by.token)
    event = made.select_related("account__customer").first()
    return event.account if event else None


def _connect(account: Account, wanted: FirstTrunk, by: Actor) -> str:
    """The number of the connected trunk, E.164."""
    trunk = numbers.open_trunk(
        account=account,
        phone=wanted.phone,
        origin=wanted.origin,
        plan=wanted.plan,
        package=wanted.package,
        platform=wanted.platform,
        label=wanted.label,
        connected_at=wanted.connected_at,
        by=by,
    )
    return trunk.phone
