"""The machine's initial state: two customers with a trunk and a number each, prices, a switch and a bank."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory, CustomerFactory, StaffFactory, UserFactory
from billing.services import closing, ledger
from billing.tests import bank_files
from billing.tests.machine.model import ALONE, VAT, Line, Model
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month
from subscribers.calls import months, sources
from subscribers.models import CallSource, PlanKind, Rate, Subscriber, TariffPlan
from subscribers.tests.factories import (
    DestinationFactory,
    NumberFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
    VatRateFactory,
)

START = datetime(2027, 12, 28, 10, tzinfo=MINSK)  # days before a year's end, two months before a 29 February
END = datetime(2029, 1, 20, tzinfo=MINSK)  # the clock stops here
SETTINGS: dict[str, Any] = {
    "OPERATOR_REQUISITES": {"name": "ООО «Связь»", "unp": "100000007", "iban": bank_files.OURS},
    "CALL_KEEPING_MONTHS": 3,
    "SECOND_PERSON_LIMIT": ALONE,
    "STATEMENTS_SINCE": date(2027, 12, 1),
}
_CLOSED = Month(2027, 9)
_ISSUED = [Month(2027, 10), Month(2027, 11)]  # unpaid, so that there are debts from the first step
_SINCE = date(2020, 1, 1)
_FEES = {PlanKind.TRUNK: Decimal("12.37"), PlanKind.NUMBER: Decimal("3.21")}
_RATES = {"37529": Decimal("0.305437"), "7": Decimal("1.103333")}
_CALLED = {"37529": "+375291111111", "7": "+74951111111"}
_OPENING = Decimal("-7.35")


@dataclass(frozen=True, slots=True)
class World:
    """Created once, in a transaction; each example starts from it and is rolled back to it."""

    accounts: list[Account]
    owners: dict[int, User]
    subscribers: list[Subscriber]
    plans: list[TariffPlan]
    destinations: dict[int, str]  # each with a phone number to call there
    staff: User
    second: User  # confirms what the first one proposes
    source: CallSource

    def model(self) -> Model:
        lines = [Line(one.account_id, one.pk, one.plan_id) for one in self.subscribers]
        fees = {plan.pk: [(_SINCE, _FEES[PlanKind(plan.kind)])] for plan in self.plans}
        rates = {pk: [(_SINCE, price)] for pk, price in zip(self.destinations, _RATES.values(), strict=True)}
        model = Model(lines, fees, rates, _CLOSED.first_day, SETTINGS["STATEMENTS_SINCE"])
        model.open(self.accounts[0].pk, _OPENING, START.date())
        for _ in _ISSUED:
            model.close(START.date())
        return model


def make() -> World:
    """Creates the world at START. Opens all months of calls that the clock can reach: none is opened in a run."""
    _open_partitions()
    VatRateFactory.create(percent=VAT)
    plans = [_plan(kind, fee) for kind, fee in _FEES.items()]
    accounts = [AccountFactory.create(customer=CustomerFactory.create(iban=bank_files.PAYER)) for _ in range(2)]
    trunks = [TrunkFactory.create(account=account, plan=plans[0]) for account in accounts]
    numbers = [NumberFactory.create(trunk=trunk, plan=plans[1]) for trunk in trunks]
    months.close(_CLOSED)
    ledger.open_balance(account=accounts[0], amount=_OPENING, booked_on=_CLOSED.first_day, title="Сальдо")
    for month in _ISSUED:
        closing.run(month=month)
    return World(
        accounts=accounts,
        owners={account.pk: UserFactory.create(account=account) for account in accounts},
        subscribers=[*trunks, *numbers],
        plans=plans,
        destinations={_destination(prefix, price): _CALLED[prefix] for prefix, price in _RATES.items()},
        staff=StaffFactory.create(),
        second=StaffFactory.create(),
        source=sources.find(name="pbx", fmt="generic"),
    )


def _open_partitions() -> None:
    month, last = Month.of(START).shift(-settings.CALL_KEEPING_MONTHS), Month.of(END).shift(2)
    with connection.cursor() as cursor:
        while month <= last:
            cursor.execute("SELECT subscribers_ensure_partition(%s)", [month.first_day])
            month = month.shift(1)


def _plan(kind: PlanKind, fee: Decimal) -> TariffPlan:
    plan: TariffPlan = TariffPlanFactory.create(kind=kind)
    PlanTermsFactory.create(plan=plan, monthly_fee=fee, included_minutes=0, valid_from=_SINCE)
    return plan


def _destination(prefix: str, price: Decimal) -> int:
    place = DestinationFactory.create(code=f"to-{prefix}", name=f"+{prefix}", uses_allowance=False)
    Rate.objects.create(
        destination=place,
        prefix=prefix,
        price_per_minute=price,
        first_increment=60,
        next_increment=60,
        valid_from=_SINCE,
    )
    return int(place.pk)
