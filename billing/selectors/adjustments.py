"""What is left of payments after adjustments, and how pages name what was taken (4.12)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Adjustment, AdjustmentKind, Payment
from billing.models.adjustment import MOVED_KEY
from billing.selectors.balance import ZERO
from sipcabinet.lib import clock, money, tenancy
from sipcabinet.lib.prepared import Prepared, any_of
from sipcabinet.lib.tenancy import HasId

_MONEY = DecimalField(max_digits=14, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Taken:
    """A sum that was taken from a payment: BYN, and the day on which staff did it."""

    kind: AdjustmentKind
    amount: Decimal
    day: date

    @property
    def words(self) -> str:
        """`Перенесён на другой лицевой счёт 06.12.2026: 100,00 BYN`. No word about whose account that is."""
        told = {"day": clock.show_date(self.day), "amount": money.show_byn(self.amount)}
        if self.kind == AdjustmentKind.MOVE:
            return _("Перенесён на другой лицевой счёт %(day)s: %(amount)s") % told
        if self.kind == AdjustmentKind.REFUND:
            return _("Возвращён %(day)s: %(amount)s") % told
        return _("Отменён %(day)s: %(amount)s") % told


def left(payment: Payment) -> Decimal:
    """What is left of a payment on its account, BYN."""
    taken = Adjustment.objects.filter(payment=payment).aggregate(sum=Sum("amount"))["sum"]
    return payment.amount - (taken or ZERO)


def with_left(rows: QuerySet[Payment]) -> QuerySet[Any, Any]:
    """The payments with their `left`, BYN."""
    taken: QuerySet[Any, Any] = Adjustment.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
    found: QuerySet[Any, Any] = rows.annotate(
        left=F("amount")
        - Coalesce(Subquery(taken.annotate(sum=Sum("amount")).values("sum")), ZERO, output_field=_MONEY)
    )
    return found


def taken_from(payments: Collection[int]) -> Mapping[int, Sequence[Taken]]:
    """By the payment's primary key, what was taken from it, oldest first; one query."""
    found: dict[int, list[Taken]] = defaultdict(list)
    if payments:
        for pk, kind, amount, moment in _TAKEN.rows(list(payments)):
            found[pk].append(Taken(AdjustmentKind(kind), amount, clock.minsk(moment).date()))
    return found


def holders(payment: Payment) -> list[Any]:
    """Where the money of a payment is now: the payment itself and those that it was moved to, each with `left` above
    zero, in the order of the moves."""
    found: list[Any] = []
    pks = [payment.pk]
    while pks:
        rows = list(with_left(Payment.objects.filter(pk__in=pks)).select_related("account__customer").order_by("pk"))
        found += [one for one in rows if one.left > 0]
        moved = Adjustment.objects.filter(payment__in=pks, kind=AdjustmentKind.MOVE).values_list("pk", flat=True)
        keys = [f"{MOVED_KEY}{pk}" for pk in moved]
        pks = list(Payment.objects.filter(source_key__in=keys).values_list("pk", flat=True))
    return found


def moved_to(adjustment: Adjustment) -> Payment | None:
    """The payment of the other account that a move made."""
    return Payment.objects.filter(source_key=adjustment.moved_key).select_related("account__customer").first()


def moved_from(payment: Payment) -> Adjustment | None:
    """The move that made a payment; None for a payment that came in by itself."""
    if not payment.source_key.startswith(MOVED_KEY):
        return None
    pk = int(payment.source_key.removeprefix(MOVED_KEY))
    return Adjustment.objects.filter(pk=pk).select_related("account__customer", "payment").first()


def without_a_payment(account: Account, start: date, end: date) -> list[Adjustment]:
    """Refunds and write-offs of a period that belong to no payment, newest first: customers' pages list them."""
    return _WITHOUT_A_PAYMENT.rows(account.pk, start, end)


def _without_a_payment(account: HasId, start: Any, end: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = tenancy.of(account).rows(Adjustment)
    return rows.filter(payment__isnull=True, booked_on__range=(start, end)).order_by("-booked_on", "-pk")


_WITHOUT_A_PAYMENT = Prepared(_without_a_payment, 3)
_TAKEN = Prepared(
    lambda payments: (
        Adjustment.objects.filter(any_of("payment_id", payments))
        .order_by("pk")
        .values_list("payment_id", "kind", "amount", "created_at")
    ),
    1,
)
