"""Counts of durable work, for the operator's monitoring: how much is due, and for how long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

from sipcabinet.lib import clock
from sipcabinet.lib.durable import DurableJob, JobState

# Both read only partial indexes (`…_due` and `…_stopped`), however many rows are done.
_WAITING = """
SELECT '{kind}',
    count(*) FILTER (WHERE NOT taken AND due_at <= %s),
    count(*) FILTER (WHERE taken),
    count(*) FILTER (WHERE NOT taken AND due_at > %s),
    extract(epoch FROM %s - min(due_at) FILTER (WHERE NOT taken AND due_at <= %s))::float
FROM (SELECT due_at, coalesce(claimed_until > clock_timestamp(), false) AS taken FROM {table}
    WHERE state = 'waiting') AS waiting
"""
_STOPPED = "SELECT '{kind}', state, count(*) FROM {table} WHERE state IN ('refused', 'parked') GROUP BY state"
# The oldest unclaimed row comes first in the index; rows that are claimed just now are few.
_OLDEST = """
SELECT '{kind}', due_at FROM (SELECT due_at FROM {table}
    WHERE state = 'waiting' AND due_at <= %s AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
    ORDER BY due_at LIMIT 1) AS oldest
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The waiting rows of one kind: `due` ones that no worker has, `claimed` ones, and those due `later`.

    `oldest_seconds` is the age of the oldest due row, 0 where none is due.
    """

    kind: str
    due: int
    claimed: int
    later: int
    oldest_seconds: float


def kinds() -> list[type[DurableJob]]:
    return [model for model in apps.get_models() if issubclass(model, DurableJob)]


def kind_of(model: type[Model]) -> str:
    """The name of a kind of work in logs and metrics."""
    return str(model._meta.model_name)


def waiting() -> list[Waiting]:
    """One query."""
    now = clock.now()
    rows = _rows(_WAITING, [now] * 4)
    return [Waiting(kind, due, claimed, later, max(0.0, age or 0.0)) for kind, due, claimed, later, age in rows]


def stopped() -> dict[tuple[str, str], int]:
    """How many rows of a kind are refused or parked; one query. A pair without rows has a 0."""
    states = (JobState.REFUSED, JobState.PARKED)
    counts = {(kind_of(model), str(state)): 0 for model in kinds() for state in states}
    return counts | {(kind, state): count for kind, state, count in _rows(_STOPPED, [])}


def oldest_due_seconds() -> float:
    """The age of the oldest due row of all kinds that no worker has; 0 where none is due. One query."""
    now = clock.now()
    return max(((now - due_at).total_seconds() for _kind, due_at in _rows(_OLDEST, [now])), default=0.0)


def due_kinds() -> list[str]:
    """The kinds (`kind_of`) that have due rows which no worker has; one query."""
    return [kind for kind, _due_at in _rows(_OLDEST, [clock.now()])]


def _rows(sql: str, values: Sequence[datetime]) -> Iterator[tuple[Any, ...]]:
    quote = connection.ops.quote_name
    each = [sql.format(kind=kind_of(model), table=quote(model._meta.db_table)) for model in kinds()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each), [*values] * len(each))
        yield from cursor.fetchall()
