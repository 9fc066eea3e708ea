"""Stores second legs that name a further leg, so that the further leg is recognised if another file brings it (4.4)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from subscribers.calls.rows import Leg
from subscribers.models import SecondLeg

# One array: an `IN` of thousands of ids takes longer to parse than to look up.
_NAMING = "SELECT * FROM subscribers_secondleg WHERE source_id = %s AND names = ANY(%s)"
_CHAIN = 20  # legs followed at most: a call is transferred a few times


def keep(found: Iterable[Leg]) -> None:
    """Stores these second legs; each names a further leg. The caller has locked their sources (`legs.hold`)."""
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
    """The source's stored second legs that name one of these ids, grouped by the id that they name."""
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
    """Whether a chain leads from the first leg to the second, in which each leg names the next one.

    Then the second leg belongs to the call of the first. At least one other leg is between them, and at most `_CHAIN`
    legs are followed. `batch`: the id of each row of the batch → the id that the row names.
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
