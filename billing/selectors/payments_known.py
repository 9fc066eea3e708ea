"""Up to which day the payments of bank statements are booked: a page says that and not its own clock (2.2)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Subquery
from django.utils.translation import gettext as _

from billing.models import StatementsThrough
from sipcabinet.lib import clock


@dataclass(frozen=True, slots=True)
class PaymentsKnown:
    """`through`: the last day up to which no working day lacks a statement, today at the latest; None without any."""

    through: date | None

    @property
    def words(self) -> str:
        """A sentence without its full stop: `Платежи по выпискам банка по 27.11.2026`."""
        if self.through is None:
            return _("Выписки банка ещё не поступали")
        return _("Платежи по выпискам банка по %(day)s") % {"day": clock.show_date(self.through)}


def of_statements() -> PaymentsKnown:
    """In one query of one row."""
    return read(StatementsThrough.objects.values_list("through", flat=True).first())


def told() -> Subquery:
    """What `read` reads, for a page that asks for a row of its account anyway."""
    return Subquery(StatementsThrough.objects.values("through")[:1])


def read(through: date | None) -> PaymentsKnown:
    """Days off after the last statement count as covered; those that are still to come say nothing to a customer."""
    return PaymentsKnown(through and min(through, clock.today()))
