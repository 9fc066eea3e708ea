"""What an invoice charges: its lines, the charges behind a line, and sums by subscriber (4.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from billing.models import Invoice
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question
from subscribers.charges import GROUPS, ChargeKind
from subscribers.models import Charge, Subscriber

ZERO = Decimal("0.00")
PAGE_SIZE = 50
_SHOWN = ("place", "detail", "net", "vat", "subscriber__phone", "subscriber__label")  # by the page of a line
_PLACES = {kind: place for place, kind in enumerate(ChargeKind)}


@dataclass(frozen=True, slots=True)
class InvoiceLine(Taxed):
    """The charges for one item: a plan's fee, a service, a package, or calls to a destination. Late calls are separate
    lines, by the month they were made in. `quantity` counts calls, or days of a fee."""

    kind: ChargeKind
    key: int
    code: str
    name: str
    late_of: date | None
    subscribers: int
    quantity: int

    @property
    def late_month(self) -> Month | None:
        return Month.of(self.late_of) if self.late_of else None

    @property
    def title(self) -> str:
        """The name on documents: `Россия (звонки за сентябрь 2026)`."""
        if self.late_month is None:
            return self.name
        return _("%(name)s (звонки за %(month)s)") % {"name": self.name, "month": self.late_month.label}


@dataclass(frozen=True, slots=True)
class LineGroup(Taxed):
    """Lines of one kind."""

    kind: ChargeKind
    lines: Sequence[InvoiceLine]

    @property
    def title(self) -> str:
        return str(GROUPS[self.kind])


@dataclass(frozen=True, slots=True)
class SubscriberSum(Taxed):
    """What one subscriber adds to an invoice; `by_group`: gross sums of fees, of services and packages, of calls."""

    subscriber: Subscriber
    by_group: Sequence[Decimal]


def groups(invoice: Invoice) -> list[LineGroup]:
    """The invoice's lines by kind, in the order of documents; one query."""
    found: dict[ChargeKind, list[InvoiceLine]] = {}
    for line in lines(invoice):
        found.setdefault(line.kind, []).append(line)
    return [_group(kind, found[kind]) for kind in ChargeKind if kind in found]


def asks(invoice: Invoice) -> Question:
    """What `lines` and `groups` ask."""
    return _SUMS.of(invoice.account_id, invoice.closing_id)


def lines(invoice: Invoice) -> list[InvoiceLine]:
    """The invoice's charges summed by item, in the order of documents; one query."""
    ordered = sorted(asks(invoice).rows(), key=lambda row: (_PLACES[ChargeKind(row[0])], row[4] or date.min, row[9]))
    return [
        InvoiceLine(net, vat, ChargeKind(kind), key, code, name, late_of, who, count)
        for kind, key, code, name, late_of, net, vat, who, count, _first in ordered
    ]


def line(invoice: Invoice, kind: str, key: int, late_of: date | None) -> InvoiceLine | None:
    """One of the invoice's lines."""
    return next((one for one in lines(invoice) if (one.kind, one.key, one.late_of) == (kind, key, late_of)), None)


def charges(invoice: Invoice) -> QuerySet[Charge, Any]:
    """The charges that add up to the invoice."""
    return _charges(invoice.account_id, invoice.closing_id)


def _charges(account_id: Any, closing_id: Any) -> QuerySet[Charge, Any]:
    rows = Charge.objects.filter(account_id=account_id, closing_id=closing_id)
    return rows.select_related("subscriber").order_by("place")


def _sums(account_id: Any, closing_id: Any) -> QuerySet[Charge, Any]:
    rows = _charges(account_id, closing_id).order_by().values_list("kind", "key", "code", "name", "late_of")
    return rows.annotate(
        sum_net=Sum("net"),
        sum_vat=Sum("vat"),
        who=Count("subscriber", distinct=True),
        count=Sum("quantity"),
        first=Min("place"),
    )


_SUMS = Prepared(_sums, 2)


@cache
def _listing(*, late: bool) -> Listing[Charge]:
    """The charges of a kind and a key; `late`: those of one month that had closed already."""

    def rows(account_id: Any, closing_id: Any, kind: Any, key: Any, *months: Any) -> QuerySet[Charge, Any]:
        found = _charges(account_id, closing_id).filter(kind=kind, key=key).only(*_SHOWN)
        return found.filter(late_of=months[0]) if late else found.filter(late_of__isnull=True)

    return Listing(Charge, rows, 4 + late, order=["place", "id"])


def page_of_line(invoice: Invoice, line: InvoiceLine, *, onward: str = "", back: str = "") -> Page[Charge]:
    """A page of the charges behind a line, one per subscriber."""
    asked = (invoice.account_id, invoice.closing_id, line.kind.value, line.key)
    late = (line.late_of,) if line.late_of else ()
    return _listing(late=bool(late)).page(*asked, *late, size=PAGE_SIZE, onward=onward, back=back)


def by_subscriber(invoice: Invoice, *, most: int | None = None) -> list[SubscriberSum]:
    """The appendix: each subscriber's sums, trunks with their numbers; empty if there are more than `most` of them.

    In 2 queries.
    """
    parts = [Q(kind=ChargeKind.FEE), ~Q(kind__in=[ChargeKind.FEE, ChargeKind.CALLS]), Q(kind=ChargeKind.CALLS)]
    split = {f"{name}{at}": Sum(name, filter=part) for at, part in enumerate(parts) for name in ("net", "vat")}
    rows = charges(invoice).select_related(None).order_by().values("subscriber_id")
    rows = rows.annotate(first=Min("place"), sum_net=Sum("net"), sum_vat=Sum("vat"), **split).order_by("first")
    found = list(rows if most is None else rows[: most + 1])
    if most is not None and len(found) > most:
        return []
    known = Subscriber.objects.filter(account_id=invoice.account_id, charges__closing_id=invoice.closing_id).distinct()
    by_pk = {subscriber.pk: subscriber for subscriber in known}
    return [
        SubscriberSum(row["sum_net"], row["sum_vat"], by_pk[row["subscriber_id"]], _split(row, len(parts)))
        for row in found
    ]


def _split(row: Mapping[str, Any], parts: int) -> list[Decimal]:
    return [(row[f"net{at}"] or ZERO) + (row[f"vat{at}"] or ZERO) for at in range(parts)]


def _group(kind: ChargeKind, found: Sequence[InvoiceLine]) -> LineGroup:
    sums = Taxed.sum_of(found)
    return LineGroup(sums.net, sums.vat, kind, found)
