"""Counts charges of subscribers from facts: what they had during the month, and the month's calls (3.5, 4.7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import CharField, DateTimeField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Greatest

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question, any_of, ask
from sipcabinet.lib.tenancy import HasId
from subscribers.charges import (
    CallTotal,
    ChargeKind,
    Charges,
    Fee,
    Period,
    PricePeriod,
    calculate,
    calculate_all,
    total,
)
from subscribers.charges.fees import ONE_DAY
from subscribers.models import (
    ChannelAssignment,
    ChannelPackage,
    FormerPlan,
    MinuteAssignment,
    MinutePackage,
    Service,
    ServiceAssignment,
    StaffRestriction,
    Subscriber,
    TariffPlan,
)
from subscribers.selectors import call_facts, prices
from subscribers.selectors.call_facts import Rows

M = TypeVar("M", bound=Model)
SUSPENDED = "suspended"  # of a fact that is no fee
Columns = tuple[Any, ...]  # expressions of a query
FeesByThing = Mapping[tuple[type[prices.Priced], int], list[PricePeriod]]

MODELS: dict[ChargeKind, type[prices.Priced]] = {
    ChargeKind.FEE: TariffPlan,
    ChargeKind.SERVICE: Service,
    ChargeKind.CHANNELS: ChannelPackage,
    ChargeKind.MINUTES: MinutePackage,
}


class _Fact(NamedTuple):
    """A period in which several subscribers had the same plan, service or package; `order` of a package is its size,
    `name` empty. These are few, because numbers mostly have the same."""

    kind: str
    thing_id: int
    code: str
    name: str
    order: int
    started_at: datetime
    ended_at: datetime | None
    subscribers: list[int]


class MonthPrices(NamedTuple):
    """What all accounts of a month have in common: the VAT rate and the fees in force on its days."""

    percent: Decimal
    fees: FeesByThing


def prices_of(month: Month) -> MonthPrices:
    """Read once to count many accounts; one query. Raises VatMissingError."""
    percent, fees = prices.vat_and_fees(month)
    if percent is None:
        raise prices.VatMissingError(month)
    return MonthPrices(percent, fees)


def count(
    account: Account, month: Month, subscribers: Collection[int] | None, given: MonthPrices | None = None
) -> dict[int, Charges]:
    """Charges of these subscribers, or of all with facts in the month; the current month up to today. 3 queries, 2 with
    the prices `given`.

    Raises VatMissingError and PriceMissingError.
    """
    time = (month.start, month.end)
    known = [] if given else [prices.vats_and_fees_asks(month)]
    ask(*known, fees_asks(account, time, subscribers), call_facts.asks(account, month, subscribers))
    percent, price_list = given or prices_of(month)
    until = min(month.last_day, clock.today())
    fees = fees_of(account, time, price_list, subscribers)
    calls = call_facts.of(account, month, subscribers)
    wanted = sorted(fees.keys() | calls.keys()) if subscribers is None else subscribers
    return calculate_all(month=month, until=until, vat_percent=percent, fees=fees, calls=calls, subscribers=wanted)


def count_with(account: Account, month: Month, subscriber: int, others: Collection[int]) -> tuple[Charges, Taxed]:
    """Charges of a subscriber, and their sum with the charges of `others`, whose lines are not made. 3 queries.

    Raises VatMissingError and PriceMissingError, for any of them.
    """
    asked, time = [subscriber, *others], (month.start, month.end)
    known = prices.vats_and_fees_asks(month)
    ask(known, fees_asks(account, time, asked), call_facts.asks(account, month, asked))
    percent, price_list = prices_of(month)
    until = min(month.last_day, clock.today())
    fees, calls = fees_of(account, time, price_list, asked), call_facts.of(account, month, asked)
    own = calculate(
        month=month, until=until, vat_percent=percent, fees=fees.pop(subscriber, ()), calls=calls.pop(subscriber, ())
    )
    costs = (one.cost for found in calls.values() for one in found)
    rest = total(month=month, until=until, vat_percent=percent, fees=alike(fees), costs=costs)
    return own, Taxed.sum_of([own.taxed, rest])


@dataclass(frozen=True, slots=True)
class ManyFacts:
    """What several accounts are charged for in a month, read at once. `answered` outgoing calls and their
    `billed_seconds` are of all these accounts together."""

    month: Month
    given: MonthPrices
    fees: Mapping[int, Sequence[Fee]]
    calls: Mapping[int, Sequence[CallTotal]]
    subscribers: Mapping[int, Collection[int]]  # by account
    answered: int
    billed_seconds: int

    def charges(self, account_id: int) -> dict[int, Charges]:
        """Charges of the account's subscribers by primary key, for those that have any. Raises PriceMissingError."""
        until = min(self.month.last_day, clock.today())
        found = calculate_all(
            month=self.month,
            until=until,
            vat_percent=self.given.percent,
            fees=self.fees,
            calls=self.calls,
            subscribers=sorted(self.subscribers.get(account_id, ())),
        )
        return {pk: charges for pk, charges in found.items() if charges.lines}


def of_accounts(accounts: Collection[int], month: Month, given: MonthPrices) -> ManyFacts:
    """The facts of all subscribers of these accounts (primary keys); 4 queries, however many accounts."""

    def rows(model: type[Any]) -> QuerySet[Any]:
        found: QuerySet[Any] = model._default_manager.filter(account__in=accounts)
        return found

    facts = _facts(rows, month.start, month.end, month.start - ONE_DAY)
    fees = _fees([_Fact(*row) for row in facts], given.fees)
    calls, answered, seconds = call_facts.of_many(rows, month)
    subscribers: dict[int, list[int]] = defaultdict(list)
    for pk, account_id in Subscriber.objects.filter(pk__in=fees.keys() | calls.keys()).values_list("pk", "account_id"):
        subscribers[account_id].append(pk)
    return ManyFacts(month, given, fees, calls, subscribers, answered, seconds)


def _fees(facts: Sequence[_Fact], price_list: FeesByThing) -> dict[int, list[Fee]]:
    """Fees by subscriber. Subscribers with the same thing in the same periods get the same Fee, counted once."""
    held: dict[tuple[str, int, int], tuple[int, ...]] = defaultdict(tuple)  # places in `facts`
    for place, fact in enumerate(facts):
        for subscriber_id in fact.subscribers:
            held[fact.kind, fact.thing_id, subscriber_id] += (place,)
    made: dict[tuple[tuple[int, ...], tuple[int, ...]], Fee] = {}
    found: dict[int, list[Fee]] = defaultdict(list)
    for (kind, thing_id, subscriber_id), places in held.items():
        if kind == SUSPENDED:
            continue
        suspended = held.get((SUSPENDED, 0, subscriber_id), ()) if kind == ChargeKind.FEE else ()
        fee = made.get((places, suspended))
        if fee is None:
            priced = price_list.get((MODELS[ChargeKind(kind)], thing_id), [])
            fee = _fee([facts[place] for place in places], priced, [facts[place] for place in suspended])
            made[places, suspended] = fee
        found[subscriber_id].append(fee)
    return found


def _fee(held: list[_Fact], priced: list[PricePeriod], suspended: list[_Fact]) -> Fee:
    fact = held[0]
    kind = ChargeKind(fact.kind)
    name = fact.name or _package_name(kind, fact.order)
    return Fee(kind, fact.thing_id, fact.code, name, fact.order, priced, _periods(held), _periods(suspended))


def _periods(facts: Iterable[_Fact]) -> list[Period]:
    return [(one.started_at, one.ended_at) for one in facts]


def _package_name(kind: ChargeKind, size: int) -> str:
    return ChannelPackage(channels=size).name if kind is ChargeKind.CHANNELS else MinutePackage(minutes=size).name


def fees_asks(
    account: Account, time: tuple[datetime, datetime], subscribers: Collection[int] | None = None
) -> Question:
    """What `fees_of` asks."""
    asked = (account.pk, *time, time[0] - ONE_DAY)
    return _ALL_FACTS.of(*asked) if subscribers is None else _FACTS.of(*asked, list(subscribers))


def fees_of(
    account: Account, time: tuple[datetime, datetime], given: FeesByThing, subscribers: Collection[int] | None = None
) -> dict[int, list[Fee]]:
    """What these subscribers of one account, or all, had at some time within two moments, by subscriber: only for days
    within them. One query."""
    return _fees([_Fact(*row) for row in fees_asks(account, time, subscribers).rows()], given)


def alike(fees: Mapping[int, Iterable[Fee]]) -> list[tuple[Fee, int]]:
    """The fees of `fees_of`, each with the number of subscribers that have it."""
    counted: dict[int, tuple[Fee, int]] = {}
    for held in fees.values():
        for fee in held:
            counted[id(fee)] = fee, counted.get(id(fee), (fee, 0))[1] + 1
    return list(counted.values())


def _facts(mine: Rows, start: Any, end: Any, earliest: Any, *subscribers: Any) -> QuerySet[Any, Any]:
    """Plans, services and packages that subscribers had at some time from `start` up to `end`, and when their account
    was suspended. What began before `earliest` begins then, so that all that began long ago is alike."""
    queries = []
    for rows, columns in _sources(mine, start, end, *subscribers):
        kind, subscriber, *thing, began, ended = columns
        began = Greatest(began, earliest, output_field=DateTimeField())
        queries.append(rows.values_list(kind, *thing, began, ended).annotate(subscribers=ArrayAgg(subscriber)))
    first, *others = (query.order_by() for query in queries)
    found: QuerySet[Any, Any] = first.union(*others, all=True)
    return found


def _sources(mine: Rows, start: Any, end: Any, *subscribers: Any) -> list[tuple[QuerySet[Any], Columns]]:
    """The rows of each table of facts, and the expressions for the fields of a fact: kind, subscriber, thing, code,
    name, order, beginning, end. Arguments as in `_facts`."""
    wanted = Q(any_of("subscriber", subscribers[0])) if subscribers else Q()
    of_plan = Q(any_of("pk", subscribers[0])) if subscribers else Q()
    of_account = Q(any_of("account__subscribers", subscribers[0])) if subscribers else Q()

    def during(rows: QuerySet[M], *names: str) -> QuerySet[M]:
        return between(start, end, rows, *names)

    return [
        (
            during(mine(Subscriber).filter(of_plan), "connected_at", "closed_at"),
            (
                *(Value(ChargeKind.FEE.value), F("pk"), F("plan_id"), F("plan__code"), F("plan__name"), Value(0)),
                *(Coalesce("plan_since", "connected_at"), F("closed_at")),
            ),
        ),
        (
            during(mine(FormerPlan).filter(wanted)),
            (
                *(Value(ChargeKind.FEE.value), F("subscriber_id"), F("plan_id")),
                *(F("plan__code"), F("plan__name"), Value(0), F("started_at"), F("ended_at")),
            ),
        ),
        (
            during(mine(ServiceAssignment).filter(wanted)),
            (
                *(Value(ChargeKind.SERVICE.value), F("subscriber_id"), F("service_id")),
                *(F("service__code"), F("service__name"), F("service__order"), F("started_at"), F("ended_at")),
            ),
        ),
        (
            during(mine(ChannelAssignment).filter(wanted)),
            _of_package(ChargeKind.CHANNELS, "channels"),
        ),
        (
            during(_begun(mine(MinuteAssignment).filter(wanted))),
            _of_package(ChargeKind.MINUTES, "minutes"),
        ),
        (
            during(mine(StaffRestriction).filter(of_account, at_request=True), "started_at", "lifted_at"),
            (
                *(Value(SUSPENDED), F("account__subscribers"), Value(0), Value(""), Value(""), Value(0)),
                *(F("started_at"), F("lifted_at")),
            ),
        ),
    ]


def _of_account(account: HasId, *given: Any) -> QuerySet[Any, Any]:
    return _facts(tenancy.of(account).rows, *given)


_ALL_FACTS, _FACTS = Prepared(_of_account, 4), Prepared(_of_account, 5)


def during(month: Month, rows: QuerySet[M], start: str = "started_at", end: str = "ended_at") -> QuerySet[M]:
    """Rows whose period may overlap the month."""
    return between(month.start, month.end, rows, start, end)


def between(first: Any, last: Any, rows: QuerySet[M], start: str = "started_at", end: str = "ended_at") -> QuerySet[M]:
    """Rows whose period may overlap the time from `first` up to `last`: moments, or places of a prepared query."""
    unended = Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": first})
    return rows.filter(unended, **{f"{start}__lt": last})


def _begun(rows: QuerySet[MinuteAssignment]) -> QuerySet[MinuteAssignment]:
    """Leaves out packages cancelled before they began: such a package gives no minutes and costs nothing."""
    return rows.exclude(ended_at=F("started_at"))


def _of_package(kind: ChargeKind, size: str) -> Columns:
    size = f"package__{size}"
    code = Cast(F(size), CharField())
    return (
        *(Value(kind.value), F("subscriber_id"), F("package_id"), code, Value(""), F(size)),
        *(F("started_at"), F("ended_at")),
    )
