"""Counts charges of subscribers from facts: what they had during the month, and the month's calls (3.5, 4.7)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, CharField, DateField, DateTimeField, F, Model, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, TruncMonth

from accounts.models import Account
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of
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
    CallDailyTotal,
    CallDirection,
    ChannelAssignment,
    ChannelPackage,
    Destination,
    FormerPlan,
    MinuteAssignment,
    MinutePackage,
    Service,
    ServiceAssignment,
    StaffRestriction,
    Subscriber,
    TariffPlan,
)
from subscribers.selectors import prices

M = TypeVar("M", bound=Model)
SUSPENDED = "suspended"  # of a fact that is no fee
Columns = tuple[Any, ...]  # expressions of a query
Rows = Callable[[type[Any]], QuerySet[Any]]  # rows of a table that belong to one account, or to several
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
    percent, price_list = given or prices_of(month)
    until = min(month.last_day, clock.today())
    fees = fees_of(account, (month.start, month.end), price_list, subscribers)
    calls = _calls(account, month, subscribers)
    wanted = sorted(fees.keys() | calls.keys()) if subscribers is None else subscribers
    return calculate_all(month=month, until=until, vat_percent=percent, fees=fees, calls=calls, subscribers=wanted)


def count_with(account: Account, month: Month, subscriber: int, others: Collection[int]) -> tuple[Charges, Taxed]:
    """Charges of a subscriber, and their sum with the charges of `others`, whose lines are not made. 3 queries.

    Raises VatMissingError and PriceMissingError, for any of them.
    """
    percent, price_list = prices_of(month)
    until = min(month.last_day, clock.today())
    asked = [subscriber, *others]
    fees, calls = fees_of(account, (month.start, month.end), price_list, asked), _calls(account, month, asked)
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
    calls, answered, seconds = _calls_of_many(rows, month)
    subscribers: dict[int, list[int]] = defaultdict(list)
    for pk, account_id in Subscriber.objects.filter(pk__in=fees.keys() | calls.keys()).values_list("pk", "account_id"):
        subscribers[account_id].append(pk)
    return ManyFacts(month, given, fees, calls, subscribers, answered, seconds)


def _fees(facts: Sequence[_Fact], price_list: FeesByThing) -> dict[int, list[Fee]]:
    """Fees by subscriber. Subscribers who had the same in the same periods have one Fee, so that it is counted once."""
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


def fees_of(
    account: Account, time: tuple[datetime, datetime], given: FeesByThing, subscribers: Collection[int] | None = None
) -> dict[int, list[Fee]]:
    """What these subscribers of one account, or all, had at some time within two moments, by subscriber: only for days
    within them. One query."""
    asked = (account.pk, *time, time[0] - ONE_DAY)
    rows = _ALL_FACTS.rows(*asked) if subscribers is None else _FACTS.rows(*asked, list(subscribers))
    return _fees([_Fact(*row) for row in rows], given)


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
    return first.union(*others, all=True)


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


def _calls(account: Account, month: Month, subscribers: Collection[int] | None) -> dict[int, list[CallTotal]]:
    """Outgoing calls charged by the month, by destination; late calls of earlier months separately.

    Incoming calls are free; unanswered calls to barred destinations have no destination.
    """
    asked = (account.pk, month.first_day)
    rows = _ALL_CALLS.rows(*asked) if subscribers is None else _CALLS.rows(*asked, list(subscribers))
    found: dict[int, list[CallTotal]] = defaultdict(list)
    for subscriber_id, late_of, *counted in rows:
        found[subscriber_id].append(CallTotal(*counted, late_of))
    return found


def _calls_of(account: HasId, charged_in: Any, *subscribers: Any) -> QuerySet[Any, Any]:
    wanted = Q(any_of("subscriber", subscribers[0])) if subscribers else Q()
    rows = tenancy.of(account).rows(CallDailyTotal).filter(wanted, charged_in=charged_in)
    outgoing = rows.filter(direction=CallDirection.OUT, destination__isnull=False).order_by()
    keys = ("destination_id", "destination__code", "destination__name", "destination__order")
    sums = (Sum(field) for field in ("answered", "billed_seconds", "included_seconds", "cost"))
    by_month = outgoing.annotate(late_of=_late(charged_in)).values_list("subscriber_id", "late_of", *keys)
    return by_month.annotate(*sums)


def _late(charged_in: Any) -> Case:
    """The first day of the month in which late calls were made; NULL for calls of the month that charges them."""
    month = Cast(TruncMonth("day"), DateField())
    return Case(When(day__gte=charged_in, then=None), default=month, output_field=DateField())


_ALL_CALLS, _CALLS = Prepared(_calls_of, 2), Prepared(_calls_of, 3)


def _calls_of_many(mine: Rows, month: Month) -> tuple[dict[int, list[CallTotal]], int, int]:
    """Like `_calls` for several accounts; also the answered calls and billed seconds of all rows. Destinations are
    read once, not joined to each row."""
    rows = mine(CallDailyTotal).filter(charged_in=month.first_day, direction=CallDirection.OUT).order_by()
    sums = (Sum(field) for field in ("answered", "billed_seconds", "included_seconds", "cost"))
    by_month = rows.annotate(late_of=_late(month.first_day)).values_list("subscriber_id", "late_of", "destination_id")
    destinations = Destination.objects.order_by().values_list("pk", "code", "name", "order")
    named: dict[int, tuple[str, str, int]] = {pk: (code, name, order) for pk, code, name, order in destinations}
    found: dict[int, list[CallTotal]] = defaultdict(list)
    answered, seconds = 0, 0
    for subscriber_id, late_of, destination_id, calls, billed, included, cost in by_month.annotate(*sums):
        answered, seconds = answered + calls, seconds + billed
        if destination_id is not None:
            code, name, order = named[destination_id]
            total = CallTotal(destination_id, code, name, order, calls, billed, included, cost, late_of)
            found[subscriber_id].append(total)
    return found, answered, seconds
