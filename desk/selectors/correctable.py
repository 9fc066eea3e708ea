"""The lines of an invoice as the correction form offers them; how a new sum of a line falls on its charges (4.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from billing.models import Invoice
from billing.selectors import corrections, invoice_lines
from billing.selectors.invoice_lines import InvoiceLine
from billing.services.money_terms import ChargeChange
from sipcabinet.lib.money import KOPECK
from subscribers.models import Charge

MOST_CHARGES = 5000  # of one invoice: more are not corrected on a page


@dataclass(frozen=True, slots=True)
class Row:
    """A line, or one number's charge of it: `now` is its net after earlier corrections, BYN."""

    key: str
    title: str
    charges: Sequence[Charge]
    nets: Mapping[int, Decimal]

    @property
    def now(self) -> Decimal:
        return sum((self.nets[one.pk] for one in self.charges), Decimal("0.00"))

    @property
    def numbers(self) -> int:
        """How many subscribers the line charges."""
        return len({one.subscriber_id for one in self.charges})

    def changed_to(self, net: Decimal) -> list[ChargeChange]:
        """The line's charges with a new sum, each in the share that it has now; charges that stay are left out.

        Shares are cut to kopecks; what is missing then goes to the largest ones, so the sum is exact.
        """
        shares = self._shares(net)
        changes = [ChargeChange(one, shares[one.pk], self.nets[one.pk]) for one in self.charges]
        return [one for one in changes if one.net != one.was]

    def _shares(self, net: Decimal) -> dict[int, Decimal]:
        whole, last = self.now, self.charges[0]
        if len(self.charges) == 1 or not whole:
            return {one.pk: net if one is last else Decimal("0.00") for one in self.charges}
        exact = {one.pk: net * self.nets[one.pk] / whole for one in self.charges}
        cut = {pk: share.quantize(KOPECK, ROUND_DOWN) for pk, share in exact.items()}
        missing = int((net - sum(cut.values())) / KOPECK)
        for pk in sorted(cut, key=lambda pk: (cut[pk] - exact[pk], pk))[:missing]:
            cut[pk] += KOPECK
        return cut


def rows(invoice: Invoice, line: str = "") -> list[Row] | None:
    """The invoice's lines; with the key of one of them, its charges by number. None for an invoice too long for a page.

    Three queries.
    """
    charges = list(invoice_lines.charges(invoice)[: MOST_CHARGES + 1])
    if len(charges) > MOST_CHARGES:
        return None
    added = corrections.added(charges)
    nets = {one.pk: one.net + added[one.pk][0] for one in charges}
    titles = {_key(one): one.title for one in invoice_lines.lines(invoice)}
    of_line: dict[str, list[Charge]] = {}
    for one in charges:
        of_line.setdefault(_key(one), []).append(one)
    if line:
        return [Row(f"c{one.pk}", f"{titles[line]}, {one.subscriber}", [one], nets) for one in of_line.get(line, [])]
    return [Row(key, titles[key], found, nets) for key, found in of_line.items()]


def _key(one: Charge | InvoiceLine) -> str:
    """`fee-3-`, `calls-5-2026-09-01`: the kind, the item and the month of late calls."""
    return f"{one.kind}-{one.key}-{one.late_of or ''}"
