"""Sums of a subscriber's calls by the other party, found by a part of a number."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import QuerySet

from sipcabinet.lib import tenancy
from sipcabinet.lib.prepared import Prepared
from subscribers.models import PartyTotal
from subscribers.selectors.spellings import like_any

Of = tuple[Any, Any, Any, Any]  # the account, the subscriber's key, the first day of the month, the direction


def rows(of: Of, patterns: Any, narrowed: Mapping[str, Any]) -> QuerySet[PartyTotal]:
    """The sums of other parties of these patterns (`spellings.patterns`). `narrowed`: values of further columns."""
    account, subscriber, first_day, direction = of
    return (
        tenancy.of(account)
        .rows(PartyTotal)
        .filter(
            like_any("other_party", patterns),
            fresh__in=[True, False],  # both, by the index
            subscriber_id=subscriber,
            month=first_day,
            direction=direction,
            **narrowed,
        )
        .order_by()
    )


def first(
    of: Of, patterns: Sequence[str], narrowed: Mapping[str, Any], sums: Sequence[str], most: int
) -> list[tuple[Any, ...]]:
    """At most so many of these rows: the number and the sums of each."""
    account, *about = of
    query = _first(tuple(narrowed), tuple(sums), most)
    return query.rows(account.pk, *about, patterns, *narrowed.values())


@cache
def _first(names: tuple[str, ...], sums: tuple[str, ...], most: int) -> Prepared:
    def build(account: Any, subscriber: Any, first_day: Any, direction: Any, patterns: Any, *values: Any) -> Any:
        found = rows((account, subscriber, first_day, direction), patterns, dict(zip(names, values, strict=True)))
        return found.values_list("other_party", *sums)[:most]

    return Prepared(build, 5 + len(names))
