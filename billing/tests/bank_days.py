"""Imports complete bank statements up to a day: without them nobody is restricted for debt."""

from datetime import date, datetime, time, timedelta

from billing.models import StatementImport
from billing.tests import bank_files
from sipcabinet.lib.clock import MINSK

FIRST, LAST = date(2020, 1, 1), date(2040, 12, 27)


def read(first: date = FIRST, last: date = LAST, *, iban: str = bank_files.OURS, at: datetime | None = None) -> None:
    """Imports a statement of these days without movements, on the morning after the last day or at the moment `at`."""
    StatementImport.objects.create(
        file_name=f"{last}.txt",
        format="client-bank",
        sha256="0" * 64,
        iban=iban,
        first_day=first,
        last_day=last,
        opening=0,
        closing=0,
        imported_at=at or datetime.combine(last + timedelta(days=1), time(8), tzinfo=MINSK),
    )
