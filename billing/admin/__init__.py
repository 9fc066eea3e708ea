from billing.admin import delivery, document, dunning, guarantee, invoice, letter, mailing, order, payment

__all__ = ["delivery", "document", "dunning", "guarantee", "invoice", "letter", "mailing", "order", "payment"]
