"""From facts to charges: fees by the day, calls by destination. Pure, exact until a line is rounded (3.5, 4.7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from sipcabinet.lib import money, words
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from subscribers.charges.fees import (
    Period,
    PriceMissingError,
    PricePeriod,
    by_price,
    by_share,
    charged_days,
    lowered,
    suspended_days,
)
from subscribers.charges.lines import ChargeKind, ChargeLine, Charges

_PLACES = {kind: place for place, kind in enumerate(ChargeKind)}


@dataclass(frozen=True, slots=True)
class Fee:
    """A plan, service or package that a subscriber has or had: when, and what it costs a month, net BYN.

    `suspensions`: when the account was suspended at its customer's request, if that may lower the fee.
    """

    kind: ChargeKind
    key: int
    code: str
    name: str
    order: int
    prices: Sequence[PricePeriod]
    periods: Iterable[Period]
    suspensions: Iterable[Period] = ()


class CallTotal(NamedTuple):
    """Answered outgoing calls to one destination in one month: seconds, and net BYN with six places.

    `late_of` is that month (its first day) if another month charges the calls because they were imported late.
    """

    key: int
    code: str
    name: str
    order: int
    calls: int
    billed_seconds: int
    included_seconds: int
    cost: Decimal
    late_of: date | None = None


def calculate(
    *, month: Month, until: date, vat_percent: Decimal, fees: Iterable[Fee], calls: Iterable[CallTotal] = ()
) -> Charges:
    """The month's charges of one subscriber; fees are counted up to and including `until`.

    Raises PriceMissingError if a day to be charged has no price.
    """
    only = {0: list(fees)}, {0: list(calls)}
    return calculate_all(
        month=month, until=until, vat_percent=vat_percent, fees=only[0], calls=only[1], subscribers=[0]
    )[0]


def calculate_all(
    *,
    month: Month,
    until: date,
    vat_percent: Decimal,
    fees: Mapping[int, Sequence[Fee]],
    calls: Mapping[int, Sequence[CallTotal]],
    subscribers: Iterable[int],
) -> dict[int, Charges]:
    """Like `calculate` for several subscribers, by primary key. A Fee that several of them have is counted once."""
    known: dict[int, ChargeLine | None] = {}  # by the identity of a Fee: to compare fees takes longer than to count one

    def of_fee(fee: Fee) -> ChargeLine | None:
        if id(fee) not in known:
            known[id(fee)] = _of_fee(fee, month, until, vat_percent)
        return known[id(fee)]

    found = {}
    for pk in subscribers:
        lines = [line for fee in sorted(fees.get(pk, ()), key=_fees_order) if (line := of_fee(fee))]
        made = sorted(calls.get(pk, ()), key=_calls_order)
        lines += [_of_calls(one, vat_percent) for one in made if one.calls or one.cost]
        found[pk] = Charges(month, until, vat_percent, lines)
    return found


def total(
    *,
    month: Month,
    until: date,
    vat_percent: Decimal,
    fees: Iterable[tuple[Fee, int]],
    costs: Iterable[Decimal] = (),
) -> Taxed:
    """The sum of the lines that `calculate` would make, without these lines. Each fee comes with the number of
    subscribers that have it; `costs` are those of the call totals.

    Raises PriceMissingError if a day to be charged has no price.
    """
    parts = [Taxed.rounded(cost, vat_percent) for cost in costs]
    for fee, count in fees:
        if line := _of_fee(fee, month, until, vat_percent):
            parts.append(Taxed(line.net * count, line.vat * count))
    return Taxed.sum_of(parts)


def _fees_order(fee: Fee) -> tuple[int, int, str]:
    return _PLACES[fee.kind], fee.order, fee.code


def _calls_order(total: CallTotal) -> tuple[date, int, str]:
    """Sort key: calls of the month itself come first."""
    return total.late_of or date.min, total.order, total.code


def _of_fee(fee: Fee, month: Month, until: date, vat_percent: Decimal) -> ChargeLine | None:
    days = charged_days(fee.periods, month, until)
    if not days:
        return None
    known = Fee(fee.kind, fee.key, fee.code, fee.name, fee.order, tuple(fee.prices), ())
    return _of_days(known, days, suspended_days(fee.suspensions, days), month, vat_percent)


@lru_cache(maxsize=1024)  # thousands of numbers share a plan on the same days, and the portal has one language
def _of_days(
    fee: Fee, days: frozenset[date], suspended: frozenset[date], month: Month, vat_percent: Decimal
) -> ChargeLine:
    suspended = lowered(fee.prices, suspended)
    try:
        prices = by_price(fee.prices, days - suspended)
    except PriceMissingError as error:
        raise PriceMissingError(error.day, fee.name) from error
    shares = by_share(fee.prices, suspended)
    whole = sum((monthly * count for monthly, count in prices), Decimal(0))
    part = sum((monthly * percent * count for monthly, percent, count in shares), Decimal(0)) / 100
    exact = (whole + part) / month.days
    return ChargeLine.rounded(
        kind=fee.kind,
        key=fee.key,
        code=fee.code,
        name=fee.name,
        detail="; ".join(
            filter(None, [_days(prices, len(days - suspended), month.days) if prices else "", _suspended(shares)])
        ),
        quantity=len(days),
        exact=exact,
        vat_percent=vat_percent,
    )


def _of_calls(total: CallTotal, vat_percent: Decimal) -> ChargeLine:
    talk = _talk(total.calls, total.billed_seconds, total.included_seconds)
    return ChargeLine.rounded(
        kind=ChargeKind.CALLS,
        key=total.key,
        code=total.code,
        name=total.name,
        detail=_late(total.late_of, talk) if total.late_of else talk,
        quantity=total.calls,
        exact=total.cost,
        vat_percent=vat_percent,
        late_of=total.late_of,
    )


def _days(prices: Sequence[tuple[Decimal, int]], count: int, whole: int) -> str:
    """`12 дней из 30, 6,00 BYN в месяц`; a fee that changed is listed in parts, a whole month gets a short text."""
    if len(prices) > 1:
        parts = [f"{_count_days(days)} {_('по')} {money.show(fee)}" for fee, days in prices]
        return _("%(parts)s BYN в месяц") % {"parts": ", ".join(parts)}
    if count == whole:
        return _("весь месяц")
    days = _("%(days)s из %(all)d") % {"days": _count_days(count), "all": whole}
    fee = prices[0][0]
    return _("%(days)s, %(fee)s BYN в месяц") % {"days": days, "fee": money.show(fee)} if fee else days


def _suspended(shares: Sequence[tuple[Decimal, int, int]]) -> str:
    """`приостановлено: 10 дней — без платы, 3 дня — 50 % от 6,00 BYN`; empty if no fee is lowered."""
    if not shares:
        return ""
    parts = []
    for fee, percent, count in shares:
        told = {"days": _count_days(count), "percent": percent, "fee": money.show(fee)}
        free = _("%(days)s — без платы") % told
        parts.append(_("%(days)s — %(percent)d %% от %(fee)s BYN") % told if percent else free)
    return _("приостановлено: %(parts)s") % {"parts": ", ".join(parts)}


@lru_cache(maxsize=4096)  # a page shows its months again and again, and the portal has one language
def _talk(calls: int, billed_seconds: int, included_seconds: int) -> str:
    """`35 звонков, 71:20`, and how much of the length is covered by included minutes."""
    talk = f"{_count_calls(calls)}, {_length(billed_seconds)}"
    if not included_seconds:
        return talk
    if included_seconds == billed_seconds:
        return _("%(talk)s, включённые минуты") % {"talk": talk}
    return _("%(talk)s, из них включено %(length)s") % {"talk": talk, "length": _length(included_seconds)}


def _late(month: date, talk: str) -> str:
    """`звонки за сентябрь 2026, поступили позже: 3 звонка, 5:00`."""
    text = _("звонки за %(month)s, поступили позже: %(talk)s")
    return text % {"month": Month.of(month).label, "talk": talk}


def _count_calls(count: int) -> str:
    return words.counted(count, _("звонок"), _("звонка"), _("звонков"))


def _count_days(count: int) -> str:
    return words.counted(count, _("день"), _("дня"), _("дней"))


def _length(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
