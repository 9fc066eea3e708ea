"""«Выручка»: issued invoices by line and month, and corrections; to the kopeck the sum of the documents (4.15).

An invoice counts in the month that it charges for, so late calls count there too, as a line of their own. A correction
counts in the month of its own date: the month that it corrects is closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Correction
from billing.selectors.balance import ZERO
from desk.selectors.reports.report import MOST_MONTHS, Period, Report
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.periods import Month
from sipcabinet.lib.sheets import CellKind, Column
from subscribers.charges import ChargeKind
from subscribers.charges.lines import GROUPS
from subscribers.models import Charge

LATE, CORRECTED, VAT = "late", "corrected", "vat"
Sums = Mapping[str, Decimal]


def of(period: Period) -> Report:
    """Two queries, one over the charges of the period and one over its corrections."""
    found = _sums(period)
    rows = [_row(found[month]) for month in period.months]
    sums = [sum(column, ZERO) for column in zip(*rows, strict=True)]
    bars = [Amount(month.label, _net(found[month]), "out") for month in period.months]
    return Report(
        columns=[Column(_("Месяц"), width=20), *(Column(title, CellKind.MONEY, 18) for title in _titles())],
        rows=[[month.label_title, *row] for month, row in zip(period.months, rows, strict=True)],
        totals=[_("Всего"), *sums],
        chart=BarsChart.of(bars, {"out": _("Без НДС, BYN")}, most=MOST_MONTHS),
        notes=[
            _("Счёт относится к месяцу, за который начислен; строки счёта — без НДС."),
            _("Корректировка относится к месяцу своей даты. Звонки, учтённые после закрытия месяца, — к месяцу счёта."),
            _("Месяц без выставленных счетов пуст: в отчёте только то, что выставлено."),
        ],
    )


_SHORT = {
    ChargeKind.CHANNELS: gettext_lazy("Каналы"),
    ChargeKind.CALLS: gettext_lazy("Звонки"),
}  # the table has ten columns of sums
_LINES = (*(kind.value for kind in ChargeKind), LATE, CORRECTED)


def _titles() -> list[str]:
    return [
        *(str(_SHORT.get(kind, GROUPS[kind])) for kind in ChargeKind),
        _("Звонки закрытых месяцев"),
        _("Корректировки"),
        _("Без НДС"),
        _("НДС"),
        _("Всего с НДС"),
    ]


def _row(sums: Sums) -> list[Decimal]:
    net = _net(sums)
    return [*(sums[line] for line in _LINES), net, sums[VAT], net + sums[VAT]]


def _net(sums: Sums) -> Decimal:
    return sum((sums[line] for line in _LINES), ZERO)


def _sums(period: Period) -> Mapping[Month, Sums]:
    found: dict[Month, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for month, line, net, vat in [*_charges(period), *_corrections(period)]:
        found[month][line] += net
        found[month][VAT] += vat
    return found


def _charges(period: Period) -> Iterable[tuple[Month, str, Decimal, Decimal]]:
    rows = Charge.objects.filter(month__range=(period.start, period.end), closing__invoice__isnull=False)
    is_late = Q(late_of__isnull=False)
    sums = (
        rows.order_by()
        .values("month", "kind")
        .annotate(
            own=Sum("net", filter=~is_late, default=ZERO),
            late=Sum("net", filter=is_late, default=ZERO),
            vats=Sum("vat"),
        )
    )
    for row in sums:
        yield Month.of(row["month"]), row["kind"], row["own"], row["vats"]
        yield Month.of(row["month"]), LATE, row["late"], ZERO


def _corrections(period: Period) -> Iterable[tuple[Month, str, Decimal, Decimal]]:
    rows = Correction.objects.filter(issued_on__range=(period.start, period.end)).order_by()
    sums = rows.annotate(month=TruncMonth("issued_on")).values("month").annotate(nets=Sum("net"), vats=Sum("vat"))
    return ((Month.of(row["month"]), CORRECTED, row["nets"], row["vats"]) for row in sums)
