"""Whether what a calculation of a month has read has changed since: calls, prices, numbers and services (4.7)."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from sipcabinet.lib.periods import Month

# One statement. Calls: the newest record that the month may charge (an index of each partition), and how many calls on
# hold are decided. Prices: a sum over the rows in force in the month. Operations and numbers: the newest, by their
# keys; numbers closed in the month, by index.
_PRICES = (
    *("subscribers_planterms", "subscribers_serviceprice", "subscribers_channelprice", "subscribers_minuteprice"),
    *("subscribers_vatrate", "subscribers_rate"),
)
_ROWS = (
    "SELECT hashtextextended(t::text, 0)::numeric AS hash FROM {table} t"
    " WHERE valid_from <= %(last)s AND (valid_until IS NULL OR valid_until > %(first)s)"
)
_MARKS = """
SELECT coalesce((SELECT max(id) FROM subscribers_callrecord WHERE month <= %(first)s), 0)
        + (SELECT count(*) FROM subscribers_heldcall WHERE state = 'settled' AND month <= %(first)s),
    coalesce((SELECT sum(hash) FROM ({prices}) AS prices), 0)::text,
    coalesce((SELECT max(id) FROM subscribers_operation), 0),
    coalesce((SELECT max(id) FROM subscribers_subscriber), 0),
    (SELECT count(*) || ' ' || coalesce(sum(extract(epoch FROM closed_at)), 0) FROM subscribers_subscriber
        WHERE closed_at >= %(start)s AND closed_at < %(end)s),
    (SELECT count(*) FROM subscribers_callimport WHERE undone_at IS NOT NULL)
""".replace("{prices}", " UNION ALL ".join(_ROWS.replace("{table}", table) for table in _PRICES))
# Packages of minutes may begin and end on an earlier day, services and channels change at the moment of the operation.
_NUMBERS_CHANGED = """
SELECT EXISTS (SELECT FROM subscribers_operation WHERE id > %(operations)s
    AND (kind = 'minutes' OR (made_at < %(end)s AND kind IN ('services_added', 'services_removed', 'channels'))))
OR EXISTS (SELECT FROM subscribers_subscriber WHERE id > %(numbers)s AND connected_at < %(end)s)
"""


@dataclass(frozen=True, slots=True)
class Marks:
    """Values that differ once calls, prices or operations have come or changed."""

    calls: int
    prices: str
    operations: int
    numbers: int
    closed: str
    undone: int

    @property
    def stored(self) -> dict[str, Any]:
        """The marks as JSON."""
        return asdict(self)


def marks(month: Month) -> Marks:
    """The marks of now; one query."""
    values = {"first": month.first_day, "last": month.last_day, "start": month.start, "end": month.end}
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, values)
        return Marks(*cursor.fetchone())


def since(month: Month, made_of: dict[str, Any]) -> list[str]:
    """What has changed since the marks `made_of`, in words; at most two queries."""
    now, found = marks(month), []
    if now.calls != made_of["calls"]:
        found.append(_("пришли новые звонки"))
    if now.undone != made_of.get("undone", 0):  # older calculations have no such mark
        found.append(_("отменена загрузка звонков"))
    if now.prices != made_of["prices"]:
        found.append(_("изменились цены"))
    if _numbers_changed(month, now, made_of):
        found.append(_("изменились номера или услуги"))
    return found


def _numbers_changed(month: Month, now: Marks, made_of: dict[str, Any]) -> bool:
    if now.closed != made_of["closed"]:
        return True
    if (now.operations, now.numbers) == (made_of["operations"], made_of["numbers"]):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS_CHANGED, {**made_of, "end": month.end})
        return bool(cursor.fetchone()[0])
