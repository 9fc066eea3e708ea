from billing.admin import document, dunning, guarantee, letter, order

__all__ = ["document", "dunning", "guarantee", "letter", "order"]
