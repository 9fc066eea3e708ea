"""«Отчёты»: the list, and each report as a table with a chart, or as a file (4.15)."""

from typing import cast

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.forms.reports import PeriodForm, usual
from desk.selectors.reports import KINDS, Kind, Period, Report
from sipcabinet.lib import clock, replica, staff
from sipcabinet.lib.sheets import Sheet, responses

VIEW = "desk.view_reports"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All reports."""
    context = admin.site.each_context(request) | {"title": _("Отчёты"), "kinds": KINDS.values()}
    return TemplateResponse(request, "desk/reports.html", context)


@require_safe
def one(request: HttpRequest, name: str) -> HttpResponseBase:
    """A report of the months that the address names; with `format=xlsx` as a file, which the journal records. Raises
    Http404 for an unknown report."""
    kind = KINDS.get(name)
    if kind is None:
        raise Http404
    asked = {field: request.GET[field] for field in ("first", "last") if field in request.GET}
    form = PeriodForm(asked or usual())
    context = admin.site.each_context(request) | {"title": kind.title, "kind": kind, "has_errors": bool(form.errors)}
    context |= {"form": form, "kinds": KINDS.values(), "query": request.GET.urlencode() if asked else ""}
    if form.is_valid():
        with replica.reading():
            report = kind.make(form.period)
        if "format" in request.GET:
            return _export(request, kind, form.period, report)
        context |= {"report": report, "period": form.period, "today": clock.today()}
    return TemplateResponse(request, "desk/report.html", context)


def _export(request: HttpRequest, kind: Kind, period: Period, report: Report) -> HttpResponseBase:
    extension = responses.extension_or_404(request)
    of = period.label if kind.has_period else clock.show_date(clock.today())
    head = [(_("Период") if kind.has_period else _("На"), of)]
    sheet = Sheet(str(kind.title), report.columns, head, report.totals)
    summary = _("Выгружен отчёт «%(title)s»: %(of)s") % {"title": kind.title, "of": of}
    desk = cast("staff.Desk", admin.site)
    desk.record(request, account=None, action="report.exported", summary=summary, details={"report": kind.name})
    days = f"{period.first.code}–{period.last.code}" if kind.has_period else f"{clock.today()}"
    return responses.attachment(f"{kind.title} {days}", extension, sheet, report.rows)
