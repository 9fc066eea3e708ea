"""Moments as the customer's clock shows them."""

from datetime import datetime

from sipcabinet.lib.clock import MINSK


def minsk(text: str) -> datetime:
    """`2026-11-22 10:00` of Minsk."""
    return datetime.fromisoformat(text).replace(tzinfo=MINSK)
