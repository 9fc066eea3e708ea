"""Numbers of an account as its pages show them (3.0, 3.1)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower, Replace

from accounts.models import Account
from sipcabinet.lib import clock, phones, tenancy, validity
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId
from subscribers.models import (
    CallDailyTotal,
    ProvisioningJob,
    ServiceAssignment,
    Subscriber,
    SubscriberStatus,
    TariffPlan,
    TrunkBar,
)
from subscribers.selectors import completeness, spellings
from subscribers.selectors.completeness import CallsKnown

PAGE_SIZE = 25
ORDER = ["phone", "id"]
NARROWED = ("plan", "status", "trunk")  # fields of Wanted that name a value of a column
TONES = {
    SubscriberStatus.ACTIVE: "ok",
    SubscriberStatus.RESTRICTED: "warn",
    SubscriberStatus.CLOSED: "",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filter of the list of numbers; empty values do not narrow.

    `phone` is a whole number or a part of one, in any spelling, or a part of a number's name.
    """

    phone: str = ""
    plan: TariffPlan | None = None
    status: str = ""
    trunk: Subscriber | None = None


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A number in a list. `cost`: its calls of the month, net BYN."""

    subscriber: Subscriber
    cost: Decimal

    @property
    def tone(self) -> str:
        return tone(self.subscriber)


def tone(subscriber: Subscriber) -> str:
    """The badge style for a subscriber's status."""
    return TONES[SubscriberStatus(subscriber.status)]


def asks(account: Account, pk: int) -> Question:
    """What `get` asks."""
    return _ONE.of(account.pk, pk)


def get(account: Account, pk: int) -> Subscriber | None:
    """The account's subscriber; None if the id is missing or belongs to another account."""
    found: Subscriber | None = asks(account, pk).first()
    return found


def with_calls_known_asks(account: Account, pk: int) -> Question:
    """What `get_with_calls_known` asks."""
    return _ONE_WITH_CALLS_KNOWN.of(account.pk, pk)


def with_switch_asks(account: Account, pk: int) -> Question:
    """What `get_with_switch` asks."""
    return _ONE_WITH_SWITCH.of(account.pk, pk)


def get_with_calls_known(account: Account, pk: int) -> tuple[Subscriber, CallsKnown] | None:
    """Like `get`, with the moment up to which the account's calls are imported; one query. `is_barred` of the
    subscriber says whether the paid directions of its trunk are closed."""
    found = with_calls_known_asks(account, pk).first()
    return (found, completeness.read(found.calls_told)) if found else None


def get_with_switch(account: Account, pk: int) -> Subscriber | None:
    """Like `get`, with the subscriber's state on the switch (`operations.switch_state`); one query."""
    found: Subscriber | None = with_switch_asks(account, pk).first()
    return found


def page(account: Account, wanted: Wanted, month: Month, *, onward: str = "", back: str = "") -> Page[NumberLine]:
    """A page of numbers in order, each with the cost of its calls in the month."""
    narrowed = {name: getattr(value, "pk", value) for name in NARROWED if (value := getattr(wanted, name))}
    if wanted.phone:
        narrowed |= _searched(wanted.phone)
    found = _listing(tuple(narrowed)).page(
        account.pk, *_days(month), *narrowed.values(), size=PAGE_SIZE, onward=onward, back=back
    )
    return Page([_line(row) for row in found.rows], back=found.back, onward=found.onward)


@cache
def _listing(narrowed: tuple[str, ...]) -> Listing[Subscriber]:
    """The list narrowed by these fields of `Wanted`, or of what `_searched` gives."""

    def rows(account: Any, first_day: Any, last_day: Any, *values: Any) -> QuerySet[Subscriber]:
        given = dict(zip(narrowed, values, strict=True))
        searched = {name: given.pop(name) for name in ("named", "patterns") if name in given}
        found = _found(_rows(account), **searched) if searched else _rows(account)
        return _with_cost(found.filter(**given), account, (first_day, last_day))

    return Listing(Subscriber, rows, 3 + len(narrowed), order=ORDER)


def first_asks(account: Account, month: Month, count: int) -> Question:
    """What `first` asks."""
    return _first(count).of(account.pk, *_days(month))


def first(account: Account, month: Month, count: int) -> tuple[list[NumberLine], int]:
    """The first connected numbers with the cost of their calls in the month, and the count of all connected numbers."""
    found = first_asks(account, month, count).rows()
    return [_line(row) for row in found], found[0].whole if found else 0


@cache
def _first(count: int) -> Prepared:
    def rows(account: Any, first_day: Any, last_day: Any) -> QuerySet[Subscriber]:
        connected = _connected(tenancy.of(account).rows(Subscriber)).order_by()
        whole = connected.values("account").annotate(whole=Count("pk")).values("whole")
        priced = _with_cost(_connected(_rows(account)), account, (first_day, last_day))
        return priced.annotate(whole=Subquery(whole)).order_by(*ORDER)[:count]

    return Prepared(rows, 3)


def only_one(account: Account, text: str) -> Subscriber | None:
    """The subscriber whose whole number was typed, if exactly one: a number connected twice has two subscribers."""
    try:
        phone = phones.parse(text)
    except phones.PhoneError:
        return None
    found = _OF_WHOLE_NUMBER.rows(account.pk, phone)
    return found[0] if len(found) == 1 else None


def of_trunk(account: Account, trunk: Subscriber, month: Month, count: int) -> list[NumberLine]:
    """The first connected numbers of a trunk."""
    return [_line(row) for row in _of_trunk(count).rows(account.pk, trunk.pk, *_days(month))]


@cache
def _of_trunk(count: int) -> Prepared:
    def rows(account: Any, trunk: Any, *days: Any) -> QuerySet[Subscriber]:
        connected = _connected(_rows(account)).filter(trunk=trunk)
        return _with_cost(connected, account, (days[0], days[1])).order_by(*ORDER)[:count]

    return Prepared(rows, 4)


def services_of(account: Account, subscriber: Subscriber) -> list[str]:
    """Names of the subscriber's active services, in the catalogue's order."""
    return [name for (name,) in _SERVICES.rows(account.pk, subscriber.pk, clock.now())]


def _services(account: Any, subscriber: Any, moment: Any) -> QuerySet[ServiceAssignment, Any]:
    rows = tenancy.of(account).rows(ServiceAssignment).filter(validity.had_at(moment), subscriber=subscriber)
    return rows.order_by("service__order", "service__code").values_list("service__name")


def plans(account: Account) -> list[TariffPlan]:
    """The plans of the account's numbers."""
    return _PLANS.rows(account.pk)


def _plans(account: HasId) -> QuerySet[TariffPlan]:
    used = tenancy.of(account).rows(Subscriber).filter(plan=OuterRef("pk"))
    return TariffPlan.objects.filter(Exists(used)).order_by("name", "pk")


def _rows(account: HasId) -> QuerySet[Subscriber]:
    return tenancy.of(account).rows(Subscriber).select_related("plan")


def _connected(rows: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
    return rows.exclude(status=SubscriberStatus.CLOSED)


def _searched(text: str) -> dict[str, Any]:
    """The values that find numbers by number or name; a text with letters is searched only in names."""
    named = {"named": _folded(text)}
    return named if any(map(str.isalpha, text)) else named | {"patterns": spellings.patterns(text)}


def _found(rows: QuerySet[Subscriber], named: Any, patterns: Any = None) -> QuerySet[Subscriber]:
    asked = Q(folded_label__contains=named)
    if patterns is not None:
        asked |= Q(spellings.like_any("phone", patterns))
    return rows.alias(folded_label=Replace(Lower("label"), Value("ё"), Value("е"))).filter(asked)


def _folded(text: str) -> str:
    """The form in which names are compared: «приемная» equals «Приёмная»."""
    return " ".join(text.split()).lower().replace("ё", "е")


def _with_cost(rows: QuerySet[Subscriber], account: HasId, days_from_to: tuple[Any, Any]) -> QuerySet[Subscriber]:
    days = tenancy.of(account).rows(CallDailyTotal).filter(day__range=days_from_to)
    cost = days.filter(subscriber=OuterRef("pk")).values("subscriber").annotate(sum=Sum("cost")).values("sum")
    return rows.annotate(month_cost=Coalesce(Subquery(cost), Value(Decimal(0))))


def _days(month: Month) -> tuple[date, date]:
    return month.first_day, month.last_day


def _is_barred(account: HasId) -> Exists:
    """Whether the paid directions of the subscriber's trunk are closed (16.6)."""
    bars = tenancy.of(account).rows(TrunkBar).filter(lifted_at__isnull=True)
    return Exists(bars.filter(trunk=Coalesce(OuterRef("trunk_id"), OuterRef("pk"))))


def _states_of_jobs(account: HasId) -> ArraySubquery:
    """States of the jobs that send the subscriber's present state to the switch (`operations.switch_state_read`)."""
    jobs = tenancy.of(account).rows(ProvisioningJob).order_by()
    mine = jobs.filter(subscriber=OuterRef("pk"), version__gte=OuterRef("provisioning__version"))
    return ArraySubquery(mine.values("state").distinct())


_SERVICES, _PLANS = Prepared(_services, 3), Prepared(_plans, 1)
_OF_WHOLE_NUMBER = Prepared(lambda account, phone: _rows(account).filter(phone=phone)[:2], 2)
_ONE = Prepared(lambda account, pk: _rows(account).select_related("trunk").filter(pk=pk), 2)
_ONE_WITH_SWITCH = Prepared(
    lambda account, pk: (
        _rows(account)
        .select_related("trunk", "provisioning")
        .defer("provisioning__desired", "provisioning__applied")
        .annotate(job_states=_states_of_jobs(account))
        .filter(pk=pk)
    ),
    2,
)
_ONE_WITH_CALLS_KNOWN = Prepared(
    lambda account, pk: (
        _rows(account)
        .select_related("trunk")
        .annotate(calls_told=completeness.told(account), is_barred=_is_barred(account))
        .filter(pk=pk)
    ),
    2,
)


def _line(row: Subscriber) -> NumberLine:
    return NumberLine(row, row.month_cost)  # type: ignore[attr-defined]
