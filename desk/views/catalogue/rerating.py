"""«Пересчёт звонков»: open months, a rehearsal, the re-rating and its progress (4.5)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from desk.selectors import reratings as selectors
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.models import Rerating
from subscribers.services import reratings

VIEW, ORDER = "subscribers.view_rerating", "subscribers.add_rerating"
PAGE = "admin:desk_rerating"
TONES = {JobState.WAITING: "info", JobState.DONE: "ok", JobState.REFUSED: "warn", JobState.PARKED: "err"}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Open months with calls, and the last runs. A POST orders a run or a rehearsal of `month`."""
    if request.method == "POST":
        _order(request)
        return redirect(PAGE)
    jobs = selectors.newest()
    context = admin.site.each_context(request) | {
        "title": _("Пересчёт звонков"),
        "months": selectors.open_now(),
        "jobs": [_shown(job) for job in jobs],
        "may_order": request.user.has_perm(ORDER),
    }
    return TemplateResponse(request, "desk/catalogue/rerating.html", context)


@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the page: one run."""
    job = get_object_or_404(Rerating.objects.select_related("ordered_by"), pk=pk)
    return TemplateResponse(request, "desk/catalogue/rerating_job.html", {"job": _shown(job)})


def _order(request: HttpRequest) -> None:
    if not request.user.has_perm(ORDER):
        raise PermissionDenied
    try:
        month = Month.parse(request.POST.get("month", ""))
        is_rehearsal = "rehearse" in request.POST
        reratings.order(month=month, is_rehearsal=is_rehearsal, actor=Actor.of(request))
    except ValueError:
        messages.error(request, _("Выберите месяц из списка"))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Начато. Ход виден ниже, страницу можно закрыть."))


def _shown(job: Rerating) -> dict[str, Any]:
    share = min(100, job.checked * 100 // job.total) if job.total else 0
    return {"row": job, "month": Month.of(job.month), "tone": TONES[JobState(job.state)], "share": share}
