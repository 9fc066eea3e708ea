"""The cost of a call: pure functions of the call, the rates and the minutes left. No database (4.5)."""

from subscribers.rating.allowance import (
    AllowanceState,
    Charged,
    Usage,
    call_key,
    charge,
    included_seconds_of,
    recompute,
    take_left,
)
from subscribers.rating.rates import ListedRate, RateRow, RateTable, billed_seconds, cost_micro, from_micro, to_micro

__all__ = [
    "AllowanceState",
    "Charged",
    "ListedRate",
    "RateRow",
    "RateTable",
    "Usage",
    "billed_seconds",
    "call_key",
    "charge",
    "cost_micro",
    "from_micro",
    "included_seconds_of",
    "recompute",
    "take_left",
    "to_micro",
]
