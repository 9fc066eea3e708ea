"""An alarm at the desk: what was noticed, what the trunk spends, the decision (16.6)."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from desk.forms.limits import AlarmForm
from desk.selectors import waiting
from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError
from subscribers.models import FraudAlarm
from subscribers.selectors import alarm_words, limits
from subscribers.selectors.limit_words import why
from subscribers.services import alarms, limit_usage

VIEW, DECIDE = "subscribers.view_fraudalarm", "subscribers.change_fraudalarm"
QUEUE = "alarms"
FORMER = 10  # decisions about the trunk that the page shows


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an alarm; a POST decides about it."""
    rows = FraudAlarm.objects.select_related("trunk", "account__customer", "decided_by")
    row = get_object_or_404(rows.defer("decided_by__password"), pk=pk)
    form = AlarmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        if form.is_valid() and _decided(request, row, form):
            return redirect(staff.next_in_queue(QUEUE, row.pk))
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Тревога: %(sign)s") % {"sign": row.get_sign_display()},
        "queue_name": QUEUE,
        "row": row,
        "cost": Decimal(row.facts.get("cost", 0)),
        "form": form,
        "usage": limit_usage.of([row.trunk_id])[row.trunk_id],
        "bars": [(bar, why(bar)) for bar in limits.bars_in_force(row.trunk)],
        "former": _former(row),
        "rules": alarm_words.rules(),
        "quiet": alarm_words.quiet(),
        "refusal": "" if request.user.has_perm(DECIDE) else _("У вас есть право смотреть тревоги, но не решать о них."),
        "submit_label": _("Решить"),
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/alarm.html", context)


def _decided(request: HttpRequest, row: FraudAlarm, form: AlarmForm) -> bool:
    by = Actor.of(request, reason=form.cleaned_data["reason"])
    try:
        done = alarms.decide(alarm=row, by=by, **form.told)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        row.refresh_from_db()
        return False
    waiting.forget()
    messages.success(request, _("Тревога решена: %(state)s") % {"state": done.get_state_display()})
    return True


def _former(row: FraudAlarm) -> list[FraudAlarm]:
    rows = FraudAlarm.objects.filter(trunk=row.trunk_id, decided_at__isnull=False).exclude(pk=row.pk)
    return list(rows.select_related("decided_by").defer("decided_by__password").order_by("-raised_at", "-pk")[:FORMER])
