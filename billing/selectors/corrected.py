"""The sum of a document after its corrections. Pages show it beside the issued sum, never instead of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from sipcabinet.lib import money


@dataclass(frozen=True, slots=True)
class Corrected:
    """`total` (BYN) of an issued document after the corrections with these numbers, oldest first."""

    numbers: Sequence[str]
    total: Decimal

    @property
    def after(self) -> str:
        """`после корректировки № 000001`; for links to the corrections see `billing/corrected.html`."""
        if len(self.numbers) == 1:
            return _("после корректировки № %(numbers)s") % {"numbers": self.numbers[0]}
        return _("после корректировок № %(numbers)s") % {"numbers": ", ".join(self.numbers)}

    @property
    def title(self) -> str:
        """`После корректировки № 000001`: a row's caption."""
        return self.after[0].upper() + self.after[1:]

    @property
    def words(self) -> str:
        """`после корректировки № 000001: 1 076,36 BYN`."""
        return f"{self.after}: {money.show_byn(self.total)}"
