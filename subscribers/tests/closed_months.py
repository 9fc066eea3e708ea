"""Compares charges of calls with the calls, for any order of closing months and importing calls."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from accounts.models import Account
from sipcabinet.lib import money
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.charges import ChargeKind
from subscribers.models import CallDirection, CallOutcome, CallRecord, PlanKind
from subscribers.selectors import charges
from subscribers.selectors.close_checks import InTheWay
from subscribers.services import charging
from subscribers.tests.factories import PlanTermsFactory, TariffPlanFactory, VatRateFactory

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
NOTHING = InTheWay(unrated=0, rejects={}, imports=0)  # nothing prevents a close
# Subscriber, destination, the month that charges the calls, the month in which they were made.
Key = tuple[int, int, date, date]


def prices_of_fees() -> None:
    """Adds what `price_list.cast` leaves out: the VAT rate and the fee of numbers."""
    VatRateFactory.create()
    number = TariffPlanFactory.create(kind=PlanKind.NUMBER)
    PlanTermsFactory.create(plan=number, monthly_fee=Decimal("3.20"))


def close(month: Month) -> None:
    """Closes the month and stores the charges of all accounts."""
    months.close(month)
    for account in Account.objects.order_by("pk"):
        charging.freeze(account=account, month=month)


def charged() -> dict[Key, Decimal]:
    """Net sums of the lines of calls in the charges of all three months."""
    found: dict[Key, Decimal] = {}
    for account in Account.objects.all():
        for month in (SEPTEMBER, OCTOBER, NOVEMBER):
            for pk, counted in charges.of_account(account, month).items():
                for line in counted.lines:
                    if line.kind is ChargeKind.CALLS:
                        made_in = line.late_of or month.first_day
                        found[pk, line.key, month.first_day, made_in] = line.net
    return found


def of_calls() -> dict[Key, Decimal]:
    """The sums that those lines must have: costs of the calls, rounded once per line."""
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    answered = CallRecord.objects.filter(direction=CallDirection.OUT, outcome=CallOutcome.ANSWERED)
    for call in answered:
        assert call.destination_id is not None
        sums[call.subscriber_id, call.destination_id, call.charged_in, call.month] += call.cost
    return {key: money.kopecks(cost) for key, cost in sums.items()}


def prices() -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    """Covered seconds and cost of each call."""
    return {
        (call.call_id, call.leg, call.direction): (call.included_seconds, call.cost)
        for call in CallRecord.objects.all()
    }
