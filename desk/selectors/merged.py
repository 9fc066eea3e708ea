"""Pages of a list whose rows are of several tables, newest first: each page begins where the previous one ended."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from sipcabinet.lib.keyset import Page

M = TypeVar("M", bound=Model)
Sources = Sequence["Source"]
_MOST_TOKEN = 200
_LARGEST_ID = 2**63 - 1
_CHUNK = 2000
SCANNED = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of one table with `at` and `id`, and a text that their `summary` must contain (empty: any)."""

    rows: QuerySet[Any]
    text: str = ""

    @property
    def whole(self) -> QuerySet[Any]:
        """All rows with the text, by its trigram index."""
        return self.rows.filter(summary__icontains=self.text) if self.text else self.rows


class Place(NamedTuple):
    """Where a row stands: its moment, the position of its table among the sources, its id. Newest rows come first; of
    one moment, rows of the later table, then rows with larger ids."""

    at: datetime
    source: int
    pk: int


def page(sources: Sources, *, size: int, onward: str = "", back: str = "") -> Page[Any]:
    """The page that a token of another page leads to, or the first one. Each source is asked for one page of rows at
    most, in the order `-at`, `-id`, which its indexes must have. An invalid token leads to the first page."""
    before = _decode(back)
    if before is not None:
        found = _nearest(sources, before, size + 1, newer=True)
        if len(found) > size:
            shown = found[:size][::-1]
            return _page(shown, has_newer=True, has_older=True)
    after = _decode(onward) if before is None else None
    found = _nearest(sources, after, size + 1, newer=False)
    if not found and after is not None:
        after, found = None, _nearest(sources, None, size + 1, newer=False)
    return _page(found[:size], has_newer=after is not None, has_older=len(found) > size)


def rows(sources: Sources) -> Iterator[Any]:
    """All rows, newest first, read in chunks. Call it inside a transaction."""
    streams = [_placed(place, source.whole) for place, source in enumerate(sources)]
    return (row for _place, row in merge(*streams, key=lambda placed: placed[0], reverse=True))


def has_more_than(sources: Sources, count: int) -> bool:
    """Whether there are more rows than `count`; reads at most so many index entries of each source."""
    left = count
    for source in sources:
        left -= source.whole.order_by()[: left + 1].count()
        if left < 0:
            return True
    return False


def _placed(place: int, source: QuerySet[M]) -> Iterator[tuple[Place, M]]:
    for row in source.order_by("-at", "-id").iterator(_CHUNK):
        yield Place(row.at, place, row.pk), row  # type: ignore[attr-defined]


def _page(shown: list[tuple[Place, Any]], *, has_newer: bool, has_older: bool) -> Page[Any]:
    return Page(
        [row for _place, row in shown],
        back=_token(shown[0][0]) if shown and has_newer else "",
        onward=_token(shown[-1][0]) if shown and has_older else "",
    )


def _nearest(sources: Sources, start: Place | None, count: int, *, newer: bool) -> list[tuple[Place, Any]]:
    """The rows nearest to `start` (exclusive), older ones or newer ones, the nearest first."""
    streams = []
    for place, source in enumerate(sources):
        beyond = Q() if start is None else _beyond(start, place, newer=newer)
        streams.append([(Place(row.at, place, row.pk), row) for row in _first(source, beyond, count, newer=newer)])
    return list(islice(merge(*streams, key=lambda placed: placed[0], reverse=not newer), count))


def _first(source: Source, beyond: Q, count: int, *, newer: bool) -> list[Any]:
    """The first rows of a source. A text is looked for in the nearest SCANNED rows one by one (by another operator than
    the index has), and by the index only in those beyond: the planner takes every text for a rare one, and would sort
    all rows with a common one."""
    order = ["at", "id"] if newer else ["-at", "-id"]
    rows = source.rows.filter(beyond).order_by(*order)
    if not source.text:
        return list(rows[:count])
    moments = source.rows.model._default_manager.filter(beyond).order_by(*order).values_list("at", flat=True)
    edge = next(iter(moments[SCANNED : SCANNED + 1]), None)
    keys = rows.values_list("pk", flat=True)  # without the joins of the rows: many may be sorted
    near, far = keys.filter(summary__iregex=re.escape(source.text)), keys.filter(summary__icontains=source.text)
    if edge is not None:
        near = near.filter(Q(at__lte=edge) if newer else Q(at__gte=edge))
        far = far.filter(Q(at__gt=edge) if newer else Q(at__lt=edge))
    found = list(near[:count])
    if edge is not None and len(found) < count:
        found += far[: count - len(found)]
    return list(rows.filter(pk__in=found))


def _beyond(start: Place, source: int, *, newer: bool) -> Q:
    """Rows of a source beyond `start`. The bound on `at` lets the index help; the rest resolves ties."""
    sign = "gt" if newer else "lt"
    if source == start.source:
        return Q(**{f"at__{sign}e": start.at}) & (Q(**{f"at__{sign}": start.at}) | Q(**{f"id__{sign}": start.pk}))
    is_before_it = (source > start.source) is newer
    return Q(**{f"at__{sign}e": start.at}) if is_before_it else Q(**{f"at__{sign}": start.at})


def _token(place: Place) -> str:
    text = json.dumps([place.at.isoformat(), place.source, place.pk])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(token: str) -> Place | None:
    if not token or len(token) > _MOST_TOKEN:
        return None
    try:
        at, source, pk = json.loads(base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)))
        place = Place(datetime.fromisoformat(at), source, pk)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        return None
    are_whole = all(isinstance(number, int) and 0 <= number <= _LARGEST_ID for number in (source, pk))
    is_moment = place.at.tzinfo is not None and 1 < place.at.year < 9999
    return place if are_whole and is_moment else None
