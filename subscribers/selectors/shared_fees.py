"""Fees of a whole account by what many of its subscribers have alike, to sum them up (2.1)."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Greatest

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId
from subscribers.charges import ChargeKind, Fee
from subscribers.charges.fees import ONE_DAY
from subscribers.selectors.charge_facts import MODELS, SUSPENDED, FeesByThing, joined, sources


class _Shared(NamedTuple):
    """A period in which several subscribers had the same plan, service or package."""

    kind: str
    thing_id: int
    started_at: datetime
    ended_at: datetime | None
    subscribers: list[int]


def of_account(account: Account, time: tuple[datetime, datetime], given: FeesByThing) -> list[tuple[Fee, int]]:
    """What `charge_facts.fees_of` finds for all subscribers of the account, without names: each fee with the number of
    subscribers that have it. These are few, because numbers mostly have the same. For days within `time`; one query."""
    rows = [_Shared(*row) for row in _SHARED.rows(account.pk, *time, time[0] - ONE_DAY)]
    held: dict[tuple[str, int, int], tuple[int, ...]] = defaultdict(tuple)  # places in `rows`
    for place, row in enumerate(rows):
        for subscriber_id in row.subscribers:
            held[row.kind, row.thing_id, subscriber_id] += (place,)
    counted = Counter(
        (kind, thing_id, places, held.get((SUSPENDED, 0, subscriber_id), ()) if kind == ChargeKind.FEE else ())
        for (kind, thing_id, subscriber_id), places in held.items()
        if kind != SUSPENDED
    )
    periods = [(row.started_at, row.ended_at) for row in rows]
    found = []
    for (code, thing_id, places, suspended), count in counted.items():
        kind = ChargeKind(code)
        priced = given.get((MODELS[kind], thing_id), [])
        had, lowers = [periods[place] for place in places], [periods[place] for place in suspended]
        found.append((Fee(kind, thing_id, "", "", 0, priced, had, lowers), count))
    return found


def _shared(account: HasId, start: Any, end: Any, earliest: Any) -> QuerySet[Any, Any]:
    """The rows of `_Shared`. What began before `earliest` begins then, so that all that began long ago is alike."""
    queries = []
    for rows, columns in sources(tenancy.of(account).rows, start, end):
        kind, subscriber, thing, *_named, began, ended = columns
        began = Greatest(began, earliest, output_field=DateTimeField())
        queries.append(rows.values_list(kind, thing, began, ended).annotate(subscribers=ArrayAgg(subscriber)))
    return joined(queries)


_SHARED = Prepared(_shared, 4)
