"""The reports of the desk (4.15): each a table of one or two aggregates over all accounts, with a chart."""

from django.utils.translation import gettext_lazy as _

from desk.selectors.reports import calls, customers, debt, past_debt, revenue, trunks
from desk.selectors.reports.report import MOST_MONTHS, Kind, Period, Report

__all__ = ["KINDS", "MOST_MONTHS", "Kind", "Period", "Report"]

_ALL = (
    Kind(
        name="revenue",
        title=_("Выручка"),
        lead=_("Выставленные счета по строкам и месяцам и корректировки"),
        chart_title=_("Выручка без НДС по месяцам"),
        make=revenue.of,
        icon="bill",
    ),
    Kind(
        name="customers",
        title=_("Клиенты и номера"),
        lead=_("Кто пришёл и ушёл, сколько номеров подключено и отключено"),
        chart_title=_("Номера, подключённые и отключённые"),
        make=customers.of,
        icon="users",
    ),
    Kind(
        name="debt",
        title=_("Долги по срокам"),
        lead=_("Сколько должны сегодня и как давно"),
        chart_title=_("Долги по срокам"),
        make=debt.of,
        icon="clock",
        has_period=False,
    ),
    Kind(
        name="past-debt",
        title=_("Долги на конец месяцев"),
        lead=_("Сколько были должны на конец каждого месяца и как давно"),
        chart_title=_("Просроченные долги на конец месяцев"),
        make=past_debt.of,
        icon="clock",
    ),
    Kind(
        name="calls",
        title=_("Звонки и минуты"),
        lead=_("Звонки, минуты и стоимость по направлениям"),
        chart_title=_("Минуты разговоров по направлениям"),
        make=calls.of,
        icon="phone",
    ),
    Kind(
        name="trunks",
        title=_("Загрузка каналов"),
        lead=_("Соединения, которым скорее всего не хватает каналов"),
        chart_title=_("Одновременные звонки самых загруженных соединений"),
        make=trunks.of,
        icon="channels",
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
