"""Авторизация, «Забыли пароль», «Выйти» (1.1a, 1.2). Open before signing in, so the views run outside a tenant."""

from django import forms
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.sign_in import ForgotForm, SignInForm
from accounts.http import devices, landing, remember_device, rules_of_temporary_passwords, safe_next
from accounts.models import User, ViewEnd
from accounts.services import audit, customer_views, password_requests, second_factor, sessions, throttles
from accounts.services import sign_in as sign_in_services
from sipcabinet.lib import requests, tenancy
from sipcabinet.lib.errors import DomainError


@tenancy.exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, common for customers and staff."""
    if isinstance(request.user, User):
        return redirect(safe_next(request) or landing(request.user))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passed = _check(request, form)
        except DomainError as refusal:
            return _refused(request, "accounts/sign_in.html", form, refusal)
        return _admit(request, passed)
    return render(request, "accounts/sign_in.html", {"form": form, "next": safe_next(request)})


def _check(request: HttpRequest, form: SignInForm) -> sign_in_services.Passed:
    origin = sessions.store(request).origin
    return sign_in_services.check(
        phone=form.cleaned_data["phone"],
        password=form.cleaned_data["password"],
        origin=origin,
        devices=devices(request),
    )


def _admit(request: HttpRequest, passed: sign_in_services.Passed) -> HttpResponse:
    user = passed.user
    target = safe_next(request) or landing(user)
    takes_code = second_factor.is_on(user)
    sessions.begin(request=request, user=user, temporary=passed.temporary, second_factor=takes_code)
    action = audit.Action.SIGNED_IN_TEMPORARY if passed.temporary else audit.Action.SIGNED_IN
    audit.record(action=action, user=user, request=request)
    response = redirect(target)
    if not takes_code:  # else the device becomes known after the code
        remember_device(request, response, user)
    return response


def _refused(request: HttpRequest, template: str, form: forms.Form, refusal: DomainError) -> HttpResponse:
    """Shows the page again with the typed values and the reason; status 429 if throttled."""
    form.add_error(None, refusal.message)
    throttled = isinstance(refusal, throttles.ThrottledError)
    response = render(request, template, {"form": form, "next": safe_next(request), "throttled": throttled})
    if isinstance(refusal, throttles.ThrottledError):
        response.status_code = 429
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


@tenancy.exempt
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """«Забыли пароль»: writes the same row and gives the same answer for every number (1.1a)."""
    form = ForgotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            password_requests.ask(phone=form.cleaned_data["phone"], address=requests.client_address(request))
        except DomainError as refusal:
            return _refused(request, "accounts/forgot.html", form, refusal)
        return redirect("accounts:forgot_sent")
    return render(request, "accounts/forgot.html", {"form": form})


@tenancy.exempt
@require_safe
def forgot_sent(request: HttpRequest) -> HttpResponse:
    """Explains what happens next, in words that are true for every number."""
    return render(request, "accounts/forgot_sent.html", dict(rules_of_temporary_passwords()))


@tenancy.exempt
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """«Выйти»."""
    if isinstance(request.user, User):
        customer_views.end(request=request, how=ViewEnd.SIGNED_OUT)
        audit.record(action=audit.Action.SIGNED_OUT, user=request.user, request=request)
    auth.logout(request)
    response = redirect("accounts:sign_in")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # cookies stay: one holds the theme
    return response


@tenancy.exempt
@require_http_methods(["GET", "HEAD", "POST"])
def keep_alive(request: HttpRequest) -> HttpResponse:
    """«Продолжить работу»: the middleware records the use of the session; answers 401 if the session has ended."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)
