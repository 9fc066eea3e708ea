"""Rates by longest prefix and date, in whole millionths of a rouble (micro-BYN): exact, and fast enough for files."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from sipcabinet.lib.periods import midnight

MICRO = 1_000_000
HOME = "+375"
_EVER = datetime.max.replace(tzinfo=UTC)
IsOurs = Callable[[str, datetime], bool]


@dataclass(frozen=True, slots=True)
class RateRow:
    """A line of the price list: calls to numbers that begin with `prefix`, from `valid_from` to before `valid_to`.

    A prefix is the beginning of an E.164 number with its plus (`+37529`; `+` alone is the rest of the world) or of a
    short number as dialled (`112`, `1`). Dates are days in Minsk. `included` destinations use the included minutes;
    `on_net` also applies to calls that reach our subscribers under any number (numbers are portable).
    """

    prefix: str
    destination: str
    price_per_minute: Decimal
    first_increment: int = 60
    next_increment: int = 1
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None
    included: bool = False
    on_net: bool = False


class ListedRate(NamedTuple):
    """A rate in force: `micro_per_minute` in micro-BYN, increments in seconds, valid in `[begins, ends)`. `prefix` is
    that of its RateRow."""

    destination: str
    micro_per_minute: int
    first_increment: int
    next_increment: int
    included: bool
    begins: datetime
    ends: datetime
    prefix: str = ""

    def billed(self, billsec: int) -> int:
        """Seconds to pay for."""
        return billed_seconds(billsec, self.first_increment, self.next_increment)


class RateTable:
    """The price list, built once per import. `is_ours(e164, moment)` says whether a number is our subscriber's."""

    def __init__(self, rows: Iterable[RateRow], is_ours: IsOurs | None = None) -> None:
        by_prefix: dict[str, list[ListedRate]] = defaultdict(list)
        self._on_net: list[ListedRate] = []
        for row in sorted(rows, key=lambda row: (row.prefix, row.valid_from)):
            rate = _in_force(row)
            by_prefix[row.prefix].append(rate)
            if row.on_net:
                self._on_net.append(rate)
        self._by_prefix = dict(by_prefix)
        self._longest = max(map(len, by_prefix), default=0)
        self._is_ours = is_ours
        self._candidates = lru_cache(maxsize=200_000)(self._find_candidates)

    def rate(self, called: str, moment: datetime) -> ListedRate | None:
        """The rate for a call to `called` (E.164 or a short number) started at `moment`; None if there is none."""
        ours = self._is_ours is not None and self._is_ours(called, moment)
        return self.rate_of(called, moment, ours=ours)

    def rate_of(self, called: str, moment: datetime, *, ours: bool) -> ListedRate | None:
        """Like `rate`, if the caller already knows whether the number is our subscriber's (`ours`)."""
        for rate in (*self._on_net, *self._candidates(called)) if ours else self._candidates(called):
            if rate.begins <= moment < rate.ends:
                return rate
        return None

    def _find_candidates(self, called: str) -> tuple[ListedRate, ...]:
        """All rates whose prefix fits, longest first; a number of HOME never gets the rest-of-the-world rate."""
        shortest = len(HOME) if called.startswith(HOME) else 1
        lengths = range(min(self._longest, len(called)), shortest - 1, -1)
        return tuple(rate for length in lengths for rate in self._by_prefix.get(called[:length], ()))


def _in_force(row: RateRow) -> ListedRate:
    return ListedRate(
        destination=row.destination,
        micro_per_minute=to_micro(row.price_per_minute),
        first_increment=row.first_increment,
        next_increment=row.next_increment,
        included=row.included,
        begins=midnight(row.valid_from).astimezone(UTC),
        ends=midnight(row.valid_to).astimezone(UTC) if row.valid_to else _EVER,
        prefix=row.prefix,
    )


def billed_seconds(billsec: int, first: int, following: int) -> int:
    """Seconds to pay for: the whole first increment, then whole further increments; 0 for an unanswered call."""
    if billsec <= 0:
        return 0
    if billsec <= first:
        return first
    return first - (first - billsec) // following * following


def cost_micro(micro_per_minute: int, seconds: int) -> int:
    """Price of `seconds` in micro-BYN, rounded half up."""
    return (2 * micro_per_minute * seconds + 60) // 120


def to_micro(amount: Decimal) -> int:
    """The amount in whole micro-BYN; raises ValueError if it has more than six places."""
    scaled = amount * MICRO
    if scaled != int(scaled):
        raise ValueError(f"more than six places: {amount}")
    return int(scaled)


def from_micro(micro: int) -> Decimal:
    """The amount as a Decimal with six places."""
    return Decimal(micro).scaleb(-6)
