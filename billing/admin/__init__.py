from billing.admin import (
    adjustment,
    delivery,
    document,
    dunning,
    guarantee,
    invoice,
    letter,
    mailing,
    moved_day,
    order,
    payment,
    payment_return,
)

__all__ = [
    "adjustment",
    "delivery",
    "document",
    "dunning",
    "guarantee",
    "invoice",
    "letter",
    "mailing",
    "moved_day",
    "order",
    "payment",
    "payment_return",
]
