"""One written application: the paper with its scan, what it changes, and the decision; then the next one (4.2)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from accounts.models import ApplicationKind, ApplicationState, WrittenApplication
from accounts.selectors import applications
from accounts.services import applications as application_services
from desk.ages import waited
from desk.forms.application import CabinetForm, DoneForm, EmailForm, NoForm, NumberForm
from sipcabinet.lib import downloads
from subscribers.models import Operation, Subscriber

DECIDE = "accounts.change_writtenapplication"
# What the change itself needs beside DECIDE.
NEEDED = {
    ApplicationKind.MINUTES: ("subscribers.change_minuteassignment",),
    ApplicationKind.SERVICE: ("subscribers.change_serviceassignment",),
    ApplicationKind.EMAIL: ("accounts.change_account",),
    ApplicationKind.CABINET: ("accounts.change_account", "accounts.change_user"),
}
ON_A_NUMBER = (ApplicationKind.MINUTES, ApplicationKind.SERVICE)
ON_THE_ACCOUNT = (ApplicationKind.EMAIL, ApplicationKind.CABINET)
MOST_LINKS = 6  # numbers of an account that the page lists; others are found by the form
TONES = {
    ApplicationState.RECEIVED: "warn",
    ApplicationState.DONE: "ok",
    ApplicationState.REFUSED: "err",
    ApplicationState.WITHDRAWN: "",
}
DONE, NO, CHANGE = "done", "no", "change"


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a paper. POST decides: `do` names the form."""
    paper = _found(pk)
    act = request.POST.get("do", "") if request.method == "POST" else ""
    context: dict[str, Any] = {"paper": paper, "review": False}
    forms_of = {DONE: _done, NO: _no, CHANGE: _change}
    if act:
        if act not in forms_of or not request.user.has_perm(DECIDE):
            raise PermissionDenied
        decided = forms_of[act](request, paper, context)
        if decided is not None:
            messages.success(request, f"{decided.reference}: {decided.get_state_display()}. {decided.answer}")
            following = applications.next_waiting(decided)
            return (
                redirect("admin:desk_application", following.pk) if following else redirect("admin:desk_applications")
            )
        paper = context["paper"] = _found(pk)  # another person may have decided meanwhile
    return _page(request, paper, context)


@require_safe
def scan(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The scan as a file to be saved; the journal says who opened it."""
    paper = _found(pk)
    try:
        stream = application_services.opened(application=paper, by=Actor.of(request))
    except FileNotFoundError:
        raise Http404 from None
    return downloads.attachment(stream, paper.scan_name, paper.scan_type)


def _found(pk: int) -> WrittenApplication:
    paper = applications.find(pk)
    if paper is None:
        raise Http404
    return paper


def _done(request: HttpRequest, paper: WrittenApplication, context: dict[str, Any]) -> WrittenApplication | None:
    if paper.kind in ON_THE_ACCOUNT:  # these are only carried out by the portal
        raise PermissionDenied
    context["done"] = form = DoneForm(request.POST)
    return form.carry_out(paper, Actor.of(request)) if form.is_valid() else None


def _no(request: HttpRequest, paper: WrittenApplication, context: dict[str, Any]) -> WrittenApplication | None:
    context["no"] = form = NoForm(request.POST)
    return form.carry_out(paper, Actor.of(request)) if form.is_valid() else None


def _change(request: HttpRequest, paper: WrittenApplication, context: dict[str, Any]) -> WrittenApplication | None:
    if paper.kind not in ON_THE_ACCOUNT or not _may_change(request, paper):
        raise PermissionDenied
    context["change"] = form = _change_form(paper, request.POST)
    if not form.is_valid():
        return None
    if form.is_confirmed:
        return form.carry_out(Actor.of(request))
    context["review"] = True
    return None


def _change_form(paper: WrittenApplication, data: Any = None) -> EmailForm:
    return CabinetForm(paper, data) if paper.kind == ApplicationKind.CABINET else EmailForm(paper, data)


def _may_change(request: HttpRequest, paper: WrittenApplication) -> bool:
    return bool(request.user.has_perms(NEEDED.get(ApplicationKind(paper.kind), ())))


def _page(request: HttpRequest, paper: WrittenApplication, context: dict[str, Any]) -> HttpResponse:
    may_decide = paper.is_waiting and request.user.has_perm(DECIDE)
    following = applications.next_waiting(paper)
    given = (
        admin.site.each_context(request)
        | context
        | {
            "title": paper.reference,
            "tone": TONES[ApplicationState(paper.state)],
            "waited": waited(paper.received_at) if paper.is_waiting else "",
            "following": following,
            "may_decide": may_decide,
            "may_change": may_decide and _may_change(request, paper),
            "by_hand": paper.kind not in ON_THE_ACCOUNT,
            "on_a_number": paper.kind in ON_A_NUMBER,
            "on_the_account": paper.kind in ON_THE_ACCOUNT,
            "operation": _operation(paper),
        }
    )
    if may_decide:
        for name, make in _unsent(paper):
            if name not in given:
                given[name] = make()
        if paper.kind in ON_A_NUMBER and (answer := _numbers(request, paper, given)) is not None:
            return answer
    given["decisions"] = sent = [given[name] for name in (DONE, NO, CHANGE) if name in given]
    given["has_errors"] = any(form.errors for form in sent)
    return TemplateResponse(request, "desk/application.html", given)


def _unsent(paper: WrittenApplication) -> list[tuple[str, Callable[[], forms.Form]]]:
    """The forms of the page that were not sent with this request."""
    made: list[tuple[str, Callable[[], forms.Form]]] = [(NO, NoForm)]
    if paper.kind in ON_THE_ACCOUNT:
        return [*made, (CHANGE, lambda: _change_form(paper))]
    return [*made, (DONE, DoneForm)]


def _numbers(request: HttpRequest, paper: WrittenApplication, given: dict[str, Any]) -> HttpResponse | None:
    """Offers the account's numbers; leads to the page of the change when the form names one."""
    trunks = paper.kind == ApplicationKind.MINUTES
    form = NumberForm(paper, request.GET if "phone" in request.GET else None, trunks=trunks)
    if form.is_bound and form.is_valid():
        return redirect(_url_of_change(paper, form.cleaned_data["phone"]))
    listed = list(form.subscribers.order_by("phone")[: MOST_LINKS + 1])
    given["number_form"] = form
    given["numbers"] = [(row, _url_of_change(paper, row)) for row in listed[:MOST_LINKS]]
    given["has_more_numbers"] = len(listed) > MOST_LINKS
    return None


def _url_of_change(paper: WrittenApplication, subscriber: Subscriber) -> str:
    chosen = {"application": str(paper.pk)}
    if paper.kind == ApplicationKind.MINUTES:
        query = {"phone": subscriber.phone.removeprefix("+"), **chosen}
        return f"{reverse('admin:subscribers_minutes')}?{urlencode(query)}"
    page = reverse("admin:subscribers_serviceassignment_of_subscriber", args=[subscriber.pk])
    return f"{page}?{urlencode(chosen)}"


def _operation(paper: WrittenApplication) -> Operation | None:
    if not paper.operation:
        return None
    return Operation.objects.filter(account=paper.account, number=paper.operation).first()
