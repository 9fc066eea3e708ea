"""Stores the result of selectors/statement_coverage.py for customers' pages, which cannot read statements (2.2)."""

from datetime import date

from billing.models import StatementsThrough
from billing.selectors import statement_coverage


def renew() -> None:
    """Counts the day anew and stores it: at each statement import, and when staff have moved days off."""
    keep(statement_coverage.complete_through())


def keep(through: date | None) -> None:
    """Stores the day up to which statements are complete; None if an account has none. Dunning does so hourly."""
    StatementsThrough.objects.update_or_create(pk=1, defaults={"through": through})
