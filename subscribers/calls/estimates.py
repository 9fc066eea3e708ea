"""What calls cost that the portal has not counted yet: in progress, or just ended (16.6). Nothing is written.

The same rates and included minutes as for imported calls. Calls in progress cost what their seconds so far cost.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.calls.included_minutes import IncludedMinutes
from subscribers.calls.matching import load_rates
from subscribers.catalogue import ON_NET
from subscribers.cdr.numbers import Number, NumberKind, normalise
from subscribers.models import (
    Allowance,
    CallDirection,
    CallRecord,
    Destination,
    Rate,
    SourceKind,
    Subscriber,
    SubscriberStatus,
)
from subscribers.rating import cost_micro, from_micro

_CALLABLE = {NumberKind.E164, NumberKind.SHORT}


class Talk(NamedTuple):
    """An outgoing call of a trunk: who is called, and how many seconds it has lasted."""

    trunk_id: int
    called: str
    since: datetime
    seconds: int


class Estimate(NamedTuple):
    """What a talk of `trunk_id` costs, net BYN, and the seconds that count; `price` of a minute, net BYN.

    A free destination counts no seconds.
    """

    trunk_id: int
    since: datetime
    destination_id: int
    price: Decimal
    seconds: int
    cost: Decimal


def of(talks: Sequence[Talk]) -> list[Estimate]:
    """Estimates in order of the calls' starts; calls without a rate have none. At most six queries."""
    numbers = {talk.called: normalise(talk.called) for talk in talks}
    numbers = {called: number for called, number in numbers.items() if number.kind in _CALLABLE}
    if not numbers:
        return []
    ours = _ours(numbers.values())
    table, destinations = load_rates(_rates(numbers.values()))
    free = set(Destination.objects.filter(is_free=True).values_list("pk", flat=True))
    left = _minutes_left({(talk.trunk_id, _month(talk)) for talk in talks})
    found = []
    for talk in sorted(talks, key=lambda one: one.since):
        number = numbers.get(talk.called)
        rate = table.rate_of(number.value, talk.since, ours=number.value in ours) if number else None
        if rate is None:
            continue
        place, key = destinations[rate.destination], (talk.trunk_id, _month(talk))
        billed = 0 if place in free else rate.billed(talk.seconds)
        covered = min(billed, max(0, left[key])) if rate.included else 0
        left[key] -= covered
        cost = from_micro(cost_micro(rate.micro_per_minute, billed - covered))
        found.append(Estimate(talk.trunk_id, talk.since, place, from_micro(rate.micro_per_minute), billed, cost))
    return found


def counted(keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these records (call and leg) of Kamailio's databases that are counted already."""
    wanted = set(keys)
    if not wanted:
        return set()
    now = Month.current()
    rows = CallRecord.objects.filter(
        source__kind=SourceKind.KAMAILIO,
        call_id__in={call for call, _leg in wanted},
        direction=CallDirection.OUT,
        month__in=[now.first_day, now.shift(-1).first_day],
    )
    return wanted & set(rows.values_list("call_id", "leg"))


def _month(talk: Talk) -> date:
    return Month.of(talk.since).first_day


def _ours(numbers: Iterable[Number]) -> set[str]:
    rows = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED)
    return set(rows.filter(phone__in={number.value for number in numbers}).values_list("phone", flat=True))


def _rates(numbers: Iterable[Number]) -> Iterable[Rate]:
    """Rates that may fit one of the numbers."""
    digits = {number.value.removeprefix("+") for number in numbers}
    prefixes = {one[:length] for one in digits for length in range(len(one) + 1)}
    fits = Q(prefix__in=prefixes) | Q(destination__code=ON_NET)
    return Rate.objects.filter(fits).select_related("destination")


def _minutes_left(keys: set[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """Included seconds that are left, by trunk and month."""
    trunk_ids = {trunk_id for trunk_id, _month in keys}
    rows = Allowance.objects.filter(trunk__in=trunk_ids, month__in={month for _trunk_id, month in keys})
    left = {(row.trunk_id, row.month): row.granted_seconds - row.used_seconds for row in rows}
    if missing := keys - left.keys():
        included = IncludedMinutes.of(trunk_ids)
        trunks = Subscriber.objects.in_bulk({trunk_id for trunk_id, _month in missing})
        left |= {key: included.seconds(trunks[key[0]], Month.of(key[1])) for key in missing}
    return left


def elapsed(since: datetime) -> int:
    """Whole seconds since a moment, at least one: the switch's clock may be ahead."""
    return max(1, int((clock.now() - since).total_seconds()))
