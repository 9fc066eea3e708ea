"""«Загрузка каналов»: trunks with the most simultaneous calls in the period, beside the channels they have (4.15)."""

from decimal import Decimal

from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from desk.selectors.reports.report import Period, Report, count
from sipcabinet.lib import phones
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.sheets import CellKind, Column
from subscribers.models import ChannelAssignment, ChannelPeak

MOST = 50


def of(period: Period) -> Report:
    """The MOST busiest trunks; one query."""
    peaks = ChannelPeak.objects.filter(day__range=(period.start, period.end))
    days = peaks.filter(trunk=OuterRef("trunk")).order_by("-calls", "day")
    channels = ChannelAssignment.objects.filter(subscriber=OuterRef("trunk"), ended_at__isnull=True)
    found = (
        peaks.filter(calls__gt=0)
        .order_by()
        .values("trunk", "trunk__phone", "trunk__account__number", "trunk__account__customer__name")
        .annotate(most=Max("calls"), channels=Subquery(channels.values("package__channels")[:1]))
        .order_by("-most", "trunk")[:MOST]
    )
    rows = list(found.annotate(day=Subquery(days.values("day")[:1])))
    bars = [
        Amount(phones.display(row["trunk__phone"]), Decimal(row["most"]), _look(row["most"], row["channels"]))
        for row in rows
    ]
    return Report(
        columns=[
            Column(_("Соединение"), CellKind.PHONE, 20),
            Column(_("Клиент"), width=40),
            Column(_("Лицевой счёт"), width=14),
            Column(_("Одновременных звонков"), CellKind.INT, 22),
            Column(_("В какой день"), CellKind.DATE, 14),
            Column(_("Каналов сейчас"), CellKind.INT, 16),
        ],
        rows=[
            [
                row["trunk__phone"],
                row["trunk__account__customer__name"],
                row["trunk__account__number"],
                row["most"],
                row["day"],
                row["channels"],
            ]
            for row in rows
        ],
        totals=[],
        chart=BarsChart.of(bars, {"in": _("Есть запас"), "out": _("Заняты все каналы")}, show=count),
        notes=[_("Показаны не больше %(most)d самых загруженных соединений.") % {"most": MOST}],
    )


def _look(most: int, channels: int | None) -> str:
    return "out" if channels is not None and most >= channels else "in"
