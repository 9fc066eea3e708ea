"""номерная ёмкость as staff see it (4.13): ranges with their counts, the numbers of a range, one number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import clock, validity
from sipcabinet.lib.keyset import Page
from subscribers.models import NumberHold, NumberRange, Subscriber, SubscriberStatus

PAGE_SIZE = 50
PACE = timedelta(days=180)  # over this time connections are counted, to say how long free numbers last
MONTHS_OF_PACE = 6
HISTORY = 50


class PoolState(models.TextChoices):
    """What a number is now. The first five are of numbers within a range."""

    FREE = "free", _("Свободен")
    RESERVED = "reserved", _("Зарезервирован")
    USED = "used", _("Занят")
    QUARANTINE = "quarantine", _("В карантине")
    PORTED_OUT = "ported_out", _("Перенесён от нас")
    PORTED_IN = "ported_in", _("Перенесён к нам")
    OUTSIDE = "outside", _("Вне диапазонов")


OF_A_RANGE = (PoolState.FREE, PoolState.RESERVED, PoolState.USED, PoolState.QUARANTINE, PoolState.PORTED_OUT)
TONES = {
    PoolState.FREE: "ok",
    PoolState.RESERVED: "info",
    PoolState.USED: "",
    PoolState.QUARANTINE: "warn",
    PoolState.PORTED_OUT: "",
    PoolState.PORTED_IN: "info",
    PoolState.OUTSIDE: "warn",
}


@dataclass(frozen=True, slots=True)
class RangeCounts:
    """A range with the number of its numbers in each state. `months`: how long the free ones last at the pace of
    the last half-year; None if no number was connected in it."""

    range: NumberRange
    by_state: Mapping[PoolState, int]
    connected_lately: int

    @property
    def free(self) -> int:
        return self.by_state[PoolState.FREE]

    @property
    def months(self) -> int | None:
        return self.free * MONTHS_OF_PACE // self.connected_lately if self.connected_lately else None

    @property
    def is_short(self) -> bool:
        """Whether the range has few free numbers: for less than three months, or less than one in twenty."""
        return self.free * 20 < self.range.size or (self.months is not None and self.months < 3)


@dataclass(frozen=True, slots=True)
class PoolNumber:
    """A number with what explains its state: who uses it, or what holds it."""

    phone: str
    state: PoolState
    subscriber: Subscriber | None = None
    hold: NumberHold | None = None

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def digits(self) -> str:
        """The number as a part of an address."""
        return self.phone.removeprefix("+")


def active(at: datetime) -> Q:
    """Holds that keep their number at a moment."""
    return Q(starts_at__lte=at) & validity.unended("until", at) & validity.unended("ended_at", at)


def range_of(phone: str) -> NumberRange | None:
    """The range that contains an E.164 number."""
    digits = phone.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 15):
        return None
    return NumberRange.objects.filter(first__lte=int(digits), last__gte=int(digits)).first()


def find(phone: str) -> PoolNumber:
    """The state of one E.164 number now; three queries at most."""
    now = clock.now()
    users = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED).select_related("account__customer", "plan")
    subscriber = users.filter(phone=phone).first()
    own = range_of(phone) is not None
    if subscriber is not None:
        if subscriber.ported_in:
            return PoolNumber(phone, PoolState.PORTED_IN, subscriber)
        return PoolNumber(phone, PoolState.USED if own else PoolState.OUTSIDE, subscriber)
    holds = NumberHold.objects.filter(active(now), phone=phone).select_related("customer", "made_by")
    if (hold := holds.defer("made_by__password").first()) is not None:
        return PoolNumber(phone, PoolState(hold.kind), hold=hold)
    return PoolNumber(phone, PoolState.FREE if own else PoolState.OUTSIDE)


def history(phone: str) -> tuple[Sequence[Subscriber], Sequence[NumberHold]]:
    """Who has used a number, and what has held it; the newest first."""
    users = Subscriber.objects.filter(phone=phone).select_related("account__customer").order_by("-connected_at", "-pk")
    holds = NumberHold.objects.filter(phone=phone).select_related("customer", "made_by", "ended_by")
    holds = holds.defer("made_by__password", "ended_by__password").order_by("-starts_at", "-pk")
    return list(users[:HISTORY]), list(holds[:HISTORY])


_ACTIVE = "h.starts_at <= %(now)s AND (h.until IS NULL OR h.until > %(now)s)"
_ACTIVE += " AND (h.ended_at IS NULL OR h.ended_at > %(now)s)"
_WITHIN = "{}.phone BETWEEN '+' || r.first AND '+' || r.last"
_COUNTS = f"""
SELECT r.id, u.used, u.lately, h.reserved, h.quarantine, h.ported_out
FROM subscribers_numberrange r
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE s.closed_at IS NULL) AS used,
           count(*) FILTER (WHERE s.connected_at > %(since)s) AS lately
    FROM subscribers_subscriber s WHERE {_WITHIN.format("s")}
) u
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE h.kind = 'reserved') AS reserved,
           count(*) FILTER (WHERE h.kind = 'quarantine') AS quarantine,
           count(*) FILTER (WHERE h.kind = 'ported_out') AS ported_out
    FROM subscribers_numberhold h WHERE {_WITHIN.format("h")} AND {_ACTIVE}
) h
WHERE r.id = ANY(%(ids)s::bigint[])
"""  # noqa: S608 - constants


def counts(ranges: Sequence[NumberRange]) -> list[RangeCounts]:
    """The ranges with their counts, in the given order; one query."""
    now = clock.now()
    given: dict[str, Any] = {"now": now, "since": now - PACE, "ids": [one.pk for one in ranges]}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, given)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_counted(one, found.get(one.pk, (0, 0, 0, 0, 0))) for one in ranges]


def _counted(one: NumberRange, row: tuple[int, ...]) -> RangeCounts:
    used, lately, reserved, quarantine, ported_out = row
    by_state = {
        PoolState.FREE: one.size - used - reserved - quarantine - ported_out,
        PoolState.RESERVED: reserved,
        PoolState.USED: used,
        PoolState.QUARANTINE: quarantine,
        PoolState.PORTED_OUT: ported_out,
    }
    return RangeCounts(one, by_state, lately)


_OUTSIDE = """
SELECT count(*) FILTER (WHERE s.ported_in), count(*) FILTER (WHERE NOT s.ported_in)
FROM subscribers_subscriber s WHERE s.closed_at IS NULL AND NOT EXISTS (
    SELECT FROM subscribers_numberrange r WHERE s.phone BETWEEN '+' || r.first AND '+' || r.last)
"""


def outside() -> tuple[int, int]:
    """How many connected numbers lie outside all ranges: ported in, and of unknown origin."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTSIDE)
        ported_in, unknown = cursor.fetchone() or (0, 0)
    return ported_in, unknown


_ROWS = f"""
SELECT n, state, subscriber_id, hold_id FROM (
    SELECT n, s.id AS subscriber_id, h.id AS hold_id,
        CASE WHEN s.id IS NOT NULL THEN 'used' ELSE COALESCE(h.kind, 'free') END AS state
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
    LEFT JOIN subscribers_subscriber s ON s.phone = '+' || n AND s.closed_at IS NULL
        AND s.phone BETWEEN '+' || %(first)s::bigint AND '+' || %(last)s::bigint
    LEFT JOIN subscribers_numberhold h ON h.phone = '+' || n AND {_ACTIVE}
        AND h.phone BETWEEN '+' || %(first)s::bigint AND '+' || %(last)s::bigint
) numbers
WHERE (%(state)s = '' OR state = %(state)s) AND n::text LIKE %(like)s
"""  # noqa: S608 - constants


def page(one: NumberRange, *, state: str, like: str, onward: str = "", back: str = "") -> Page[PoolNumber]:
    """A page of a range's numbers in order, narrowed by state and by a pattern of `patterns.like`.

    A page begins after the number `onward`, or ends before the number `back` (digits of the neighbouring page).
    """
    before, after = _number(back), _number(onward)
    given = {"first": one.first, "last": one.last, "state": state, "like": like, "now": clock.now()}
    if before is not None:
        rows = _fetch(f"{_ROWS} AND n < %(bound)s ORDER BY n DESC", given | {"bound": before})
        if len(rows) > PAGE_SIZE:
            rows = rows[:PAGE_SIZE][::-1]
            return Page(_named(rows), back=str(rows[0][0]), onward=str(rows[-1][0]))
        after = None
    rows = _fetch(f"{_ROWS} AND n > %(bound)s ORDER BY n", given | {"bound": after or 0})
    shown = rows[:PAGE_SIZE]
    return Page(
        _named(shown),
        back=str(shown[0][0]) if after is not None and shown else "",
        onward=str(shown[-1][0]) if len(rows) > PAGE_SIZE else "",
    )


def _fetch(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {PAGE_SIZE + 1}", dict(given))
        return list(cursor.fetchall())


def _number(token: str) -> int | None:
    return int(token) if token.isascii() and token.isdecimal() and len(token) <= 15 else None


def _named(rows: Collection[tuple[Any, ...]]) -> list[PoolNumber]:
    """The numbers with their subscribers and holds; two queries."""
    users = Subscriber.objects.select_related("account__customer").in_bulk([row[2] for row in rows if row[2]])
    holds = NumberHold.objects.select_related("customer").in_bulk([row[3] for row in rows if row[3]])
    return [
        PoolNumber(f"+{number}", PoolState(state), users.get(subscriber), holds.get(hold))
        for number, state, subscriber, hold in rows
    ]
