"""Stores the result of selectors/statement_coverage.py for customers' pages, which cannot read statements (2.2)."""

from billing.models import StatementsThrough
from billing.selectors import statement_coverage


def keep() -> None:
    """Updates the stored day: at each statement import, and hourly by dunning, since staff may have moved days off."""
    StatementsThrough.objects.update_or_create(pk=1, defaults={"through": statement_coverage.complete_through()})
