from billing.admin import document, letter, order

__all__ = ["document", "letter", "order"]
