"""Stores the charges of an account's month for good, after the month has closed (4.7)."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog
from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Account
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.charges import Charges
from subscribers.models import AccountMonth, Subscriber
from subscribers.selectors import charge_facts

log = structlog.get_logger(__name__)
_AT_ONCE = 5_000
_COLUMNS = (
    "account_id", "closing_id", "month", "subscriber_id", "kind", "key", "code", "name", "detail", "quantity", "net",
    "vat", "late_of", "place",
)  # fmt: skip
_INSERT = """
INSERT INTO subscribers_charge (
    account_id, closing_id, month, subscriber_id, kind, key, code, name, detail, quantity, net, vat, late_of, place
) SELECT * FROM json_to_recordset(%s::json) AS charge(
    account_id bigint, closing_id bigint, month date, subscriber_id bigint, kind text, key bigint, code text, name text,
    detail text, quantity integer, net numeric, vat numeric, late_of date, place integer
)
"""


class MonthOpenError(DomainError):
    """The month is open and may still get calls: its charges are not final."""

    code = "month.open"

    def __init__(self, month: Month) -> None:
        super().__init__(_("%(month)s ещё не закрыт для расчётов") % {"month": month.label_title})


def freeze(*, account: Account, month: Month) -> AccountMonth | None:
    """Counts and stores the charges of the account's closed month, including late calls of earlier months.

    Returns None if nothing is to be charged. Charges are stored once: a second or simultaneous call returns the row of
    the first. Runs in the caller's transaction. Raises MonthOpenError, VatMissingError and PriceMissingError.
    """
    if not months.closed(month):
        raise MonthOpenError(month)
    if known := AccountMonth.objects.filter(account=account, month=month.first_day).first():
        return known
    counted = {pk: charges for pk, charges in charge_facts.count(account, month, None).items() if charges.lines}
    if not counted:
        return None
    percent = next(iter(counted.values())).vat_percent
    closing, is_new = AccountMonth.objects.get_or_create(
        account=account, month=month.first_day, defaults={"vat_percent": percent}
    )
    if is_new:
        _store({closing: counted})
        log.info("charges.frozen", account_id=account.pk, month=month.code, subscribers=len(counted))
    return closing


@dataclass(frozen=True, slots=True)
class Frozen:
    """The stored month of an account with the sum of its charges."""

    closing: AccountMonth
    sum: Taxed


def freeze_all(*, accounts: Collection[int], month: Month) -> dict[int, Frozen | DomainError | None]:
    """Like `freeze` for several accounts (primary keys) at once, in about ten queries: per account its stored month,
    None if nothing is to be charged, or the error that keeps this account alone from being counted.

    Runs in the caller's transaction, which holds locks that keep others from freezing these accounts; without them a
    simultaneous call raises IntegrityError. Raises MonthOpenError and VatMissingError.
    """
    if not months.closed(month):
        raise MonthOpenError(month)
    found: dict[int, Frozen | DomainError | None] = dict(_known(accounts, month))
    left = [pk for pk in accounts if pk not in found]
    prices = charge_facts.prices_of(month)
    facts = charge_facts.of_accounts(left, month, prices)
    counted: dict[int, dict[int, Charges]] = {}
    for pk in left:
        try:
            counted[pk] = facts.charges(pk)
        except DomainError as refusal:
            found[pk] = refusal
    closed = AccountMonth.objects.bulk_create(
        AccountMonth(account_id=pk, month=month.first_day, vat_percent=prices.percent) for pk in counted if counted[pk]
    )
    _store({closing: counted[closing.account_id] for closing in closed})
    for closing in closed:
        charges = counted[closing.account_id]
        found[closing.account_id] = Frozen(
            closing, Taxed.sum_of(line for one in charges.values() for line in one.lines)
        )
        log.info("charges.frozen", account_id=closing.account_id, month=month.code, subscribers=len(charges))
    return {pk: found.get(pk) for pk in accounts}


def _known(accounts: Collection[int], month: Month) -> dict[int, Frozen]:
    rows = AccountMonth.objects.filter(account__in=accounts, month=month.first_day)
    rows = rows.annotate(net=Sum("charges__net"), vat=Sum("charges__vat"))
    return {row.account_id: Frozen(row, Taxed(row.net, row.vat)) for row in rows}


def _store(counted: Mapping[AccountMonth, Mapping[int, Charges]]) -> None:
    """Writes the charges of new months: very many rows, which cost ten times as much as objects of the model."""
    rows = _rows(counted)
    with connection.cursor() as cursor:
        while part := [dict(zip(_COLUMNS, row, strict=True)) for row in islice(rows, _AT_ONCE)]:
            cursor.execute(_INSERT, [json.dumps(part, default=str)])


def _rows(counted: Mapping[AccountMonth, Mapping[int, Charges]]) -> Iterator[tuple[Any, ...]]:
    """The values of _COLUMNS, in the order of documents: a trunk, its numbers, the next trunk."""
    places = _places({pk for one in counted.values() for pk in one})
    for closing, charges in counted.items():
        lines = ((pk, line) for pk in sorted(charges, key=places.__getitem__) for line in charges[pk].lines)
        for place, (pk, line) in enumerate(lines):
            yield (
                *(closing.account_id, closing.pk, closing.month, pk, line.kind.value, line.key, line.code, line.name),
                *(line.detail, line.quantity, line.net, line.vat, line.late_of, place),
            )


def _places(subscribers: Collection[int]) -> dict[int, tuple[Any, ...]]:
    rows = Subscriber.objects.filter(pk__in=subscribers)
    found: Iterable[tuple[Any, ...]] = rows.values_list("pk", "phone", "trunk_id", "trunk__phone")
    return {
        pk: (phone if trunk is None else trunk_phone, pk if trunk is None else trunk, trunk is not None, phone, pk)
        for pk, phone, trunk, trunk_phone in found
    }
