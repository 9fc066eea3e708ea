"""The cost of a call: pure functions of the call, the rates and the minutes left. No database (4.5)."""

from subscribers.rating.allowance import (
    AllowanceState,
    CoverableCall,
    PricedCall,
    call_key,
    included_seconds_of,
    price_calls,
    recompute,
    take_left,
)
from subscribers.rating.rates import ListedRate, RateRow, RateTable, billed_seconds, cost_micro, from_micro, to_micro

__all__ = [
    "AllowanceState",
    "CoverableCall",
    "ListedRate",
    "PricedCall",
    "RateRow",
    "RateTable",
    "billed_seconds",
    "call_key",
    "cost_micro",
    "from_micro",
    "included_seconds_of",
    "price_calls",
    "recompute",
    "take_left",
    "to_micro",
]
