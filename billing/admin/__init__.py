from billing.admin import document, dunning, guarantee, letter, order, payment

__all__ = ["document", "dunning", "guarantee", "letter", "order", "payment"]
