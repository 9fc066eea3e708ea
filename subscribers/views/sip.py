"""«Параметры для настройки SIP»: the page, and actions with the SIP password after a step-up (3.4).

The step-up pages run as the application's database role, because attempts must be counted even if the page fails; they
still find their subscriber only within the tenant's account.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.actor import Actor
from accounts.forms.password import PasswordForm
from accounts.services import looks, step_up
from accounts.services.step_up import WrongPasswordError
from accounts.services.throttles import ThrottledError
from sipcabinet.lib import downloads, phones, requests, tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from subscribers.forms.sip import MEMO, ChangeSipPasswordForm, PhoneLinkForm, SettingsForm
from subscribers.selectors import sip
from subscribers.selectors.sip import SipAccess
from subscribers.services import sip_accounts, sip_links
from subscribers.services.sip_links import NewLink
from subscribers.sip import FILES
from subscribers.switch import diagnosis, live
from subscribers.views import chosen

SHOWN_SECONDS = 60
HIDDEN = "hidden"


@login_required
@require_safe
def parameters(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that the equipment needs except the password."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    access = sip.of(account, subscriber)
    context: dict[str, Any] = {"subscriber": subscriber, "chosen_subscriber": subscriber, "access": access}
    if access is None:
        return render(request, "subscribers/sip/none.html", context)
    subject = f"{subscriber._meta.label_lower}:{subscriber.pk}"
    looks.note(request, LookKind.SECRET, subject, _("Параметры SIP: %(who)s") % {"who": subscriber})
    context |= {"was_hidden": HIDDEN in request.GET, "on_switch": _on_switch(request, access)}
    return render(request, "subscribers/sip/parameters.html", context)


def _on_switch(request: HttpRequest, access: SipAccess) -> dict[str, Any] | None:
    """What the switch knows of the trunk, and what is wrong in words; None if the portal works without a Kamailio.

    Staff who view the page as the customer, without the right to see dialled numbers, get masks.
    """
    if not live.is_there():
        return None
    known = live.of_trunk(access.parameters.auth_name, access.parameters.domain)
    viewing = getattr(request, "viewing", None)
    number = phones.display if viewing is None or viewing.sees_dialled_numbers else phones.masked
    return {"known": known, "findings": diagnosis.of(access.parameters, known, number) if known else []}


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the account password, then shows the SIP password for a minute. A GET never shows the password."""
    page = StepUpPage(request, pk)
    if request.method != "POST" or page.access is None or not page.access.parameters.registers:
        return redirect(page.url)
    form = PasswordForm(request.POST if "password" in request.POST else None)
    shown: list[str] = []
    if form.is_valid() and done(form, lambda: shown.append(page.proven_password(form, _("на странице")))):
        return page.secret("subscribers/sip/password.html", sip_password=shown[0])
    return page.render("subscribers/sip/password_ask.html", form=form)


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def password_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Explains a new SIP password, asks for the account password, then shows the new password once."""
    page = StepUpPage(request, pk)
    if page.access is None or not page.access.parameters.registers:
        return redirect(page.url)
    form = ChangeSipPasswordForm(request.POST if request.method == "POST" else None)
    changed: list[sip_accounts.PasswordChanged] = []
    if form.is_valid() and done(form, lambda: changed.append(page.change(form))):
        operation, new = changed[0]
        if not new:
            return page.render("subscribers/sip/password_changed_before.html", operation=operation)
        return page.secret("subscribers/sip/password_changed.html", operation=operation, sip_password=new)
    links = sip_links.live_of_trunk(page.access.trunk)
    return page.render("subscribers/sip/password_change.html", form=form, links=links)


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Choice of equipment, with or without the password; then the file, or the page to print."""
    page = StepUpPage(request, pk)
    if page.access is None:
        return redirect(page.url)
    data = request.POST if request.method == "POST" else None
    form = SettingsForm(data, has_password=page.access.parameters.registers)
    made: list[HttpResponse] = []
    if form.is_valid() and done(form, lambda: made.append(page.made_settings(form))):
        return made[0]
    return page.render("subscribers/sip/settings.html", form=form)


class StepUpPage:
    """A step-up page of one subscriber of the visitor's account; raises Http404 for any other subscriber."""

    def __init__(self, request: HttpRequest, pk: int) -> None:
        self.request = request
        self.user, account = visitor.of(request)
        with tenancy.portal(account.pk):
            self.subscriber = chosen.choose_or_404(request, account, pk)
            self.access = sip.of(account, self.subscriber)
        self.url = reverse("subscribers:sip_parameters", args=[pk])

    def proven_password(self, form: Form, where: str) -> str:
        """The SIP password, if the account password is right. Raises DomainError."""
        self._prove(form)
        return sip_accounts.show_password(
            trunk=self._access.trunk, user=self.user, address=requests.client_address(self.request), where=where
        )

    def change(self, form: Form) -> sip_accounts.PasswordChanged:
        """Sets a new SIP password, if the account password is right. Raises DomainError."""
        self._prove(form)
        by = Actor.of(self.request, token=form.cleaned_data["token"])
        return sip_accounts.change_password(trunk=self._access.trunk, by=by)

    def link(self, form: PhoneLinkForm) -> NewLink:
        """Makes a link for a telephone, if the account password is right. Raises DomainError."""
        self._prove(form)
        told = form.cleaned_data
        by = Actor.of(self.request, token=told["token"])
        return sip_links.create(
            trunk=self._access.trunk, kind=told["kind"], device=told["device"], lifetime=told["lifetime"], by=by
        )

    @sensitive_variables()
    def made_settings(self, form: SettingsForm) -> HttpResponse:
        """The chosen settings as a download or, for the memo, as a page. Raises DomainError."""
        kind = form.cleaned_data["kind"]
        name = str(_("Памятка")) if kind == MEMO else FILES[kind].name
        found = self._access.parameters
        if form.wants_password:
            found = found.with_password(self.proven_password(form, _("в настройках «%(name)s»") % {"name": name}))
        if kind == MEMO:
            template, context = "subscribers/sip/memo.html", {"parameters": found}
            return self.secret(template, **context) if found.password else self.render(template, **context)
        file = FILES[kind]
        response = HttpResponse(file.render(found), content_type=f"{file.mime}; charset=utf-8")
        response["Content-Disposition"] = downloads.disposition(file.file_name(found))
        response["Cache-Control"] = "no-store"
        return response

    def render(self, template: str, **context: Any) -> HttpResponse:
        context |= {
            "subscriber": self.subscriber,
            "chosen_subscriber": self.subscriber,
            "access": self.access,
            "page_url": self.url,
            "cancel_url": self.url,
        }
        response = render(self.request, template, context)
        response["Cache-Control"] = "no-store"
        return response

    def secret(self, template: str, **context: Any) -> HttpResponse:
        """A page that shows the SIP password and is left after a minute, without any script."""
        hidden_url = f"{self.url}?{HIDDEN}=1"
        response = self.render(template, hidden_url=hidden_url, shown_seconds=SHOWN_SECONDS, **context)
        response["Refresh"] = f"{SHOWN_SECONDS}; url={hidden_url}"
        return response

    @property
    def _access(self) -> SipAccess:
        if self.access is None:
            raise LookupError("a page without SIP access offers nothing to do")
        return self.access

    def _prove(self, form: Form) -> None:
        step_up.confirm(request=self.request, user=self.user, password=form.cleaned_data["password"])


def done(form: Form, work: Callable[[], object]) -> bool:
    """Whether `work` succeeded; if not, adds the error to the password field if that is at fault, else to the form."""
    try:
        work()
    except (WrongPasswordError, ThrottledError) as refusal:
        form.add_error("password", refusal.message)
    except DomainError as refusal:
        field = getattr(refusal, "field", "")
        form.add_error(field if field in form.fields else None, refusal.message)
    else:
        return True
    return False
