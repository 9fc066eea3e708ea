"""An account orders no more than the bounds say, however many forms it sends at once (2.3, 2.5)."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Account, User
from billing.selectors import order_bounds
from billing.selectors.order_bounds import OrderBounds
from sipcabinet.lib import locks
from sipcabinet.lib.errors import DomainError


class BoundError(DomainError):
    """The account has ordered as much as it may for now, until `allowed_at` if anybody knows."""

    code = "order.bound"

    def __init__(self, bounds: OrderBounds, allowed_at: datetime | None) -> None:
        self.bounds, self.allowed_at = bounds, allowed_at
        super().__init__(reason(bounds))


def reason(bounds: OrderBounds) -> str:
    """Which bound is reached, in the customer's words."""
    if not bounds.may_send:
        return _("Предел на сегодня исчерпан. Заказов в день: не больше %(count)d.") % {"count": settings.ORDERS_A_DAY}
    return _("Слишком много заказов в работе. Одновременно: не больше %(count)d.") % {"count": settings.ORDERS_AT_WORK}


def lock(account: Account) -> None:
    """Holds the account's orders until the caller's transaction ends: what is counted then stays true.

    An advisory lock, since a customer's page may update no account.
    """
    locks.hold(f"orders of account {account.pk}")


def check_may_order(account: Account, user: User | None) -> None:
    """Under the lock: raises BoundError where no document may be ordered. Staff and the month close are not bound."""
    bounds = order_bounds.of(account)
    if is_bound(user) and not bounds.may_order:
        raise BoundError(bounds, bounds.allowed_at)


def check_may_send(account: Account, user: User | None) -> None:
    """Under the lock: raises BoundError where nothing may be sent again and no link be given today."""
    bounds = order_bounds.of(account)
    if is_bound(user) and not bounds.may_send:
        raise BoundError(bounds, bounds.send_allowed_at)


def is_bound(user: User | None) -> bool:
    return user is not None and not user.is_staff
