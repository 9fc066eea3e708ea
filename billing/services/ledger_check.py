"""The nightly check of the books: logs every difference as an error, with its ids (2.1)."""

from dataclasses import asdict

import structlog

from billing.selectors import ledger_check
from billing.selectors.ledger_check import Difference

log = structlog.get_logger(__name__)
TASK = "billing.check_ledger"


def run() -> list[Difference]:
    """Runs all comparisons and corrects nothing: a difference is an error that a person has to investigate."""
    found = ledger_check.differences()
    for difference in found:
        log.error("ledger_differs", **asdict(difference))
    return found
