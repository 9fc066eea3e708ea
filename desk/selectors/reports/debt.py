"""«Долги по срокам»: what all customers owe today by age; the same sums as «Дебиторы», and as the ledger (4.15)."""

from django.utils.translation import gettext as _

from billing.selectors import aging
from desk.selectors.reports.report import Period, Report
from sipcabinet.lib import words
from sipcabinet.lib.charts.bars import Amount, BarsChart
from sipcabinet.lib.sheets import CellKind, Column


def of(_period: Period) -> Report:
    """One query."""
    found = aging.totals()
    titles = (_("Срок не наступил"), _("До 30 дней"), _("31–60 дней"), _("61–90 дней"), _("Больше 90 дней"))
    looks = ("in", "out", "out", "out", "out")
    ages = list(zip(titles, found.ages, looks, strict=True))
    return Report(
        columns=[Column(_("Просрочка"), width=24), Column(_("Долг, BYN"), CellKind.MONEY, 18)],
        rows=[[title, amount] for title, amount, _look in ages],
        totals=[_("Всего"), found.ages.total],
        chart=BarsChart.of(
            [Amount(title, amount, look) for title, amount, look in ages],
            {"in": _("Срок не наступил"), "out": _("Просрочено")},
        ),
        notes=[
            _("Должны: %(accounts)s. Кто именно — на странице «Дебиторы».")
            % {"accounts": words.counted(found.accounts, "лицевой счёт", "лицевых счёта", "лицевых счетов")}
        ],
    )
