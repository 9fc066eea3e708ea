"""Up to which day the payments of bank statements are booked: pages show this day instead of today's date (2.2)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Subquery
from django.utils.translation import gettext as _

from billing.models import StatementsThrough
from sipcabinet.lib import clock
from sipcabinet.lib.prepared import Prepared


@dataclass(frozen=True, slots=True)
class PaymentsKnown:
    """`through`: the last day up to which no working day lacks a statement, at most today; None without statements."""

    through: date | None

    @property
    def words(self) -> str:
        """A sentence without its full stop: `Платежи по выпискам банка по 27.11.2026`."""
        if self.through is None:
            return _("Выписки банка ещё не поступали")
        return _("Платежи по выпискам банка по %(day)s") % {"day": clock.show_date(self.through)}


def of_statements() -> PaymentsKnown:
    """Reads the stored day; one query of one row."""
    found = _THROUGH.first()
    return read(found[0] if found else None)


_THROUGH = Prepared(lambda: StatementsThrough.objects.order_by("pk").values_list("through")[:1], 0)


def told() -> Subquery:
    """A subquery for the stored day: a page adds it to a query that it makes anyway, and gives the result to `read`."""
    return Subquery(StatementsThrough.objects.values("through")[:1])


def read(through: date | None) -> PaymentsKnown:
    """Makes PaymentsKnown from the stored day. A stored day after today (coming days off) counts as today."""
    return PaymentsKnown(through and min(through, clock.today()))
