"""Signs of a broken-in PBX among the paid calls of the last hour (16.6). Counts alone; no called number leaves here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.models import AlarmSign, CallDailyTotal, CallDirection

WINDOW = timedelta(hours=1)
NEW_DAYS = 90  # a destination without a call for so long is new

# Trunks that called for money on these days, then their paid calls of the window by the index of the trunk.
_RECENT = """
WITH active AS (
    SELECT DISTINCT coalesce(s.trunk_id, s.id) AS trunk_id
    FROM subscribers_calldailytotal t JOIN subscribers_subscriber s ON s.id = t.subscriber_id
    WHERE t.day = ANY(%(days)s) AND t.direction = 'out' AND t.billed_seconds > 0
)
SELECT a.trunk_id, c.destination_id, max(c.price_per_minute), count(*), sum(c.cost),
    count(*) FILTER (WHERE c.talk_seconds <= %(short)s),
    count(*) FILTER (WHERE extract(hour FROM c.started_at AT TIME ZONE 'Europe/Minsk') = ANY(%(night)s))
FROM active a JOIN subscribers_callrecord c ON c.trunk_id = a.trunk_id AND c.month = ANY(%(months)s)
    AND c.started_at >= %(since)s AND c.started_at <= %(now)s
WHERE c.direction = 'out' AND c.billed_seconds > 0 AND c.price_per_minute > 0
GROUP BY a.trunk_id, c.destination_id
"""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From how many calls in an hour a sign is an alarm (`settings.ALARMS`)."""

    night_from: int
    night_until: int
    night_calls: int
    short_seconds: int
    short_calls: int
    new_price: Decimal
    new_calls: int
    at_once: int

    @classmethod
    def in_settings(cls) -> "Thresholds":
        return cls(**settings.ALARMS)

    @property
    def night(self) -> list[int]:
        """The hours of the night, in Minsk."""
        length = (self.night_until - self.night_from) % 24
        return [(self.night_from + hour) % 24 for hour in range(length)]


class Recent(NamedTuple):
    """Paid calls of a trunk to a destination in the last hour, also those in progress; `price` of a minute, net BYN."""

    trunk_id: int
    destination_id: int
    price: Decimal
    calls: int
    cost: Decimal
    short: int = 0
    night: int = 0


class Sign(NamedTuple):
    """A sign of a trunk: what was counted, the threshold, and what these calls cost, net BYN."""

    trunk_id: int
    sign: str
    seen: int
    threshold: int
    cost: Decimal

    @property
    def facts(self) -> dict[str, Any]:
        return {"count": self.seen, "threshold": self.threshold, "cost": str(self.cost)}


def recent(now: datetime, thresholds: Thresholds) -> list[Recent]:
    """Counted paid calls that began in the last hour, by trunk and destination; one query."""
    since = now - WINDOW
    days = {clock.minsk(moment).date() for moment in (since, now)}
    with connection.cursor() as cursor:
        cursor.execute(
            _RECENT,
            {
                "days": sorted(days),
                "months": sorted({Month.of(day).first_day for day in days}),
                "since": since,
                "now": now,
                "short": thresholds.short_seconds,
                "night": thresholds.night,
            },
        )
        return [Recent(*row) for row in cursor.fetchall()]


def signs(found: Iterable[Recent], at_once: dict[int, int], thresholds: Thresholds, today: date) -> list[Sign]:
    """The signs among these calls. `at_once`: paid calls in progress by trunk. One query if a dear destination is
    called often enough, else none."""
    rows = list(found)
    by_trunk: dict[int, list[Recent]] = {}
    for row in rows:
        by_trunk.setdefault(row.trunk_id, []).append(row)
    told = []
    for pk, own in by_trunk.items():
        cost = sum((row.cost for row in own), Decimal(0))
        night, short = sum(row.night for row in own), sum(row.short for row in own)
        for sign, count, threshold in (
            (AlarmSign.NIGHT, night, thresholds.night_calls),
            (AlarmSign.SHORT, short, thresholds.short_calls),
            (AlarmSign.AT_ONCE, at_once.get(pk, 0), thresholds.at_once),
        ):
            if count >= threshold:
                told.append(Sign(pk, sign, count, threshold, cost))
    return told + _new_destinations(rows, thresholds, today)


def _new_destinations(rows: Iterable[Recent], thresholds: Thresholds, today: date) -> list[Sign]:
    """Signs for expensive destinations that a trunk did not call in the last NEW_DAYS days. A trunk gets one sign, for
    the destination that cost most."""
    dear: dict[tuple[int, int], Recent] = {}
    for row in rows:
        if row.price >= thresholds.new_price:
            former = dear.get((row.trunk_id, row.destination_id))
            joined = (
                row if former is None else row._replace(calls=row.calls + former.calls, cost=row.cost + former.cost)
            )
            dear[row.trunk_id, row.destination_id] = joined
    often = {key: row for key, row in dear.items() if row.calls >= thresholds.new_calls}
    if not often:
        return []
    trunks, places = {pk for pk, _place in often}, {place for _pk, place in often}
    known = CallDailyTotal.objects.filter(
        Q(subscriber__in=trunks) | Q(subscriber__trunk__in=trunks),
        destination__in=places,
        direction=CallDirection.OUT,
        billed_seconds__gt=0,
        day__range=(today - timedelta(days=NEW_DAYS), today - timedelta(days=1)),
    ).values_list("subscriber__trunk_id", "subscriber_id", "destination_id")
    called = {(trunk_id or pk, place) for trunk_id, pk, place in known.distinct()}
    worst: dict[int, Recent] = {}
    for key, row in often.items():
        if key not in called and (row.trunk_id not in worst or worst[row.trunk_id].cost < row.cost):
            worst[row.trunk_id] = row
    return [Sign(pk, AlarmSign.NEW_DESTINATION, row.calls, thresholds.new_calls, row.cost) for pk, row in worst.items()]
