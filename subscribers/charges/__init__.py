"""What a subscriber owes for a month: fees by the day and calls by destination, net and VAT. Pure."""

from subscribers.charges.calculation import CallTotal, Fee, calculate, calculate_all, total
from subscribers.charges.fees import Period, PriceMissingError, PricePeriod, by_price, charged_days, price_on, prorated
from subscribers.charges.lines import GROUPS, ChargeKind, ChargeLine, Charges, Group

__all__ = [
    "GROUPS",
    "CallTotal",
    "ChargeKind",
    "ChargeLine",
    "Charges",
    "Fee",
    "Group",
    "Period",
    "PriceMissingError",
    "PricePeriod",
    "by_price",
    "calculate",
    "calculate_all",
    "charged_days",
    "price_on",
    "prorated",
    "total",
]
