"""«Долги на конец месяцев»: what all customers owed at the end of each month by age, from the ledger (4.15)."""

from django.utils.translation import gettext as _

from billing.selectors import aging
from desk.selectors.reports.report import Period, Report
from sipcabinet.lib import clock
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.sheets import CellKind, Column

MOST = 12  # each month reads the whole ledger


def of(period: Period) -> Report:
    """One query; of a longer period the last MOST months, of the running one today."""
    days = [*dict.fromkeys(min(month.last_day, clock.today()) for month in period.months[-MOST:])]
    found = aging.totals_on(days).items()
    ages = (_("Срок не наступил"), _("До 30 дней"), _("31–60 дней"), _("61–90 дней"), _("Больше 90 дней"))
    sums = (_("Просрочено, BYN"), _("Всего, BYN"))
    return Report(
        columns=[
            Column(_("На конец дня"), CellKind.DATE, 16),
            Column(_("Должников"), CellKind.INT, 12),
            *(Column(title, CellKind.MONEY, 18) for title in (*ages, *sums)),
        ],
        rows=[[day, one.accounts, *one.ages, one.ages.overdue, one.ages.total] for day, one in found],
        totals=[],
        chart=BarsChart.of(
            [Amount(clock.show_date(day), one.ages.overdue, "out") for day, one in found],
            {"out": _("Просрочено, BYN")},
            most=MOST,
        ),
        notes=[
            _("Считается по проводкам с датой не позже этого дня: платёж, который пришёл позже, долг ещё не закрывал."),
            _("Показано не больше %(months)d последних месяцев срока; последняя строка — на сегодня.")
            % {"months": MOST},
        ],
    )
