"""акт сверки as PDF and as a sheet (2.3)."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from accounts.models import Account
from billing.reports import paper
from billing.selectors import parties, payments_known
from billing.selectors.reconciliation import Reconciliation
from sipcabinet.lib import clock, sum_in_words
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet


def document(account: Account, found: Reconciliation) -> bytes:
    """The act as PDF, made and dated today, with the requisites of today."""
    made_on = clock.today()
    sides = parties.of(account, made_on)
    context = {
        "found": found,
        "account": account,
        "made_on": made_on,
        "supplier": sides["supplier"],
        "buyer": sides["buyer"],
        "absolute": abs(found.closing),
        "closing_in_words": sum_in_words.roubles(abs(found.closing)),
    }
    return paper.render("pdf/reconciliation.html", context, title=_("Акт сверки"))


def sheet(account: Account, found: Reconciliation) -> Sheet:
    """The sheet; `rows` creates its rows."""
    head = [
        (_("Клиент"), account.customer.name),
        (_("Лицевой счёт"), account.number),
        (_("Период"), f"{clock.show_date(found.start)} – {clock.show_date(found.end)}"),
        (_("Полнота данных"), payments_known.of_statements().words),
    ]
    totals: list[Cell] = [_("Сальдо на конец"), clock.show_date(found.end), found.closing_debit, found.closing_credit]
    return Sheet(_("Акт сверки"), _columns(), head=head, totals=totals)


def rows(found: Reconciliation) -> Iterator[Sequence[Cell]]:
    """The rows: opening balance, documents, turnovers, closing balance."""
    yield [found.start, _("Сальдо на начало"), found.opening_debit, found.opening_credit]
    for entry in found.entries:
        yield [entry.day, entry.title, entry.debit, entry.credit]
    yield [found.end, _("Обороты за период"), found.debit, found.credit]


def file_name(found: Reconciliation) -> str:
    """`Акт сверки 01.10.2026 – 31.10.2026`, without an extension."""
    return f"{_('Акт сверки')} {clock.show_date(found.start)} – {clock.show_date(found.end)}"


def _columns() -> list[Column]:
    return [
        Column(_("Дата"), CellKind.DATE, 18),
        Column(_("Документ"), width=50),
        Column(_("Дебет, BYN"), CellKind.MONEY, 16),
        Column(_("Кредит, BYN"), CellKind.MONEY, 16),
    ]
