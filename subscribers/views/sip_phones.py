"""«Ссылки для телефонов»: links under which telephones fetch their settings; making one after a step-up (3.4)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from sipcabinet.lib import requests, tenancy
from subscribers.forms.sip import PhoneLinkForm
from subscribers.models import SipLink
from subscribers.selectors import sip, sip_links
from subscribers.services import sip_links as services
from subscribers.services.sip_links import NewLink
from subscribers.views import chosen
from subscribers.views.sip import StepUpPage, done


@login_required
@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of the subscriber's trunk with their last use."""
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    access = sip.of(account, subscriber)
    if access is None:
        return redirect("subscribers:sip_parameters", pk)
    context: dict[str, Any] = {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "access": access,
        "rows": sip_links.of_trunk(account, access.trunk, most_fetches=services.MOST_FETCHES),
    }
    return render(request, "subscribers/sip/phones.html", context)


@tenancy.exempt
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the telephone, the time and the account password; then shows the address once."""
    page = StepUpPage(request, pk)
    if page.access is None:
        return redirect(page.url)
    form = PhoneLinkForm(request.POST if request.method == "POST" else None)
    made: list[NewLink] = []
    if form.is_valid() and done(form, lambda: made.append(page.link(form))):
        return page.render("subscribers/sip/phone_added.html", made=made[0], file_name=_file_name(made[0].link))
    return page.render("subscribers/sip/phone_add.html", form=form, cancel=_list(pk))


@tenancy.exempt
@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int, link_pk: int) -> HttpResponse:
    """Withdraws a link of the subscriber's trunk; another's looks like a missing one."""
    page = StepUpPage(request, pk)
    trunk = page.access.trunk if page.access else page.subscriber
    link = requests.or_404(SipLink.objects.filter(pk=link_pk, trunk=trunk, account_id=trunk.account_id).first())
    services.withdraw(link=link, by=Actor.of(request))
    messages.success(request, _("Ссылка отозвана: по ней больше ничего нельзя получить."))
    return redirect(_list(pk))


def _list(pk: int) -> str:
    return reverse("subscribers:sip_phones", args=[pk])


def _file_name(link: SipLink) -> str:
    """The name that the telephone will append."""
    mac = link.mac or "MAC"
    return f"cfg{mac}.xml" if link.kind == "grandstream" else f"{mac}.cfg"
