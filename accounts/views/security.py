"""«Безопасность» and «Журнал действий» (1.3)."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import visitor
from accounts.forms.journal import JournalFilter
from accounts.http import SignedInRequest, frame, remember_device
from accounts.selectors import journal as journal_selectors
from accounts.selectors import security as security_selectors
from accounts.services import audit, sessions
from accounts.views import journal_rows
from sipcabinet.lib import tenancy


@login_required
@require_safe
def security(request: SignedInRequest) -> HttpResponse:
    """Last sign-ins, active sessions, password and second factor of the login."""
    current = sessions.store(request).public_id
    context = {
        "frame": frame(request.user),
        "sessions": security_selectors.sessions(request.user, current=current),
        "sign_ins": security_selectors.sign_ins(request.user),
        "second_factor": security_selectors.second_factor(request.user),
    }
    return render(request, "accounts/security.html", context)


@login_required
@require_POST
def end_session(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """«Завершить» ends one other session of the login. 404 for the current session and for sessions of other logins."""
    own = public_id == sessions.store(request).public_id
    if own or not sessions.end(user=request.user, public_id=public_id):
        raise Http404
    audit.record(action=audit.Action.SESSION_ENDED, user=request.user, request=request)
    messages.success(request, _("Сеанс завершён."))
    return redirect("accounts:security")


@tenancy.exempt
@login_required
@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """«Завершить остальные» also makes other browsers unknown devices; this writes `devices_since` of the login."""
    with transaction.atomic():
        ended = sessions.end_others(user=request.user, keep=sessions.store(request).public_id)
        if ended:
            audit.record(
                action=audit.Action.OTHER_SESSIONS_ENDED, user=request.user, details={"count": ended}, request=request
            )
    told = ngettext("Завершён %(count)d сеанс.", "Завершено сеансов: %(count)d.", ended) % {"count": ended}
    messages.success(request, told if ended else _("Других сеансов нет."))
    response = redirect("accounts:security")
    remember_device(request, response, request.user)
    return response


@login_required
@require_safe
def journal(request: SignedInRequest) -> HttpResponse:
    """The account's events. Staff read the events of all accounts in the admin."""
    account = visitor.of(request).account
    chosen = JournalFilter(request.GET)
    section = chosen.cleaned_data["section"] if chosen.is_valid() else ""
    tokens = {name: request.GET.get(name, "") for name in ("onward", "back")}
    page = journal_selectors.events(account, section=section, **tokens)
    events = [(event, journal_selectors.actor(event), journal_selectors.changes_of(event)) for event in page.rows]
    context = {
        "filter": JournalFilter({"section": section}) if chosen.errors else chosen,
        "section": section,
        "events": events,
        "rows": journal_rows.html(events),
        "page": page,
    }
    return render(request, "accounts/journal.html", context)
