"""Finds the rows of a switch that are legs of one call, so that the call counts once (4.4).

FreeSWITCH with `legs=ab` writes a row for each leg, and `bleg_uuid` of the first row is the `uuid` of the second: the
first row names the second. The row that names the other is counted. If one of our numbers was called and the second leg
goes to another number, the second leg is a forwarded call and counts too. A second leg may name a further leg: then
the first row of the chain is the one counted (`second_legs`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from sipcabinet.lib.periods import Month
from subscribers.calls import second_legs
from subscribers.calls.rows import Leg, Matched, RefusedRow
from subscribers.models import CallDirection, CallSource

SKEW = 60  # seconds: a leg begins while the call goes on; this much is allowed for the switch's rounding
DAY = 86_400

# Each id is looked up through its index. The planner has no statistics of a new partition and might scan all of it, or
# scan all keys of the source (hence the `+ 0`). The ids are one text: psycopg writes a list of thousands as long as
# PostgreSQL looks it up. The separator is a control character, which no id contains.
_COUNTED = """
SELECT wanted.id, c.id, c.month, c.direction, c.trunk_id, c.destination_id, c.billed_seconds,
    c.call_id, c.leg, extract(epoch FROM c.started_at)::bigint, c.duration, c.other_party, s.phone
FROM string_to_table(%s, chr(31)) AS wanted (id) CROSS JOIN LATERAL (
    SELECT * FROM subscribers_callrecord
    WHERE {found} = %s AND month = ANY(%s::date[]) OFFSET 0
) c JOIN subscribers_subscriber s ON s.id = c.subscriber_id
ORDER BY c.id
"""
_ANY_NAMES = "SELECT EXISTS (SELECT FROM subscribers_callrecord WHERE leg <> '' AND month = ANY(%s::date[]))"
_NAMING = _COUNTED.format(found="leg = wanted.id AND leg <> '' AND source_id + 0")
_NAMED = _COUNTED.format(found="call_id = wanted.id AND source_id")


class LegRecord(NamedTuple):
    """A call record of a counted leg: the fields needed to delete it."""

    id: int
    month: date
    direction: str
    trunk_id: int
    destination_id: int | None
    billed_seconds: int


class _Row(NamedTuple):
    wanted: str
    id: int
    month: date
    direction: str
    trunk_id: int
    destination_id: int | None
    billed_seconds: int
    call_id: str
    leg: str
    started: int
    duration: int
    other_party: str
    phone: str

    @property
    def record(self) -> LegRecord:
        return LegRecord(self.id, self.month, self.direction, self.trunk_id, self.destination_id, self.billed_seconds)

    def linked(self, source_id: int) -> Leg:
        """The leg described by this record; only an incoming record says which trunk the call was brought to."""
        called, brought_to = (
            (self.phone, self.trunk_id) if self.direction == CallDirection.IN else (self.other_party, 0)
        )
        return Leg(source_id, self.call_id, self.leg, self.started, self.started + self.duration, called, brought_to)


@dataclass(slots=True)
class Counted:
    """A counted leg in the database, with its records. `names_further`: this leg names another leg, and that is not the
    row of the batch for which this leg was found.
    """

    leg: Leg
    records: list[LegRecord] = field(default_factory=list)
    names_further: bool = False


@dataclass(slots=True)
class SeenLegs:
    """Legs of the earlier batches of a rehearsal, which were rolled back and so are not in the database.

    The keys are the source with the id that a leg names (`naming`), or with the leg's own id (`by_id`).
    """

    naming: dict[tuple[int, str], list[Leg]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[tuple[int, str], list[Leg]] = field(default_factory=lambda: defaultdict(list))

    def add(self, rows: Iterable[Matched]) -> None:
        for row in rows:
            if row.linked:
                self.naming[row.linked.source_id, row.linked.names].append(row.linked)
                self.by_id[row.linked.source_id, row.linked.call_id].append(row.linked)

    def is_leg(self, leg: Leg) -> bool:
        """Whether the leg belongs to a call of an earlier batch, as the first or the second leg."""
        named = self.by_id.get((leg.source_id, leg.names), ()) if leg.names else ()
        namers = self.naming.get((leg.source_id, leg.call_id), ())
        return any(absorbs(leg, one) for one in named) or any(absorbs(one, leg) for one in namers)


@dataclass(slots=True)
class Links:
    """Which rows of a batch belong together, and which belong to stored legs. A row is given by its number.

    `of_batch`: a row that is a leg of other rows of the batch → these rows. `of_counted`: rows that are legs of stored
    calls. `displaces`: a row → stored calls that are legs of it; these calls are deleted when the row is counted, or
    when it is a leg of a counted call. `naming`: rows that name a further leg; they are stored as second legs if they
    are not counted.
    """

    of_batch: dict[int, set[int]] = field(default_factory=dict)
    of_counted: set[int] = field(default_factory=set)
    displaces: dict[int, list[Counted]] = field(default_factory=dict)
    naming: dict[int, Leg] = field(default_factory=dict)

    def legs(self) -> set[int]:
        """The rows that are legs of other calls."""
        return self.of_counted | self.of_batch.keys()

    def is_leg(self, row_no: int) -> bool:
        return row_no in self.of_counted or row_no in self.of_batch

    def without(self, refused: set[int]) -> None:
        """Removes refused rows from `of_batch`, unless a row is itself a leg: a refused row is no call with legs."""
        while idle := {row_no for row_no in refused if not self.is_leg(row_no)}:
            left = {row_no: of - idle for row_no, of in self.of_batch.items()}
            left = {row_no: of for row_no, of in left.items() if of}
            if left == self.of_batch:
                return
            self.of_batch = left


def absorbs(first: Leg, second: Leg) -> bool:
    """Whether the second row is a leg of the call that the first row counts."""
    if first.names != second.call_id or first.source_id != second.source_id or first.call_id == second.call_id:
        return False
    mutual = second.names == first.call_id
    if mutual and (second.started, second.call_id) < (first.started, first.call_id):
        return False
    return is_same_call(first, second)


def is_same_call(first: Leg, second: Leg) -> bool:
    """Whether the second leg begins during the first and goes to the number that the first called.

    If one of our numbers was called and the second leg goes to a number outside its trunk, the call was forwarded: the
    second leg is a separate call. A second leg to anything but an E.164 number is the same call: a switch may reach the
    called number by a name, an extension or a gateway's own spelling.
    """
    if not first.started - SKEW <= second.started <= first.ended + SKEW:
        return False
    if not first.brought_to or not second.called.startswith("+"):
        return True
    return second.called == first.called or second.brought_to == first.brought_to


def look(rows: list[Matched | RefusedRow], seen: SeenLegs | None) -> Links:
    """Finds which rows of a batch are legs of other rows or of stored calls, and which stored calls are legs of rows.

    `seen`: legs of earlier batches that were rolled back (a rehearsal). Locks the sources of the rows that may be legs,
    so that no other import writes a leg meanwhile.
    """
    linked = [row for row in rows if row.linked is not None]
    links = Links()
    if not linked:
        return links
    _look_within(linked, links)
    for source_id in sorted({row.linked.source_id for row in linked if row.linked}):
        of_source = [row for row in linked if row.linked and row.linked.source_id == source_id]
        hold(CallSource.objects.filter(pk=source_id))
        _look_up(source_id, of_source, links)
    links.without({row.row_no for row in linked if isinstance(row, RefusedRow)})
    if seen is not None:
        links.of_counted |= {row.row_no for row in linked if row.linked and seen.is_leg(row.linked)}
    return links


def hold(source: QuerySet[CallSource]) -> None:
    """Locks the source until the transaction ends (FOR NO KEY UPDATE): so two imports cannot write the two legs of one
    call at the same time.
    """
    list(source.select_for_update(no_key=True))


def _look_within(rows: list[Matched | RefusedRow], links: Links) -> None:
    """Finds rows of the batch that other rows of the batch name as their legs."""
    named = {row.linked.names for row in rows if row.linked} & {row.linked.call_id for row in rows if row.linked}
    if not named:
        return
    namers: dict[str, list[tuple[int, Leg]]] = defaultdict(list)
    for row in rows:
        if row.linked and row.linked.names in named:
            namers[row.linked.names].append((row.row_no, row.linked))
    for row in rows:
        if (leg := row.linked) and leg.call_id in named:
            of = {row_no for row_no, namer in namers[leg.call_id] if absorbs(namer, leg)}
            links.of_batch |= {row.row_no: of} if of else {}
            links.naming |= (
                {row.row_no: leg} if of and leg.names and not _names_one_of(leg, namers[leg.call_id]) else {}
            )
    _open_circles(links, {row.row_no: row.linked for row in rows if row.linked})


def _names_one_of(leg: Leg, namers: Iterable[tuple[int, Leg]]) -> bool:
    return any(leg.names == namer.call_id for _row_no, namer in namers)


def _open_circles(links: Links, legs: dict[int, Leg]) -> None:
    """Where rows name each other in a circle, the row that began first is the one counted."""
    for row_no in sorted(links.of_batch, key=lambda row_no: (legs[row_no].started, legs[row_no].call_id)):
        above, left = set[int](), [row_no]
        while left:
            fresh = links.of_batch.get(left.pop(), set()) - above
            above |= fresh
            left += fresh
        if row_no in above:
            del links.of_batch[row_no]
            links.naming.pop(row_no, None)


def _look_up(source_id: int, rows: list[Matched | RefusedRow], links: Links) -> None:
    """Finds rows that stored legs name, and stored legs that rows name."""
    legs = [(row.row_no, row.linked) for row in rows if row.linked]
    batch = {leg.call_id: leg.names for _, leg in legs}
    months = _months(leg.started for _, leg in legs)
    counted = _counted(_NAMING, source_id, batch, months) if _are_named(months) else {}
    second = second_legs.naming(source_id, batch.keys())
    named = _counted(_NAMED, source_id, {leg.names for _, leg in legs if leg.names}, months)
    for row_no, leg in legs if counted or second or named else ():
        namers = [one.leg for one in counted.get(leg.call_id, ())] + second.get(leg.call_id, [])
        if any(absorbs(one, leg) for one in namers):
            links.of_counted.add(row_no)
            if leg.names and all(leg.names != one.call_id for one in namers):
                links.naming[row_no] = leg
        found = [one for one in named.get(leg.names, ()) if absorbs(leg, one.leg)]
        if found and links.is_leg(row_no):
            found = [one for one in found if not second_legs.leads_to(one.leg, leg, batch)]
        for one in found:
            one.names_further = one.leg.names not in {"", leg.call_id}
        links.displaces |= {row_no: found} if found else {}


def _months(moments: Iterable[int]) -> list[date]:
    """Months in which the other leg of a call may have begun: from a day before to a day after."""
    days = {moment // DAY for moment in moments}
    near = {day + step for day in days for step in (-1, 0, 1, 2)}  # a UTC day overlaps two days of Minsk
    return sorted({Month.of(datetime.fromtimestamp(day * DAY, UTC)).first_day for day in near})


def _are_named(months: list[date]) -> bool:
    """Whether any stored call of these months names a leg. If none does, no row needs a look-up."""
    with connection.cursor() as cursor, _through_the_index(cursor):
        cursor.execute(_ANY_NAMES, [months])
        row = cursor.fetchone()
    return bool(row and row[0])


@contextmanager
def _through_the_index(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    yield
    cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on")


def _counted(query: str, source_id: int, ids: Iterable[str], months: list[date]) -> dict[str, list[Counted]]:
    """Stored legs, by the id that was looked up."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor, _through_the_index(cursor):
        cursor.execute(query, ["\x1f".join(wanted), source_id, months])
        rows = [_Row(*row) for row in cursor.fetchall()]
    found: dict[tuple[str, str], Counted] = {}
    by_id: dict[str, list[Counted]] = defaultdict(list)
    for row in rows:
        one = found.get((row.call_id, row.leg))
        if one is None:
            one = found[row.call_id, row.leg] = Counted(row.linked(source_id))
            by_id[row.wanted].append(one)
        elif row.direction == CallDirection.IN:
            one.leg = row.linked(source_id)
        one.records.append(row.record)
    return by_id
