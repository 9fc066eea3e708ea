"""What months cost an account in all, counted from facts without the lines of the charges (2.1)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DateField, F, QuerySet, Sum, When
from django.db.models.functions import TruncMonth

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, any_of, ask
from sipcabinet.lib.tenancy import HasId
from subscribers import charges
from subscribers.models import CallDailyTotal, CallDirection
from subscribers.selectors import charge_facts, prices


def of_months(account: Account, months: Sequence[Month]) -> dict[Month, Taxed | DomainError]:
    """The cost of the account's months that are not closed, the current one up to today; the sum of the charges of
    `charge_facts.count`. Or the refusal of a month without a VAT rate or a price. 3 queries, however many months."""
    if not months:
        return {}
    time = (min(months).start, max(months).end)
    ask(prices.vats_and_fees_asks(*months), charge_facts.fees_asks(account, time), _costs_asks(account, months))
    percents, price_list = prices.vats_and_fees(*months)
    fees = charge_facts.alike(charge_facts.fees_of(account, time, price_list))
    costs = _costs(account, months)
    found: dict[Month, Taxed | DomainError] = {}
    for month, percent in zip(months, percents, strict=True):
        if percent is None:
            found[month] = prices.VatMissingError(month)
            continue
        try:
            found[month] = charges.total(
                month=month,
                until=min(month.last_day, clock.today()),
                vat_percent=percent,
                fees=fees,
                costs=costs[month.first_day],
            )
        except charges.PriceMissingError as refusal:
            found[month] = refusal
    return found


def _costs_asks(account: Account, months: Sequence[Month]) -> Question:
    return _COSTS.of(account.pk, [month.first_day for month in months])


def _costs(account: Account, months: Sequence[Month]) -> dict[date, list[Decimal]]:
    """What the calls that a month charges cost, net BYN with six places, by the month's first day: a sum for each line
    of charges."""
    found: dict[date, list[Decimal]] = defaultdict(list)
    for charged_in, cost in _costs_asks(account, months).rows():
        found[charged_in].append(cost)
    return found


def _costs_of(account: HasId, charged_in: Any) -> QuerySet[Any, Any]:
    rows = tenancy.of(account).rows(CallDailyTotal).filter(any_of("charged_in", charged_in))
    outgoing = rows.filter(direction=CallDirection.OUT, destination__isnull=False).order_by()
    late = Case(When(day__gte=F("charged_in"), then=None), default=TruncMonth("day"), output_field=DateField())
    by_month = outgoing.annotate(late_of=late)
    lines = by_month.values("charged_in", "subscriber_id", "late_of", "destination_id").annotate(sum=Sum("cost"))
    return lines.values_list("charged_in", "sum")


_COSTS = Prepared(_costs_of, 2)
