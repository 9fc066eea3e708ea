"""The steps from a call's length to its price, in words (4.3, 4.5)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from sipcabinet.lib import clock, money, words
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from sipcabinet.lib.validity import in_force
from subscribers.calls.quotes import Quote
from subscribers.models import PlanKind, PlanTerms, TariffPlan
from subscribers.selectors import prices


class Step(NamedTuple):
    """A line of the calculation; `is_result` marks the price."""

    label: str
    value: str
    is_result: bool = False


def of(quote: Quote, day: date, plan: TariffPlan | None) -> Sequence[Step]:
    """The calculation of a call on this day; with a plan also what its included minutes would change."""
    return [*_rate(quote), *_seconds(quote), *_sum(quote, day), *_minutes(quote, day, plan)]


def _rate(quote: Quote) -> Iterator[Step]:
    rate = quote.rate
    name = quote.destination.name
    yield Step(_("Направление"), _("%(name)s: это номер нашего абонента") % {"name": name} if quote.is_ours else name)
    yield Step(_("Префикс"), rate.prefix if rate.prefix != "+" else _("+ (остальной мир)"))
    yield Step(_("Цена минуты"), _("%(price)s BYN без НДС") % {"price": money.show_price(quote.price)})
    since = _("с %(day)s") % {"day": clock.show_date(clock.minsk(rate.begins).date())}
    if rate.ends.year < 9999:
        last = clock.minsk(rate.ends).date() - timedelta(days=1)
        since += _(" по %(day)s") % {"day": clock.show_date(last)}
    yield Step(_("Тариф действует"), since)


def _seconds(quote: Quote) -> Iterator[Step]:
    first, following = quote.rate.first_increment, quote.rate.next_increment
    told = {"first": _length(first), "next": _length(following)}
    yield Step(_("Шаги"), _("первый %(first)s целиком, дальше по %(next)s") % told)
    if quote.billed == quote.talked:
        why = _("без округления")
    elif quote.talked <= first:
        why = _("первый шаг целиком")
    else:
        why = _("вверх до целого шага")
    counts = {"talked": quote.talked, "billed": quote.billed, "why": why}
    yield Step(_("К оплате"), _("%(talked)d с разговора → %(billed)d с, %(why)s") % counts)


def _sum(quote: Quote, day: date) -> Iterator[Step]:
    told = {"price": money.show_price(quote.price), "seconds": quote.billed, "cost": money.show_price(quote.cost)}
    yield Step(_("Расчёт"), _("%(price)s × %(seconds)d / 60 = %(cost)s BYN") % told)
    yield Step(_("Стоимость без НДС"), money.show_byn(quote.cost), is_result=True)
    try:
        percent = prices.vat_percent(Month.of(day))
    except DomainError:
        return
    whole = money.Taxed.rounded(quote.cost, percent)
    told_vat = {"gross": money.show_byn(whole.gross), "percent": money.show_percent(percent)}
    yield Step(_("С НДС"), _("%(gross)s (%(percent)s %%)") % told_vat)
    yield Step(_("В счёте"), _("копейки и НДС округляются один раз: в строке направления за месяц"))


def _minutes(quote: Quote, day: date, plan: TariffPlan | None) -> Iterator[Step]:
    if not quote.destination.uses_allowance:
        yield Step(_("Включённые минуты"), _("это направление не покрывают"))
        return
    if plan is None:
        yield Step(_("Включённые минуты"), _("покрывают это направление: выберите план, чтобы увидеть сколько"))
        return
    included = _included(plan, day)
    if not included:
        yield Step(_("Включённые минуты"), _("у плана «%(plan)s» их нет в этом месяце") % {"plan": plan.name})
        return
    minutes = words.counted(included, "минута", "минуты", "минут")
    told = {"minutes": minutes, "plan": plan.name}
    yield Step(_("Включённые минуты"), _("%(minutes)s в месяц по плану «%(plan)s», по порядку звонков") % told)
    yield Step(_("Пока минуты есть"), _("%(zero)s: звонок спишет %(length)s") % {
        "zero": money.show_byn(Decimal(0)), "length": _length(quote.billed),
    })  # fmt: skip
    if quote.billed > 1:
        half = quote.billed // 2
        told_half = {"covered": _length(half), "cost": money.show_byn(quote.rest(half))}
        yield Step(_("Если минут осталось %(covered)s") % told_half, _("%(cost)s: остаток — по секунде") % told_half)


def _included(plan: TariffPlan, day: date) -> int:
    """Minutes of the plan in the month of the day: its terms on the month's first day decide."""
    if plan.kind != PlanKind.TRUNK:
        return 0
    terms = PlanTerms.objects.filter(in_force(Month.of(day).first_day), plan=plan)
    return terms.values_list("included_minutes", flat=True).first() or 0


def _length(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return _("%(seconds)d с") % {"seconds": rest}
    return (
        _("%(minutes)d мин %(seconds)d с") % {"minutes": minutes, "seconds": rest}
        if rest
        else _("%(minutes)d мин") % {"minutes": minutes}
    )
