"""«Месяц»: the list of months, and one month with its checks, calculation, review, invoices and letters (4.7)."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from billing.models import DraftMark, MonthIssue
from billing.selectors import month_review
from billing.services import month_calculations, month_issues
from desk.selectors import day, month_checks, months, waiting
from desk.selectors.months import Standing
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.selectors import staff_restriction

VIEW, CLOSE = "billing.view_monthissue", "billing.close_month"
PAGE = "admin:desk_month"
MOST_FAILURES = 50
# Failures first: they need a decision before the close.
LISTS = (
    ([DraftMark.FAILED], _("Не считаются"), _("Счёта не будет, пока причина не устранена.")),
    ([DraftMark.UP, DraftMark.DOWN], _("Не похоже на прошлые месяцы"), ""),
    ([DraftMark.EMPTY, DraftMark.LOST], _("Без начислений"), ""),
    ([DraftMark.NEW], _("Новые"), ""),
)


def index(request: HttpRequest) -> HttpResponse:
    """The months, the newest first."""
    context = {**admin.site.each_context(request), "title": _("Месяц"), "rows": months.listed()}
    return TemplateResponse(request, "desk/months/list.html", context)


def one(request: HttpRequest, code: str) -> HttpResponseBase:
    """One month. A POST orders a calculation, or stops, goes on with or repeats the issuing of its invoices."""
    month = month_or_404(code)
    if request.method == "POST":
        _act(request, month)
        return redirect(PAGE, month.code)
    standing = standing_or_404(month)
    if "progress" in request.GET:
        return _progress(request, standing)
    return TemplateResponse(request, "desk/months/one.html", _context(request, standing))


def month_or_404(code: str) -> Month:
    try:
        return Month.parse(code)
    except ValueError:
        raise Http404 from None


def standing_or_404(month: Month) -> Standing:
    """How far the month is; raises Http404 for a month that the operator does not know."""
    standing = months.of(month)
    if standing is None:
        raise Http404
    return standing


def _progress(request: HttpRequest, standing: Standing) -> HttpResponse:
    """The part of the page that moves. When the work has ended, the page is loaded anew."""
    if not (standing.is_counting or standing.is_issuing):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return TemplateResponse(request, "desk/months/progress.html", {"standing": standing, **_may(request)})


def _context(request: HttpRequest, standing: Standing) -> dict[str, Any]:
    found, issue = standing.calculation, standing.issue
    context = {
        **admin.site.each_context(request),
        **_may(request),
        "title": standing.month.label_title,
        "standing": standing,
        "step_labels": [_("Проверка"), _("Расчёт и сверка"), _("Закрытие"), _("Счета"), _("Письма")],
        "checks": _checks(request, standing),
        "closed_and_known": standing.is_closed and found is not None,
        "may_be_mended": months.may_be_mended(standing),
        "failures": list(issue.failures.select_related("account__customer")[: MOST_FAILURES + 1]) if issue else [],
        "most_failures": MOST_FAILURES,
    }
    return context | (_review(found) if found else {})


def _review(calculation: Any) -> dict[str, Any]:
    rows = month_review.first_of(calculation, [mark for marks, _title, _note in LISTS for mark in marks])
    lists = []
    for marks, title, note in LISTS:
        mine = [row for row in rows if row.mark in marks]
        count = sum(int(calculation.marks.get(mark, 0)) for mark in marks)
        more = [(mark, mark.label, calculation.marks[mark]) for mark in marks if calculation.marks.get(mark)]
        lists.append({"title": title, "note": note, "rows": mine, "count": count, "marks": more})
    return {
        "calculation": calculation,
        "kinds": month_review.by_kind(calculation),
        "whole": month_review.whole(calculation),
        "changed_lines": month_review.changed_most(calculation),
        "lists": [one for one in lists if one["count"]],
        "months": [calculation.period.shift(-2), calculation.period.shift(-1), calculation.period],
        "took": max(1, (calculation.finished_at - calculation.started_at).seconds),
        "suspended": staff_restriction.suspended_in(calculation.period),
    }


def _checks(request: HttpRequest, standing: Standing) -> list[month_checks.Check]:
    """What stands in the way, as on the first page: only of the month to close next."""
    if not standing.is_next:
        return []
    today = day.of(request.user, only={"month"})
    return month_checks.of(today, today.month, waiting.lately()) if today.month else []


def _may(request: HttpRequest) -> dict[str, bool]:
    return {"may_close": request.user.has_perm(CLOSE)}


def _act(request: HttpRequest, month: Month) -> None:
    if not request.user.has_perm(CLOSE):
        raise PermissionDenied
    by, do = Actor.of(request), request.POST.get("do", "")
    try:
        message = _acts(month, by)[do]() if do in _acts(month, by) else ""
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        if message:
            messages.success(request, message)


def _acts(month: Month, by: Actor) -> dict[str, Callable[[], str]]:
    """The buttons of the page, by their values; each returns the message for the person."""

    def calculate() -> str:
        month_calculations.order(month=month, by=by)
        return _("Расчёт начат. Страницу можно закрыть: он идёт на сервере.")

    def mend() -> str:
        month_issues.order(month=month, by=by)
        return _("Недостающие счета выставляются.")

    def stop() -> str:
        month_issues.stop(issue=_issue(month), by=by)
        return _("Выставление остановлено: уже выставленные счета остаются.")

    def go_on() -> str:
        month_issues.go_on(issue=_issue(month), by=by)
        return _("Выставление счетов продолжается.")

    def retry() -> str:
        month_issues.retry(issue=_issue(month), by=by)
        return _("Невыставленные счета выставляются ещё раз.")

    return {"calculate": calculate, "mend": mend, "stop": stop, "go-on": go_on, "retry": retry}


def _issue(month: Month) -> MonthIssue:
    issue = MonthIssue.objects.filter(month=month.first_day).first()
    if issue is None:
        raise DomainError(_("Счета этого месяца здесь не выставлялись"), code="issue.unknown")
    return issue
