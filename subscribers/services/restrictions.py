"""блокировка: bars outgoing calls of a number or allows them again, each as one operation (4.8, 4.11)."""

from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import User
from subscribers.errors import NumberError
from subscribers.models import Operation, OperationKind, Subscriber, SubscriberStatus
from subscribers.selectors import staff_restriction
from subscribers.services import operations
from subscribers.services.operations import Change
from subscribers.switch import provisioning

_CALLS: dict[SubscriberStatus, Promise] = {
    SubscriberStatus.ACTIVE: gettext_lazy("разрешены"),
    SubscriberStatus.RESTRICTED: gettext_lazy("только экстренные службы и бесплатные номера"),
}
_ONLY_FROM: dict[SubscriberStatus, Promise] = {
    SubscriberStatus.ACTIVE: gettext_lazy("Ограничить можно только активный номер"),
    SubscriberStatus.RESTRICTED: gettext_lazy("Этот номер не ограничен"),
}


def restrict(
    *,
    subscriber: Subscriber,
    user: User | None = None,
    reason: str = "",
    address: str | None = None,
    at: datetime | None = None,
) -> Operation:
    """Bars outgoing calls except to emergency and toll-free numbers. Audited; locks the subscriber.

    `at` is when the restriction was made, if it is entered later. Raises NumberError.
    """
    active, restricted = SubscriberStatus.ACTIVE, SubscriberStatus.RESTRICTED
    return _move(subscriber, active, restricted, user=user, reason=reason, address=address, at=at)


def lift(
    *, subscriber: Subscriber, user: User | None = None, reason: str = "", address: str | None = None
) -> Operation:
    """Removes the restriction. Audited; locks the subscriber. Raises NumberError, also while staff restrict the whole
    account (account_restrictions.py)."""
    active, restricted = SubscriberStatus.ACTIVE, SubscriberStatus.RESTRICTED
    return _move(subscriber, restricted, active, user=user, reason=reason, address=address)


def change(old: SubscriberStatus, new: SubscriberStatus) -> Change:
    """What an operation shows of a changed status."""
    return Change(name=_("Исходящие звонки"), was=str(_CALLS[old]), now=str(_CALLS[new]), price="")


@transaction.atomic
def _move(
    subscriber: Subscriber,
    old: SubscriberStatus,
    new: SubscriberStatus,
    *,
    user: User | None,
    reason: str,
    address: str | None,
    at: datetime | None = None,
) -> Operation:
    held = operations.locked(subscriber)
    if held.status != old:
        raise NumberError("status", str(_ONLY_FROM[old]))
    if new == SubscriberStatus.ACTIVE and staff_restriction.in_force(held.account) is not None:
        raise NumberError("held", _("Ограничен весь лицевой счёт: сначала снимите ограничение счёта"))
    operation = operations.begin(
        subscriber=held,
        kind=OperationKind.RESTRICTION,
        changes=[change(old, new)],
        by=Actor(user, address, reason),
        at=at,
    )
    held.status = subscriber.status = new
    held.save(update_fields=["status"])
    provisioning.want(subscriber=held)
    return operation
