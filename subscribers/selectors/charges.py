"""«Начисления за период»: what subscribers owe for a month (3.5, 4.7).

For a closed month of the account the stored charges are read; for any other month they are counted from facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, ask
from subscribers.charges import Charges, PriceMissingError
from subscribers.models import Subscriber
from subscribers.selectors import charge_facts, frozen_charges

MONTHS = 3  # the current one and two before it
MOST_NUMBERS = 300  # of a trunk that are summed while the user waits for the page


@dataclass(frozen=True, slots=True)
class TrunkSum(Taxed):
    """A trunk's charges together with those of its numbers."""

    numbers: int


def months(subscriber: Subscriber) -> list[Month]:
    """Months whose charges may be shown, newest first; none before the connection."""
    connected = Month.of(subscriber.connected_at)
    return [month for month in Month.current().last(MONTHS) if month >= connected]


def of_subscriber(account: Account, subscriber: Subscriber, month: Month) -> Charges:
    """The subscriber's charges of the month; the current month up to today. In 4 queries.

    Raises VatMissingError and PriceMissingError if the month is not closed.
    """
    if closing := frozen_charges.closing(account, month):
        return frozen_charges.of(closing, [subscriber.pk])[subscriber.pk]
    return charge_facts.count(account, month, [subscriber.pk])[subscriber.pk]


def of_trunk(account: Account, trunk: Subscriber, month: Month) -> tuple[Charges, TrunkSum | None]:
    """The trunk's own charges, and their sum with its numbers' charges; None if it has no numbers, too many, or a
    price is missing.

    In 5 queries. Raises the errors of `of_subscriber`, for the trunk alone.
    """
    ask(_numbers_asks(account, trunk, month), *frozen_charges.closing_asks(account, month))
    numbers = [pk for (pk,) in _numbers_asks(account, trunk, month).rows()]
    closing = frozen_charges.closing(account, month)
    if not numbers or len(numbers) > MOST_NUMBERS:
        return of_subscriber(account, trunk, month), None
    try:
        if closing:
            counted = frozen_charges.of(closing, [trunk.pk, *numbers])
            own, whole = counted[trunk.pk], Taxed.sum_of(one.taxed for one in counted.values())
        else:
            own, whole = charge_facts.count_with(account, month, trunk.pk, numbers)
    except PriceMissingError:
        return of_subscriber(account, trunk, month), None
    return own, TrunkSum(whole.net, whole.vat, len(numbers))


def of_account(account: Account, month: Month) -> dict[int, Charges]:
    """Charges of the account's subscribers by primary key, for those that have any; in 4 queries.

    Raises VatMissingError and PriceMissingError if the month is not closed.
    """
    return _of(account, month, None)


def of_subscribers(account: Account, month: Month, ids: Iterable[int]) -> dict[int, Charges]:
    """Like `of_account`, but only of these subscribers; ids of other accounts are ignored."""
    return _of(account, month, sorted(set(ids)))


def _of(account: Account, month: Month, subscribers: list[int] | None) -> dict[int, Charges]:
    if closing := frozen_charges.closing(account, month):
        found = frozen_charges.of(closing, subscribers)
    else:
        found = charge_facts.count(account, month, subscribers)
    return _with_lines(found)


def _with_lines(found: Mapping[int, Charges]) -> dict[int, Charges]:
    return {pk: charges for pk, charges in found.items() if charges.lines}


def _numbers_asks(account: Account, trunk: Subscriber, month: Month) -> Question:
    """The trunk's numbers connected in the month; at most one more than MOST_NUMBERS."""
    return _first_numbers(MOST_NUMBERS + 1).of(account.pk, trunk.pk, month.start, month.end)


@cache
def _first_numbers(count: int) -> Prepared:
    def numbers(account: Any, trunk: Any, start: Any, end: Any) -> QuerySet[Subscriber, Any]:
        rows = tenancy.of(account).rows(Subscriber).filter(trunk=trunk)
        rows = charge_facts.between(start, end, rows, "connected_at", "closed_at")
        return rows.values_list("pk").order_by("pk")[:count]

    return Prepared(numbers, 4)
