"""Rejected lines by reason and number: a whole group is mended at once (4.2, 4.4)."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from desk.forms.rejects import ConnectToForm, IgnoreForm
from desk.selectors import reject_groups, waiting
from desk.selectors.reject_groups import RejectGroup
from sipcabinet.lib import plain_input, staff
from sipcabinet.lib.look_kinds import LookKind
from subscribers import dialled
from subscribers.calls import rejects
from subscribers.models import CallReject

VIEW, MEND, CONNECT = "subscribers.view_callreject", "subscribers.change_callreject", "subscribers.add_subscriber"
RETRY, IGNORE = "retry", "ignore"
MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """All groups, or those of one file (`?import=`). POST: `do` with `group` tries a group again."""
    call_import = _import(request)
    if request.method == "POST":
        if not request.user.has_perm(MEND):
            raise PermissionDenied
        chosen = reject_groups.group(request.POST.get("group", ""), call_import)
        _tell(request, _retry(request, chosen) if chosen else "")
        return redirect(request.get_full_path())
    found = reject_groups.groups(call_import)
    may_see = dialled.may_see(request.user)
    if found:
        _desk().look(request, LookKind.CALLS, "rejects", _("Отклонённые записи звонков по причинам"))
    context = admin.site.each_context(request) | {
        "title": _("Отклонённые звонки по причинам"),
        "groups": [(one, one.shown(may_see=may_see)) for one in found[:MOST_SHOWN]],
        "lines": sum(len(one.ids) for one in found),
        "most": reject_groups.MOST,
        "call_import": call_import,
        "may_mend": request.user.has_perm(MEND),
    }
    return TemplateResponse(request, "desk/calls/rejects.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """A group: its ways out. POST: `do` says which."""
    chosen = reject_groups.group(key)
    if chosen is None:
        messages.info(request, _("Эти записи уже разобраны."))
        return redirect("admin:desk_rejects")
    form, connect = IgnoreForm(), ConnectToForm()
    if request.method == "POST":
        act = request.POST.get("do", "")
        if act == "connect":
            return _connect(request, chosen, key)
        if not request.user.has_perm(MEND) or act not in {RETRY, IGNORE}:
            raise PermissionDenied
        form = IgnoreForm(request.POST) if act == IGNORE else form
        if act == RETRY or form.is_valid():
            _tell(
                request,
                _retry(request, chosen) if act == RETRY else _ignore(request, chosen, form.cleaned_data["note"]),
            )
            return redirect("admin:desk_rejects")
    return _page(request, chosen, form, connect)


def _connect(request: HttpRequest, chosen: RejectGroup, key: str) -> HttpResponse:
    """Leads to «Подключить номер» of the account that is typed, with the number and the day of the first call."""
    if not request.user.has_perm(CONNECT) or not chosen.can_connect:
        raise PermissionDenied
    form = ConnectToForm(request.POST)
    if not form.is_valid():
        return _page(request, chosen, IgnoreForm(), form)
    account = form.cleaned_data["account"]
    address = reverse("admin:desk_customer_connect", args=[account.customer_id, account.pk])
    return redirect(f"{address}?reject={chosen.ids[0]}")


def _page(request: HttpRequest, chosen: RejectGroup, form: IgnoreForm, connect: ConnectToForm) -> HttpResponse:
    may_see = dialled.may_see(request.user)
    _desk().look(request, LookKind.CALLS, f"rejects:{chosen.key}", _("Группа отклонённых записей звонков"))
    rows = CallReject.objects.filter(pk__in=chosen.ids[:20]).select_related("call_import").order_by("pk")
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": chosen.reason,
        "group": chosen,
        "number": chosen.shown(may_see=may_see),
        "rows": rows,
        "form": form,
        "connect": connect,
        "may_mend": request.user.has_perm(MEND),
        "may_connect": chosen.can_connect and request.user.has_perm(CONNECT),
        "has_errors": bool(form.errors or connect.errors),
    }
    return TemplateResponse(request, "desk/calls/reject_group.html", context)


def _tell(request: HttpRequest, done: str) -> None:
    """Says what was done; nothing was if another person has mended the lines meanwhile, or is mending them."""
    if done:
        messages.success(request, done)
    else:
        messages.error(request, _("Эти записи уже разобраны: список обновлён."))


def _retry(request: HttpRequest, chosen: RejectGroup) -> str:
    """What became of the lines; empty if none of them waited."""
    found = rejects.retry_these(CallReject.objects.filter(pk__in=chosen.ids))
    if not found.tried and not chosen.is_hopeless:
        return ""
    told = {"new": found.new, "duplicate": found.duplicate, "rejected": found.rejected, "reason": chosen.reason}
    summary = _("Отклонённые записи: принято %(new)s, повторов %(duplicate)s, осталось %(rejected)s") % told
    _record(request, "reject.retried", summary, chosen)
    return summary


def _ignore(request: HttpRequest, chosen: RejectGroup, note: str) -> str:
    """How many lines are ignored now; empty if none of them waited."""
    count = rejects.dismiss_these(CallReject.objects.filter(pk__in=chosen.ids), note)
    if not count:
        return ""
    told = {"count": count, "reason": chosen.reason, "note": note}
    _record(request, "reject.dismissed", _("Не учитываются отклонённые записи (%(reason)s): %(note)s") % told, chosen)
    return _("Не учитывается записей: %(count)s") % told


def _record(request: HttpRequest, action: str, summary: str, chosen: RejectGroup) -> None:
    """Writes the event without the number: it may be one that a customer has dialled."""
    waiting.forget()
    _desk().record(
        request,
        account=None,
        action=action,
        summary=summary[: staff.SUMMARY_LENGTH],
        details={"code": chosen.code, "lines": len(chosen.ids), "ids": chosen.ids[:100]},
    )


def _import(request: HttpRequest) -> int | None:
    asked = request.GET.get("import", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19 and plain_input.fits_bigint(int(asked))):
        raise Http404
    return int(asked)


def _desk() -> staff.Desk:
    return cast("staff.Desk", admin.site)
