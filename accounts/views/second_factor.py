"""Confirming a sign-in by a one-time code: the code page after the password, and the settings in «Безопасность»."""

import base64
from collections.abc import Callable
from io import BytesIO

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.forms.password import PasswordForm
from accounts.forms.second_factor import CodeForm
from accounts.forms.step_up import ProofForm
from accounts.http import SignedInRequest, devices, frame, landing, remember_device, safe_next
from accounts.services import second_factor, sessions, step_up
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: SignedInRequest) -> HttpResponse:
    """The second step of signing in. Redirects staff who have no second factor yet to the page that turns it on."""
    if not sessions.second_factor_due(request):
        may_enrol = request.user.is_staff and not second_factor.is_on(request.user)
        return redirect("accounts:second_factor_on" if may_enrol else landing(request.user))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _done(form, "code", lambda: _verify(request, form)):
        response = redirect(safe_next(request) or landing(request.user))
        remember_device(request, response, request.user)
        return response
    return render(request, "accounts/second_factor.html", {"form": form, "next": safe_next(request)})


def _verify(request: SignedInRequest, form: CodeForm) -> None:
    code = form.cleaned_data["code"]
    second_factor.verify(request=request, user=request.user, code=code, devices=devices(request))


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def turn_on(request: SignedInRequest) -> HttpResponse:
    """Asks for the password, which creates a key; then shows the key's QR code and asks for the first code."""
    if second_factor.is_on(request.user):
        return redirect("accounts:security")
    device = second_factor.pending(request, request.user)
    if device is None or "password" in request.POST:
        return _start(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes: list[str] = []
        if _done(form, "code", lambda: codes.extend(_confirm(request, form))):
            response = _show_codes(request, codes)
            remember_device(request, response, request.user)
            return response
    return _page(request, "accounts/second_factor_on.html", form, **_key(device))


def _start(request: SignedInRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _done(form, "password", lambda: _begin(request, form)):
        return redirect("accounts:second_factor_on")
    return _page(request, "accounts/second_factor_start.html", form)


def _begin(request: SignedInRequest, form: PasswordForm) -> None:
    step_up.confirm(request=request, user=request.user, password=form.cleaned_data["password"])
    second_factor.start(request=request, user=request.user)


def _confirm(request: SignedInRequest, form: CodeForm) -> list[str]:
    return second_factor.confirm(request=request, user=request.user, code=form.cleaned_data["code"])


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def turn_off(request: SignedInRequest) -> HttpResponse:
    """Asks for the password (staff: also a code). Staff must turn a second factor on again: theirs is only replaced."""
    if not second_factor.is_on(request.user):
        return redirect("accounts:security")
    form = _proof_form(request)
    if request.method == "POST" and form.is_valid() and _done(form, "password", lambda: _remove(request, form)):
        messages.success(request, _("Подтверждение входа кодом отключено."))
        return redirect("accounts:security")
    return _page(request, "accounts/second_factor_off.html", form)


def _remove(request: SignedInRequest, form: forms.Form) -> None:
    _prove(request, form)
    second_factor.remove(request=request, user=request.user)


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: SignedInRequest) -> HttpResponse:
    """Replaces all recovery codes by new ones; asks for the password (staff: also a code)."""
    if not second_factor.is_on(request.user):
        return redirect("accounts:security")
    form = _proof_form(request)
    if request.method == "POST" and form.is_valid():
        codes: list[str] = []
        if _done(form, "password", lambda: codes.extend(_renew(request, form))):
            return _show_codes(request, codes)
    return _page(request, "accounts/recovery_codes_new.html", form)


def _renew(request: SignedInRequest, form: forms.Form) -> list[str]:
    _prove(request, form)
    return second_factor.renew_recovery_codes(request=request, user=request.user)


def _proof_form(request: SignedInRequest) -> forms.Form:
    """Asks staff for a code too: with the password alone one could get a new key, and with the key change rights."""
    return (ProofForm if request.user.is_staff else PasswordForm)(request.POST or None)


def _prove(request: SignedInRequest, form: forms.Form) -> None:
    given = form.cleaned_data
    if isinstance(form, ProofForm):
        step_up.confirm_both(request=request, user=request.user, password=given["password"], code=given["code"])
    else:
        step_up.confirm(request=request, user=request.user, password=given["password"])


def _done(form: forms.Form, field: str, work: Callable[[], object]) -> bool:
    """Calls `work`; on a refusal puts the reason beside the field and returns False."""
    try:
        work()
    except DomainError as refusal:
        form.add_error(field, refusal.message)
        return False
    return True


def _page(request: SignedInRequest, template: str, form: forms.Form, **context: str) -> HttpResponse:
    return render(request, template, {"form": form, "frame": frame(request.user), **context})


def _show_codes(request: SignedInRequest, codes: list[str]) -> HttpResponse:
    """Shows the recovery codes in the response itself: they are not stored in plain text."""
    context = {"codes": codes, "frame": frame(request.user), "onward": landing(request.user)}
    return render(request, "accounts/recovery_codes.html", context)


def _key(device: TOTPDevice) -> dict[str, str]:
    """The key as a picture for the camera and as text for typing."""
    picture = BytesIO()
    segno.make(device.config_url, error="m", micro=False).save(picture, kind="svg", scale=5, border=4, light="#fff")
    secret = base64.b32encode(device.bin_key).decode().rstrip("=")
    spaced = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return {"qr": base64.b64encode(picture.getvalue()).decode(), "secret": spaced}
