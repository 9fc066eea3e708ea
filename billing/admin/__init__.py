from billing.admin import (
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
