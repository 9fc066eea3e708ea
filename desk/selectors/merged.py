"""Pages of a list whose rows are of several tables, newest first: each page begins where the previous one ended."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from sipcabinet.lib.keyset import Page

M = TypeVar("M", bound=Model)
Sources = Sequence[QuerySet[Any]]
_MOST_TOKEN = 200
_LARGEST_ID = 2**63 - 1
_CHUNK = 2000


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
    streams = [_placed(place, rows) for place, rows in enumerate(sources)]
    return (row for _place, row in merge(*streams, key=lambda placed: placed[0], reverse=True))


def has_more_than(sources: Sources, count: int) -> bool:
    """Whether there are more rows than `count`; reads at most so many index entries of each source."""
    left = count
    for source in sources:
        left -= source.order_by()[: left + 1].count()
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
    order = ["at", "id"] if newer else ["-at", "-id"]
    streams = []
    for place, source in enumerate(sources):
        found = source if start is None else source.filter(_beyond(start, place, newer=newer))
        streams.append([(Place(row.at, place, row.pk), row) for row in found.order_by(*order)[:count]])
    return list(islice(merge(*streams, key=lambda placed: placed[0], reverse=not newer), count))


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
