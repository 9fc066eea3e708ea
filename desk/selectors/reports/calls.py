"""«Звонки и минуты»: calls of the period by direction and destination, from the daily sums of the imports (4.15)."""

from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.selectors.balance import ZERO
from desk.selectors.reports.report import Period, Report, count
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.sheets import Cell, CellKind, Column
from subscribers.models import CallDailyTotal, CallDirection

_SUMS = ("calls", "answered", "talk_seconds", "billed_seconds", "included_seconds")


def of(period: Period) -> Report:
    """One query."""
    rows = CallDailyTotal.objects.filter(day__range=(period.start, period.end)).order_by()
    groups: Any = rows.values("direction", "destination__name").annotate(
        **{name: Sum(name) for name in _SUMS}, price=Sum("cost")
    )
    found: list[dict[str, Any]] = sorted(
        groups, key=lambda row: (row["direction"] != CallDirection.OUT, -row["talk_seconds"])
    )
    bars = [
        Amount(_name(row), Decimal(row["talk_seconds"] // 60), _look(row)) for row in found if row["talk_seconds"] >= 60
    ]
    return Report(
        columns=[
            Column(_("Направление"), width=36),
            Column(_("Звонков"), CellKind.INT, 12),
            Column(_("Отвечено"), CellKind.INT, 12),
            Column(_("Разговоры, мин"), CellKind.SECONDS, 18),
            Column(_("К оплате, мин"), CellKind.SECONDS, 18),
            Column(_("Из пакетов, мин"), CellKind.SECONDS, 18),
            Column(_("Стоимость без НДС, BYN"), CellKind.MONEY, 22),
        ],
        rows=[[_name(row), *_cells(row)] for row in found],
        totals=[_("Всего"), *(sum(row[name] for row in found) for name in _SUMS), _price(found)],
        chart=BarsChart.of(bars, {"out": _("Исходящие, мин"), "in": _("Входящие, мин")}, show=count),
        notes=[
            _("Звонки — по дате разговора, из итогов импорта, с учётом звонков открытого месяца."),
            _("Стоимость — по тарифам до округления начислений; выставленные суммы — в отчёте «Выручка»."),
        ],
    )


def _name(row: dict[str, Any]) -> str:
    if row["direction"] == CallDirection.OUT:
        return row["destination__name"] or _("Исходящие без направления")
    return _("Входящие")


def _look(row: dict[str, Any]) -> str:
    return "out" if row["direction"] == CallDirection.OUT else "in"


def _cells(row: dict[str, Any]) -> list[Cell]:
    return [*(row[name] for name in _SUMS), row["price"]]


def _price(found: list[dict[str, Any]]) -> Decimal:
    return sum((row["price"] for row in found), ZERO)
