"""Stored second legs: they connect a counted call with a leg of a leg whose row arrives in another file (4.4)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from subscribers.calls.rows import Leg
from subscribers.models import SecondLeg

# One array: an `IN` of thousands of ids takes longer to parse than to look up.
_NAMING = "SELECT * FROM subscribers_secondleg WHERE source_id = %s AND names = ANY(%s)"
_CHAIN = 20  # legs followed at most: a call is transferred a few times


def keep(found: Iterable[Leg]) -> None:
    """Stores second legs that name further legs. Call with their sources locked."""
    SecondLeg.objects.bulk_create(
        (
            SecondLeg(
                source_id=leg.source_id,
                call_id=leg.call_id,
                names=leg.names,
                started_at=datetime.fromtimestamp(leg.started, UTC),
                duration=leg.ended - leg.started,
                called=leg.called,
                brought_to=leg.brought_to,
            )
            for leg in found
        ),
        ignore_conflicts=True,
    )


def naming(source_id: int, ids: Collection[str]) -> dict[str, list[Leg]]:
    """The stored second legs that name these ids, by the id."""
    found: dict[str, list[Leg]] = defaultdict(list)
    if not SecondLeg.objects.filter(source=source_id).exists():
        return found
    for row in SecondLeg.objects.raw(_NAMING, [source_id, list(ids)]):
        started = int(row.started_at.timestamp())
        found[row.names].append(
            Leg(source_id, row.call_id, row.names, started, started + row.duration, row.called, row.brought_to)
        )
    return found


def leads_to(first: Leg, second: Leg, batch: Mapping[str, str]) -> bool:
    """Whether the first leg names the second one through further legs: then the second is a leg of the first's call.

    `batch`: the id that each row of the batch names, by the row's id.
    """
    named = first.names
    for _step in range(_CHAIN):
        stored = SecondLeg.objects.filter(source=first.source_id, call_id=named).values_list("names", flat=True)
        following = batch.get(named) or stored.first()
        if not following:
            return False
        if following == second.call_id:
            return True
        named = following
    return False


def let_go(before: datetime) -> int:
    """Deletes second legs that began before the moment; returns how many."""
    deleted, _by_model = SecondLeg.objects.filter(started_at__lt=before).delete()
    return deleted
