"""«Смена пароля» (1.1c)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms.password import NewPasswordForm
from accounts.http import SignedInRequest, frame, landing, remember_device, safe_next
from accounts.services import passwords, sessions, step_up
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest) -> HttpResponse:
    """Changes the password.

    After a temporary password every page redirects here, and the form does not ask for the current password.
    """
    forced = sessions.must_change_password(request)
    form = NewPasswordForm(request.POST or None, user=request.user, asks_current=not forced)
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        messages.success(request, _("Пароль изменён. Остальные сеансы завершены."))
        response = redirect(safe_next(request) or (landing(request.user) if forced else "accounts:security"))
        remember_device(request, response, request.user)
        return response
    return render(request, "accounts/password_change.html", _context(request, form, forced=forced))


def _changed(request: SignedInRequest, form: NewPasswordForm) -> bool:
    """Changes the password; on a refusal puts the reason beside its field and returns False."""
    at_fault = "current"
    try:
        if "current" in form.cleaned_data:
            step_up.confirm(request=request, user=request.user, password=form.cleaned_data["current"])
        at_fault = "new_password"
        passwords.change(request=request, user=request.user, password=form.cleaned_data["new_password"])
    except DomainError as refusal:
        form.add_error(at_fault, refusal.message)
        return False
    return True


def _context(request: SignedInRequest, form: NewPasswordForm, *, forced: bool) -> dict[str, object]:
    base = "base_sign_in.html" if forced else frame(request.user)
    return {"form": form, "forced": forced, "frame": base, "next": safe_next(request)}
