"""«Дебиторы»: debts by age, what was done about them, and who will be barred next (4.8)."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.selectors import aging, statement_coverage
from billing.selectors.aging import AgedFilter, Totals
from desk.forms.debtors import DebtorsForm
from desk.selectors import debtors
from desk.selectors.debtors import Debtor, Tomorrow
from sipcabinet.lib import clock, staff, words
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet, responses

VIEW = "billing.view_debt"
SHOWN_SOON = 10


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The debtors that the address selects, those with the largest overdue debt first; with `format=xlsx` all of them
    as a file, which the journal records."""
    form = DebtorsForm(request.GET)
    soon = debtors.tomorrow()
    context = admin.site.each_context(request) | {
        "title": _("Дебиторы"),
        "form": form,
        "has_errors": bool(form.errors),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "coverage": statement_coverage.of_operator(),
        "today": clock.today(),
        **_soon(soon),
    }
    if form.is_valid():
        wanted = form.wanted(soon.accounts)
        if "format" in request.GET:
            return _export(request, wanted, soon)
        tokens = {name: request.GET.get(name, "") for name in ("onward", "back")}
        page, totals = debtors.page(wanted, soon.accounts, **tokens)
        context |= {"page": page, "totals": totals, "shown": _shown(totals)}
        context |= {"back_label": _("Больше долг"), "onward_label": _("Меньше долг")}
    return TemplateResponse(request, "desk/debtors.html", context)


def _soon(soon: Tomorrow) -> dict[str, Any]:
    """The context of `desk/soon_restricted.html`."""
    return {
        "restricted_on": soon.day,
        "is_tomorrow": soon.is_tomorrow,
        "restricted": soon.found[:SHOWN_SOON],
        "more_restricted": len(soon.found) - SHOWN_SOON,
    }


def _shown(totals: Totals) -> str:
    return words.counted(totals.accounts, "лицевой счёт", "лицевых счёта", "лицевых счетов") if totals.accounts else ""


def _export(request: HttpRequest, wanted: AgedFilter, soon: Tomorrow) -> HttpResponseBase:
    extension = responses.extension_or_404(request)
    desk = cast("staff.Desk", admin.site)
    name = f"{_('Дебиторы')} {clock.today():%Y-%m-%d}"
    with transaction.atomic():
        totals = aging.totals(wanted)
        summary = _("Выгружены дебиторы: %(count)d") % {"count": totals.accounts}
        desk.record(request, account=None, action="debt.exported", summary=summary, details={"rows": totals.accounts})
        return responses.attachment(name, extension, _sheet(totals), _cells(wanted, soon.accounts))


def _sheet(totals: Totals) -> Sheet:
    ages = [
        Column(_("Всего, BYN"), CellKind.MONEY, 14),
        Column(_("Срок не наступил"), CellKind.MONEY, 16),
        Column(_("Просрочено, BYN"), CellKind.MONEY, 16),
        Column(_("До 30 дней"), CellKind.MONEY, 14),
        Column(_("31–60 дней"), CellKind.MONEY, 14),
        Column(_("61–90 дней"), CellKind.MONEY, 14),
        Column(_("Больше 90 дней"), CellKind.MONEY, 16),
    ]
    columns = [
        Column(_("Клиент"), width=40),
        Column(_("УНП"), width=12),
        Column(_("Лицевой счёт"), width=14),
        *ages,
        Column(_("Последний шаг"), width=28),
        Column(_("Когда"), CellKind.MOMENT, 18),
        Column(_("Обещание"), width=36),
        Column(_("Ограничение"), width=40),
        Column(_("Отсрочка"), width=40),
    ]
    head = [(_("На"), clock.show_date(clock.today()))]
    return Sheet(_("Дебиторы"), columns, head, [_("Итого"), None, None, *_sums(totals.ages), *[None] * 5])


def _sums(ages: aging.Ages) -> list[Cell]:
    return [ages.total, ages.coming, ages.overdue, ages.month, ages.two_months, ages.quarter, ages.older]


def _cells(wanted: AgedFilter, soon: Sequence[int]) -> Iterator[list[Cell]]:
    for one in debtors.rows(wanted, soon):
        yield [
            one.account.customer.name,
            one.account.customer.unp,
            one.account.number,
            *_sums(one.ages),
            str(one.sent.step.label) if one.sent else None,
            one.sent.at if one.sent else None,
            _promise(one),
            _restriction(one),
            f"{_('по')} {clock.show_date(one.exempt.until)}: {one.exempt.why}" if one.exempt else None,
        ]


def _promise(one: Debtor) -> str | None:
    if one.promise is None:
        return None
    until = f" {_('по')} {clock.show_date(one.promise.until)}" if one.promise.until else ""
    return f"{one.promise.number}, {one.promise.state.label}{until}"


def _restriction(one: Debtor) -> str | None:
    told = [(_("за долг"), one.for_debt), (_("оператором"), one.by_staff)]
    found = [f"{who} {clock.show_date(barred.since)}: {barred.why}" for who, barred in told if barred]
    return "; ".join(found) or None
