"""Included minutes of a trunk in a month: which of its calls are covered, in time order (4.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sipcabinet.lib.periods import Month
from subscribers.rating.rates import cost_micro


def call_key(started: int, source: str, call_id: str, leg: str) -> str:
    """Sort key that puts calls in time order; `started` is in seconds of Unix time.

    The key does not depend on when or from which file the call was imported.
    """
    return f"{started:012d}\x1f{source}\x1f{call_id}\x1f{leg}"


class CoverableCall(NamedTuple):
    """An outgoing call to an included destination, with its sort key (`call_key`). `billed` are seconds."""

    key: str
    billed: int
    micro_per_minute: int


class PricedCall(NamedTuple):
    """Result for a call: seconds covered, seconds to pay for, and their price in micro-BYN."""

    covered: int
    priced: int
    cost: int


@dataclass(frozen=True, slots=True)
class AllowanceState:
    """State of a trunk's month: seconds granted and used, and the key of the last counted call."""

    granted: int
    used: int = 0
    watermark: str = ""

    @property
    def left(self) -> int:
        """Seconds left."""
        return self.granted - self.used

    def takes(self, calls: Iterable[CoverableCall]) -> bool:
        """Whether the calls may be appended: all of them are later than the last counted call."""
        return all(call.key > self.watermark for call in calls)


def price_calls(state: AllowanceState, calls: Iterable[CoverableCall]) -> tuple[AllowanceState, list[PricedCall]]:
    """Returns the state after the calls, and the result for each call in the order given.

    The calls must be in order of their keys and after the watermark, else ValueError. The allowance covers the first
    billed seconds of a call; the rest is priced by the second, without a new minimum.
    """
    used, last = state.used, state.watermark
    outcome = []
    for call in calls:
        if call.key <= last:
            raise ValueError("calls are not in order")
        last = call.key
        covered = min(call.billed, state.granted - used)
        used += covered
        outcome.append(priced(call, covered))
    return AllowanceState(state.granted, used, last), outcome


def priced(call: CoverableCall, covered: int) -> PricedCall:
    """The result for a call of which `covered` seconds are free."""
    rest = call.billed - covered
    return PricedCall(covered, rest, cost_micro(call.micro_per_minute, rest))


def take_left(left: int, calls: Iterable[CoverableCall]) -> list[PricedCall]:
    """Results for calls imported after their month closed: in the order given, they use the seconds left."""
    outcome = []
    for call in calls:
        covered = max(0, min(call.billed, left))
        left -= covered
        outcome.append(priced(call, covered))
    return outcome


def recompute(
    granted: int, calls: Iterable[CoverableCall]
) -> tuple[AllowanceState, list[CoverableCall], list[PricedCall]]:
    """Recounts a whole month from calls in any order: the state, the calls in order, and the result for each."""
    ordered = sorted(calls, key=lambda call: call.key)
    state, outcome = price_calls(AllowanceState(granted), ordered)
    return state, ordered, outcome


def included_seconds_of(minutes: int, connected_on: date, month: Month) -> int:
    """Seconds included in a month: none before the month of the connection, the full minutes after it; in that month
    the share of its days from the connection on, rounded up to a whole minute (the unit sold and shown)."""
    if connected_on > month.last_day:
        return 0
    if connected_on <= month.first_day:
        return minutes * 60
    days = month.days - connected_on.day + 1
    return -(-minutes * days // month.days) * 60
