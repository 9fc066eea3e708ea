"""Charges of the current month so far, for the whole account or for some of its subscribers (2.3.5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import Account
from billing.selectors.invoice_lines import ZERO, InvoiceLine, LineGroup, SubscriberSum
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of
from subscribers.charges import ChargeKind, ChargeLine, Charges
from subscribers.models import Subscriber
from subscribers.selectors import charges, prices

# Each trunk before its numbers.
_ORDER = (Coalesce("trunk__phone", "phone"), F("trunk").asc(nulls_first=True), "phone", "pk")


@dataclass(frozen=True, slots=True)
class CurrentCharges(Taxed):
    """Charges of a month that may not have ended: `groups` by kind, as on an invoice, and `charges` by the subscriber's
    primary key, each trunk before its numbers, like `subscribers` (with what pages and documents show of them).

    `until` is the last day whose fees are counted.
    """

    month: Month
    until: date
    vat_percent: Decimal
    groups: Sequence[LineGroup]
    charges: Mapping[int, Charges]
    subscribers: Sequence[Subscriber]

    @property
    def total(self) -> Decimal:
        """With VAT; named `total` as on an invoice."""
        return self.gross


def counted(account: Account, month: Month, ids: Collection[int] | None = None) -> CurrentCharges:
    """Counts the account's charges of the month; with `ids`, only those of these subscribers. In 5 queries.

    Raises VatMissingError and PriceMissingError.
    """
    found = charges.of_account(account, month) if ids is None else charges.of_subscribers(account, month, ids)
    sums = Taxed.sum_of(one.taxed for one in found.values())
    ordered = _IN_ORDER.rows(account.pk, list(found))
    return CurrentCharges(
        net=sums.net,
        vat=sums.vat,
        month=month,
        until=min(month.last_day, clock.today()),
        vat_percent=next((one.vat_percent for one in found.values()), None) or prices.vat_percent(month),
        groups=_groups(found),
        charges={one.pk: found[one.pk] for one in ordered},
        subscribers=ordered,
    )


def by_subscriber(found: CurrentCharges, part: slice) -> list[SubscriberSum]:
    """What each subscriber in a slice of `found.subscribers` adds to the total."""
    return [_of_subscriber(one, found.charges[one.pk]) for one in found.subscribers[part]]


def subscribers(account: Account, ids: Iterable[int] | None) -> list[Subscriber]:
    """The account's subscribers with these primary keys, each trunk before its numbers."""
    rows = tenancy.of(account).rows(Subscriber).filter(pk__in=list(ids or ())).select_related("trunk")
    return list(rows.order_by(*_ORDER))


def by_phones(account: Account, month: Month, phones: Collection[str]) -> dict[str, list[int]]:
    """Primary keys of the account's subscribers that had these phone numbers in the month, by phone number.

    Numbers the account did not have are left out. A number closed and opened again within the month has two keys.
    """
    there = Q(closed_at__isnull=True) | Q(closed_at__gt=month.start)
    rows = tenancy.of(account).rows(Subscriber).filter(there, phone__in=phones, connected_at__lt=month.end)
    found: dict[str, list[int]] = defaultdict(list)
    for pk, phone in rows.values_list("pk", "phone").order_by("pk"):
        found[phone].append(pk)
    return dict(found)


_SHOWN = ("phone", "label", "kind")  # a large account has thousands of subscribers: no more of them is read
_IN_ORDER = Prepared(
    lambda account, pks: tenancy.of(account).rows(Subscriber).filter(any_of("pk", pks)).order_by(*_ORDER).only(*_SHOWN),
    2,
)
_PARTS = {ChargeKind.FEE: 0, ChargeKind.CALLS: 2}  # of `SubscriberSum.by_group`; services and packages are 1


def _groups(found: Mapping[int, Charges]) -> list[LineGroup]:
    """The subscribers' lines summed by item, in the order in which each subscriber has them."""
    things: dict[tuple[ChargeKind, int, date | None], list[ChargeLine]] = defaultdict(list)
    for one in found.values():
        for line in one.lines:
            things[line.kind, line.key, line.late_of].append(line)
    lines = [_line(parts) for parts in things.values()]
    groups = ((kind, [line for line in lines if line.kind == kind]) for kind in ChargeKind)
    return [_group(kind, mine) for kind, mine in groups if mine]


def _line(parts: Sequence[ChargeLine]) -> InvoiceLine:
    """One item of many subscribers: the sum of the amounts rounded for each subscriber."""
    first, sums = parts[0], Taxed.sum_of(parts)
    return InvoiceLine(
        net=sums.net,
        vat=sums.vat,
        kind=first.kind,
        key=first.key,
        code=first.code,
        name=first.name,
        late_of=first.late_of,
        subscribers=len(parts),
        quantity=sum(part.quantity for part in parts),
    )


def _group(kind: ChargeKind, lines: Sequence[InvoiceLine]) -> LineGroup:
    sums = Taxed.sum_of(lines)
    return LineGroup(sums.net, sums.vat, kind, sorted(lines, key=lambda line: line.late_of or date.min))


def _of_subscriber(subscriber: Subscriber, mine: Charges) -> SubscriberSum:
    parts, sums = [ZERO, ZERO, ZERO], mine.taxed
    for line in mine.lines:
        parts[_PARTS.get(line.kind, 1)] += line.gross
    return SubscriberSum(sums.net, sums.vat, subscriber, parts)
