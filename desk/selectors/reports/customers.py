"""«Клиенты и номера»: who came and who left in each month, and how many there were at its end (4.15).

A customer comes with the first of his accounts, and leaves when the last one closes.
"""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from desk.selectors.reports.report import MOST_MONTHS, Period, Report, count
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.sheets import Cell, CellKind, Column

# Parameters `months` (first days). Each row: the month; came, left, were there at its end: customers, then numbers.
_SQL = """
WITH customers AS (
    SELECT min(opened_on) AS came, CASE WHEN bool_and(closed_on IS NOT NULL) THEN max(closed_on) END AS gone
    FROM accounts_account GROUP BY customer_id
), numbers AS (
    SELECT (connected_at AT TIME ZONE 'Europe/Minsk')::date AS came,
        (closed_at AT TIME ZONE 'Europe/Minsk')::date AS gone
    FROM subscribers_subscriber
), moves AS (
    SELECT date_trunc('month', came)::date AS month, 1 AS customers_in, 0 AS customers_out, 0 AS in, 0 AS out
    FROM customers
    UNION ALL SELECT date_trunc('month', gone)::date, 0, 1, 0, 0 FROM customers WHERE gone IS NOT NULL
    UNION ALL SELECT date_trunc('month', came)::date, 0, 0, 1, 0 FROM numbers
    UNION ALL SELECT date_trunc('month', gone)::date, 0, 0, 0, 1 FROM numbers WHERE gone IS NOT NULL
), sums AS (
    SELECT month, sum(customers_in) AS customers_in, sum(customers_out) AS customers_out, sum(m.in) AS in,
        sum(m.out) AS out
    FROM moves m GROUP BY month
)
SELECT of.month,
    coalesce(sum(customers_in) FILTER (WHERE s.month = of.month), 0),
    coalesce(sum(customers_out) FILTER (WHERE s.month = of.month), 0),
    coalesce(sum(customers_in - customers_out), 0),
    coalesce(sum(s.in) FILTER (WHERE s.month = of.month), 0),
    coalesce(sum(s.out) FILTER (WHERE s.month = of.month), 0),
    coalesce(sum(s.in - s.out), 0)
FROM unnest(%(months)s::date[]) AS of (month) LEFT JOIN sums s ON s.month <= of.month
GROUP BY of.month ORDER BY of.month
"""


def of(period: Period) -> Report:
    """One query."""
    months = period.months
    found = _read([month.first_day for month in months])
    rows: list[list[Cell]] = [[month.label_title, *row] for month, row in zip(months, found, strict=True)]
    sums = [sum(row[place] for row in found) for place in (0, 1, 3, 4)]
    bars = []
    for month, row in zip(months, found, strict=True):
        bars.append(Amount(month.label, Decimal(row[3]), "out"))
        bars.append(Amount(f"{month.label}, {_('отключено')}", Decimal(row[4]), "in"))
    return Report(
        columns=[
            Column(_("Месяц"), width=20),
            *(Column(title, CellKind.INT, 18) for title in (_("Клиентов пришло"), _("Клиентов ушло"))),
            Column(_("Клиентов на конец"), CellKind.INT, 18),
            *(Column(title, CellKind.INT, 18) for title in (_("Номеров подключено"), _("Номеров отключено"))),
            Column(_("Номеров на конец"), CellKind.INT, 18),
        ],
        rows=rows,
        totals=[_("Всего"), sums[0], sums[1], None, sums[2], sums[3], None],
        chart=BarsChart.of(bars, {"out": _("Подключено"), "in": _("Отключено")}, most=2 * MOST_MONTHS, show=count),
        notes=[_("Клиент приходит с первым лицевым счётом и уходит, когда закрыт последний.")],
    )


def _read(months: list[date]) -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"months": months})
        return [[int(value) for value in row[1:]] for row in cursor.fetchall()]
