"""A call on hold at the desk: what the switch wrote, what it would cost, the decision (4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from desk.forms.held_call import HeldCallForm
from desk.selectors import waiting
from sipcabinet.lib import clock, phones, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from subscribers import dialled
from subscribers.calls import held_decisions
from subscribers.models import CallDirection, CallRecord, HeldCall, HeldDecision, HeldState
from subscribers.selectors import held_calls

VIEW, DECIDE = "subscribers.view_heldcall", "subscribers.change_heldcall"
QUEUE = "held"


@dataclass(frozen=True, slots=True)
class Side:
    """A record of the call as the page shows it. `cost`: what the whole call would cost by the price list, net BYN;
    None for an incoming call or without a price."""

    record: CallRecord
    phone: str
    direction: str
    other_party: str
    cost: Decimal | None


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a call on hold; a POST decides about it."""
    row = get_object_or_404(HeldCall.objects.select_related("source", "call_import", "settled_by"), pk=pk)
    form = HeldCallForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        if form.is_valid() and _settled(request, row, form):
            return redirect(staff.next_in_queue(QUEUE, row.pk))
    sides = [_side(record, row, request.user) for record in held_calls.records(row)]
    _look(request, row, sides)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Звонок %(start)s") % {"start": clock.show_moment(row.started_at)},
        "queue_name": QUEUE,
        "row": row,
        "form": form,
        "sides": sides,
        "refusal": _refusal(request, row, sides),
        "submit_label": _("Решить"),
        "has_errors": bool(form.errors),
    }
    return TemplateResponse(request, "desk/calls/held.html", context)


def _settled(request: HttpRequest, row: HeldCall, form: HeldCallForm) -> bool:
    told = form.cleaned_data
    decision = HeldDecision(told["decision"])
    try:
        done = held_decisions.settle(
            row=row, decision=decision, seconds=told["seconds"], note=told["note"], by=Actor.of(request)
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        row.refresh_from_db()
        return False
    waiting.forget()
    messages.success(request, _("Звонок решён: %(decision)s") % {"decision": done.get_decision_display()})
    return True


def _refusal(request: HttpRequest, row: HeldCall, sides: Sequence[Side]) -> str:
    if row.state == HeldState.WAITING and not sides:
        return str(held_decisions.GONE)
    if not request.user.has_perm(DECIDE):
        return _("У вас есть право смотреть звонки на проверке, но не решать о них.")
    return ""


def _side(record: CallRecord, row: HeldCall, user: Any) -> Side:
    cost = None
    if record.direction == CallDirection.OUT:
        try:
            cost = held_decisions.preview(record, row.talk_seconds).cost
        except DomainError:
            cost = None
    return Side(
        record,
        phones.display(record.subscriber.phone),
        str(CallDirection(record.direction).label),
        dialled.shown(record.other_party, user) or _("номер скрыт"),
        cost,
    )


def _look(request: HttpRequest, row: HeldCall, sides: Sequence[Side]) -> None:
    """Records whose call the page shows (4.10)."""
    if accounts := {side.record.account for side in sides}:
        summary = _("Звонок на проверке %(start)s") % {"start": clock.show_moment(row.started_at)}
        cast("staff.Desk", admin.site).look(request, LookKind.CALLS, f"held:{row.pk}", summary, accounts)
