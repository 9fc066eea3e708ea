"""The rows that an import leaves, in a form that does not depend on when and how the file was imported."""

from pathlib import Path
from typing import Any

from sipcabinet.lib import clock
from subscribers.calls import imports, sources
from subscribers.models import Allowance, CallDailyTotal, CallImport, CallOutcome, CallRecord, CallReject, PartyTotal


def take(path: Path, source_name: str = "main") -> imports.ImportCounts:
    source = sources.find(name=source_name, fmt="freeswitch")
    return imports.run(imports.begin(path=path, source=source), path)


def snapshot() -> dict[str, list[Any]]:
    """Calls with their prices, daily totals and allowances."""
    calls = CallRecord.objects.order_by("call_id", "leg", "direction").values_list(
        "call_id", "leg", "direction", "subscriber_id", "trunk_id", "started_at", "outcome", "talk_seconds",
        "other_party", "destination_id", "price_per_minute", "billed_seconds", "included_seconds", "cost",
        "charged_in",
    )  # fmt: skip
    key = ("subscriber_id", "day", "direction", "destination_id", "charged_in")
    totals = CallDailyTotal.objects.order_by(*key).values_list(
        *key, "calls", "answered", "talk_seconds", "billed_seconds",
        "included_seconds", "cost",
    )  # fmt: skip
    minutes = Allowance.objects.order_by("trunk_id", "month").values_list(
        "trunk_id", "month", "granted_seconds", "used_seconds", "watermark"
    )
    return {"calls": list(calls), "totals": list(totals), "minutes": list(minutes)}


def in_use(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The snapshot without allowances that no call has used: those rows may be missing."""
    return found | {"minutes": [row for row in found["minutes"] if row[-1]]}


def totals_are_sums() -> bool:
    """Whether the daily totals and the totals by the other party equal the sums of the calls."""
    days = _Sums()
    for call in CallRecord.objects.all():
        day = clock.minsk(call.started_at).date()
        key = (call.subscriber_id, day, call.direction, call.destination_id, call.charged_in)
        days.add(key, (1, int(call.outcome == CallOutcome.ANSWERED), *_amounts(call)))
    return {row[:5]: [*row[5:]] for row in snapshot()["totals"]} == days and party_totals_are_sums()


def party_totals_are_sums() -> bool:
    """Whether the totals by the other party equal the sums of the calls; rows of deleted calls add up to nothing."""
    wanted, found = _Sums(), _Sums()
    for call in CallRecord.objects.all():
        wanted.add(_party(call), (1, int(call.outcome == CallOutcome.ANSWERED), *_amounts(call)))
    for row in PartyTotal.objects.all():
        found.add(_party(row), (row.calls, row.answered, *_amounts(row)))
    return {key: sums for key, sums in found.items() if any(sums)} == wanted


class _Sums(dict[tuple[Any, ...], list[Any]]):
    def add(self, key: tuple[Any, ...], amounts: tuple[Any, ...]) -> None:
        sums = self.setdefault(key, [0] * len(amounts))
        sums[:] = [before + more for before, more in zip(sums, amounts, strict=True)]


def _amounts(row: CallRecord | PartyTotal) -> tuple[Any, ...]:
    return row.talk_seconds, row.billed_seconds, row.included_seconds, row.cost


def _party(row: CallRecord | PartyTotal) -> tuple[Any, ...]:
    own = (row.account_id, row.subscriber_id, row.month, row.charged_in)
    return *own, row.direction, row.other_party, row.destination_id


def forget() -> None:
    """Empties all tables that imports write."""
    for model in (CallRecord, CallDailyTotal, Allowance, CallReject, CallImport):
        model._default_manager.all().delete()
