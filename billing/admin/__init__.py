from billing.admin import delivery, document, dunning, guarantee, invoice, letter, mailing, moved_day, order, payment

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
]
