"""How much an account may still order: limits of unfinished orders and of a customer's actions per day (2.3, 2.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet, Subquery

from accounts.models import Account, AuditEvent
from billing.models import DocumentOrder
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import midnight
from sipcabinet.lib.prepared import Prepared, Question

# Audited actions that count: an order, a letter sent again, a link.
COUNTED = ("order.placed", "order.resent", "invoice.resent", "link.made")
NEAR = 5


@dataclass(frozen=True, slots=True)
class OrderBounds:
    """`at_work` counts the customer's unfinished orders, `today` the customer's actions since midnight (Minsk).

    Actions of staff and of the month close are not counted.
    """

    at_work: int
    today: int
    next_due: datetime | None

    @property
    def may_send(self) -> bool:
        """Whether a created document may be sent again, or a link to it be issued."""
        return self._left_today > 0

    @property
    def may_order(self) -> bool:
        return self.left > 0

    @property
    def left(self) -> int:
        """How many documents may be ordered now."""
        return max(0, min(self._left_at_work, self._left_today))

    @property
    def is_near(self) -> bool:
        """Whether the page should show the customer how many orders are left."""
        return 0 < self.left <= NEAR

    @property
    def is_of_the_day(self) -> bool:
        """Whether the day's limit decides how many orders are left."""
        return self._left_today <= self._left_at_work

    @property
    def send_allowed_at(self) -> datetime | None:
        """The moment from which a document may be sent again; None if it may be sent now."""
        return None if self.may_send else midnight(clock.today() + timedelta(days=1))

    @property
    def allowed_at(self) -> datetime | None:
        """The moment from which a document may be ordered; None if it depends on when a due order is carried out."""
        moments = [moment for moment in [self.send_allowed_at] if moment is not None]
        if self._left_at_work <= 0 and self.next_due is not None and self.next_due > clock.now():
            moments.append(self.next_due)
        return max(moments, default=None)

    @property
    def _left_at_work(self) -> int:
        return int(settings.ORDERS_AT_WORK) - self.at_work

    @property
    def _left_today(self) -> int:
        return int(settings.ORDERS_A_DAY) - self.today


def asks(account: Account) -> Question:
    """What `of` asks."""
    return _COUNTED.of(account.pk, midnight(clock.today()))


def of(account: Account) -> OrderBounds:
    """The bounds at this moment; they stay true only under the lock of services/order_bounds.py."""
    at_work, next_due, today = asks(account).rows()[0]
    return OrderBounds(at_work=at_work or 0, today=today or 0, next_due=next_due)


def _counted(account: Any, since: Any) -> QuerySet[Account, Any]:
    tenant = tenancy.of(account)
    at_work = tenant.rows(DocumentOrder).filter(state=JobState.WAITING, ordered_by__account=account).order_by()
    pressed = tenant.rows(AuditEvent).filter(action__in=COUNTED, at__gte=since, by_staff=False, user__isnull=False)
    work, done = at_work.values("account"), pressed.order_by().values("account")
    return Account.objects.filter(pk=account.pk).values_list(
        Subquery(work.annotate(count=Count("pk")).values("count")),
        Subquery(work.annotate(next=Min("due_at")).values("next")),
        Subquery(done.annotate(count=Count("pk")).values("count")),
    )


_COUNTED = Prepared(_counted, 2)
