"""Limits of spending in words (16.6)."""

from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext as _

from sipcabinet.lib import money, words
from subscribers.models import BarCause, Bound, LimitMeasure, LimitPeriod, TrunkBar

_NAMES = {
    (LimitPeriod.DAY, LimitMeasure.COST): "на сумму за день",
    (LimitPeriod.MONTH, LimitMeasure.COST): "на сумму за месяц",
    (LimitPeriod.DAY, LimitMeasure.MINUTES): "на минуты за день",
    (LimitPeriod.MONTH, LimitMeasure.MINUTES): "на минуты за месяц",
}


def amount(measure: str, value: Decimal) -> str:
    """`12,50 BYN`, without VAT, or whole minutes: `40 минут`."""
    if measure == LimitMeasure.COST:
        return money.show_byn(value)
    return words.counted(int(value.quantize(Decimal(1), ROUND_DOWN)), "минута", "минуты", "минут")


def kind_name(period: str, measure: str) -> str:
    """`на сумму за день`: it follows «лимит»."""
    return _NAMES[LimitPeriod(period), LimitMeasure(measure)]


def bound_name(bound: Bound) -> str:
    """`лимит на сумму за день`."""
    return _("лимит %(kind)s") % {"kind": kind_name(bound.period, bound.measure)}


def why(bar: TrunkBar) -> str:
    """Why a trunk is barred: `исчерпан лимит на сумму за день 50,00 BYN`."""
    bound = bar.bound
    if bound is None:
        return bar.get_cause_display()
    told = {"limit": bound_name(bound), "amount": amount(bound.measure, bound.amount)}
    text = _("исчерпан %(limit)s %(amount)s") % told
    return _("%(text)s, заданный оператором") % {"text": text} if bar.cause == BarCause.OPERATOR else text
