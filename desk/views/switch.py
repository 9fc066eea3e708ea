"""«Коммутатор сейчас» (3.4): registrations, calls in progress, refusals; of all trunks, and of one."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.selectors import switch
from desk.selectors.switch_transfer import Progress, progress
from desk.views import switch_transfer
from sipcabinet.lib import staff
from sipcabinet.lib.look_kinds import LookKind
from subscribers.models import Subscriber
from subscribers.switch import live, transfers

VIEW = "subscribers.view_callrecord"  # the pages tell who talks with whom


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What the switch knows now."""
    title = _("Коммутатор сейчас")
    _desk().look(request, LookKind.CALLS, "switch", title)
    context = {
        "title": title,
        "shown": switch.now(request.user),
        "is_there": live.is_there(),
        "transfer": _transfer(request),
        "may_transfer": request.user.has_perm(switch_transfer.ORDER),
    }
    return TemplateResponse(request, "desk/switch.html", admin.site.each_context(request) | context)


@require_safe
def trunk(request: HttpRequest, pk: int) -> HttpResponse:
    """What the switch knows of one trunk, and what is wrong with its access. A number leads to its trunk."""
    asked = get_object_or_404(Subscriber.objects.select_related("trunk__account__customer", "account__customer"), pk=pk)
    of = asked.trunk or asked
    title = _("На коммутаторе: %(trunk)s") % {"trunk": of}
    _desk().look(request, LookKind.CALLS, f"switch:{of.pk}", title, [of.account])
    shown, findings = switch.of_trunk(of, request.user) or (None, [])
    context = {"title": title, "trunk": of, "shown": shown, "findings": findings, "is_there": live.is_there()}
    return TemplateResponse(request, "desk/switch.html", admin.site.each_context(request) | context)


def _transfer(request: HttpRequest) -> Progress | None:
    job = transfers.newest() if live.is_there() and request.user.has_perm(switch_transfer.VIEW) else None
    return progress(job) if job else None


def _desk() -> staff.Desk:
    return cast("staff.Desk", admin.site)
