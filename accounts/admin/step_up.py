"""Asks for password and code before rights of staff are changed: at the URL of the page, in place of the page.

The interrupted POST continues after the correct answer: the step-up form carries the POST, encrypted.
"""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import carried
from accounts.forms.step_up import StepUpForm
from accounts.models import User
from accounts.services import sessions, step_up, throttles
from sipcabinet.lib.errors import DomainError

ANSWER = "carried"  # a POST with this field is an answer to the step-up form


def is_answer(request: HttpRequest) -> bool:
    return request.method == "POST" and ANSWER in request.POST


def ask(request: HttpRequest) -> HttpResponse | None:
    """None if the session is stepped up, with the interrupted `request.POST` restored; else the response to send."""
    if not is_answer(request):
        return None if sessions.is_stepped_up(request) else _page(request, _new_form(request))
    form = StepUpForm(request.POST)
    if sessions.is_stepped_up(request):  # answered in another tab
        return _go_on(request, request.POST[ANSWER])
    if not form.is_valid():
        return _page(request, form)
    try:
        given = {name: form.cleaned_data[name] for name in ("password", "code")}
        step_up.confirm_for_rights(request=request, user=cast("User", request.user), **given)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, form, refusal)
    return _go_on(request, form.cleaned_data[ANSWER])


def _new_form(request: HttpRequest) -> StepUpForm:
    return StepUpForm(initial={ANSWER: carried.pack(request) if request.method == "POST" else ""})


def _go_on(request: HttpRequest, token: str) -> HttpResponse | None:
    """Continues the interrupted request: redirects to the page, or restores its POST and returns None."""
    if not token:
        return redirect(request.get_full_path())
    try:
        request.POST = carried.unpack(request, token)  # type: ignore[assignment]
    except carried.InvalidToken:
        messages.error(request, _("Страница устарела, изменения не сохранены. Внесите их ещё раз."))
        return redirect(request.get_full_path())
    return None


def _page(request: HttpRequest, form: StepUpForm, refusal: Any = None) -> HttpResponse:
    context = {"form": form, "frame": "accounts/desk.html", "minutes": sessions.step_up_minutes()}
    response = render(request, "accounts/step_up.html", context)
    if isinstance(refusal, throttles.ThrottledError):
        response.status_code = 429
        response.headers["Retry-After"] = str(refusal.seconds)
    return response
