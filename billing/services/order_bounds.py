"""Limits of an account's orders, kept even when several forms are sent at once (2.3, 2.5)."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Account, User
from billing.selectors import order_bounds
from billing.selectors.order_bounds import OrderBounds
from sipcabinet.lib import locks
from sipcabinet.lib.errors import DomainError


class BoundError(DomainError):
    """The account has reached a limit; `allowed_at` is the end of the limit, if it can be calculated."""

    code = "order.bound"

    def __init__(self, bounds: OrderBounds, allowed_at: datetime | None) -> None:
        self.bounds, self.allowed_at = bounds, allowed_at
        super().__init__(reason(bounds))


def reason(bounds: OrderBounds) -> str:
    """Which limit is reached, in the customer's words."""
    if not bounds.may_send:
        return _("Предел на сегодня исчерпан. Заказов в день: не больше %(count)d.") % {"count": settings.ORDERS_A_DAY}
    return _("Слишком много заказов в работе. Одновременно: не больше %(count)d.") % {"count": settings.ORDERS_AT_WORK}


def lock(account: Account) -> None:
    """Locks the account's orders until the caller's transaction ends, so that their counts stay true.

    It is an advisory lock, because a customer's page may not update the account's row.
    """
    locks.hold(f"orders of account {account.pk}")


def check_may_order(account: Account, user: User | None) -> None:
    """Raises BoundError if no document may be ordered; call it under the lock. Staff and the month close have no
    limit."""
    bounds = order_bounds.of(account)
    if is_bound(user) and not bounds.may_order:
        raise BoundError(bounds, bounds.allowed_at)


def check_may_send(account: Account, user: User | None) -> None:
    """Raises BoundError if no document may be sent again and no link issued today; call it under the lock."""
    bounds = order_bounds.of(account)
    if is_bound(user) and not bounds.may_send:
        raise BoundError(bounds, bounds.send_allowed_at)


def is_bound(user: User | None) -> bool:
    return user is not None and not user.is_staff
