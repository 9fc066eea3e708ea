"""«Акты сверки»: the acts of a quarter, their sending as one job, and who has confirmed (4.15)."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from accounts.services import audit
from billing.models import ReconciliationAct
from billing.selectors import acts
from billing.selectors.acts import Quarter
from billing.services import acts as act_services
from desk.forms.acts import ActsForm, ConfirmActForm, SendForm
from sipcabinet.lib import downloads, files, words
from sipcabinet.lib.errors import DomainError

VIEW, SEND, CONFIRM = (f"billing.{action}_reconciliationact" for action in ("view", "add", "change"))
LIST = "admin:desk_acts"
_BESIDE = {"act.despite_statements": "despite_statements", "act.nobody": "accounts", "act.on": "on", "act.how": "how"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The acts of the quarter that the address names, by default of the last one that is over."""
    form = ActsForm(request.GET)
    context = admin.site.each_context(request) | {"title": _("Акты сверки"), "form": form}
    context |= {"has_errors": bool(form.errors), "may_send": request.user.has_perm(SEND)}
    context |= {"may_confirm": request.user.has_perm(CONFIRM)}
    if form.is_valid():
        told = form.cleaned_data
        tokens = {name: request.GET.get(name, "") for name in ("onward", "back")}
        progress = acts.progress(told["quarter"])
        context |= {"quarter": told["quarter"], "progress": progress, "left": acts.without_act(told["quarter"]).count()}
        context |= {"page": acts.page(told["quarter"], told["state"], told["text"], **tokens)}
        context |= {"is_narrowed": bool(told["state"] or told["text"])}
        context |= {"back_label": _("Назад"), "onward_label": _("Дальше")}
    return TemplateResponse(request, "desk/acts.html", context)


def send(request: HttpRequest) -> HttpResponse:
    """Sends the acts of a quarter: first shows how many accounts get one, then starts the work."""
    form = SendForm(request.POST if request.method == "POST" else None, initial={"quarter": request.GET.get("quarter")})
    context = admin.site.each_context(request) | {"title": _("Отправить акты сверки"), "form": form}
    if form.is_valid():
        told = form.cleaned_data
        if "go" in request.POST and (answer := _start(request, form)) is not None:
            return answer
        if not form.errors:
            context |= _effect(told["quarter"], told["accounts"])
    context |= {"quarters": Quarter.last_over().before(acts.CHOICES), "back_url": reverse(LIST)}
    return TemplateResponse(request, "desk/acts_send.html", context)


def retry(request: HttpRequest) -> HttpResponse:
    """Starts parked work of a quarter again (POST)."""
    form = ActsForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return redirect(LIST)
    quarter = form.cleaned_data["quarter"]
    if act_services.retry(quarter=quarter, by=Actor.of(request)):
        messages.success(request, _("Отправка продолжена"))
    else:
        messages.info(request, _("Продолжать нечего: отправка не стоит"))
    return redirect(_list_of(quarter))


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Enters the customer's confirmation of an act."""
    act = get_object_or_404(ReconciliationAct.objects.select_related("account__customer", "confirmed_by"), pk=pk)
    form = ConfirmActForm(request.POST or None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            act_services.confirm(act=act, on=told["on"], how=told["how"], by=Actor.of(request))
        except DomainError as refusal:
            form.add_error(_BESIDE.get(refusal.code), refusal.message)
        else:
            messages.success(request, _("Подтверждение внесено: %(who)s") % {"who": act.account.customer.name})
            return redirect(f"{_list_of(Quarter.of(act.first_day))}&state={acts.ActState.UNCONFIRMED.value}")
    context = admin.site.each_context(request) | {"title": _("Подтвердить акт сверки"), "form": form, "act": act}
    context |= {"has_errors": bool(form.errors), "back_url": _list_of(Quarter.of(act.first_day))}
    return TemplateResponse(request, "desk/act_confirm.html", context)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The act as it was sent; the download is in the account's journal. Raises Http404 before it is made."""
    act = get_object_or_404(ReconciliationAct.objects.select_related("account"), pk=pk, made_at__isnull=False)
    with transaction.atomic():
        by = Actor.of(request)
        told = _("Скачан документ: %(what)s") % {"what": act.file_name}
        audit.record(
            account=act.account,
            user=by.user,
            action="act.read",
            summary=told,
            details={"act_id": act.pk},
            address=by.address,
        )
    try:
        return downloads.attachment(files.open_stored(act.path), act.file_name, act.content_type)
    except FileNotFoundError:
        raise Http404 from None


def _start(request: HttpRequest, form: SendForm) -> HttpResponse | None:
    """Starts the work; None if it was refused, with the reason beside its field."""
    told = form.cleaned_data
    try:
        count = act_services.start(
            quarter=told["quarter"],
            numbers=told["accounts"],
            despite_statements=told["despite_statements"],
            by=Actor.of(request),
        )
    except DomainError as refusal:
        form.add_error(_BESIDE.get(refusal.code, "quarter"), refusal.message)
        return None
    what = words.counted(count, "акт", "акта", "актов")
    messages.success(request, _("Отправка начата: %(what)s") % {"what": what})
    return redirect(_list_of(told["quarter"]))


def _effect(quarter: Quarter, numbers: list[str] | None) -> dict[str, Any]:
    """What the click will do."""
    wanted, fresh = acts.wanted(quarter, numbers).count(), acts.without_act(quarter, numbers).count()
    return {
        "review": True,
        "fresh": fresh,
        "known": wanted - fresh,
        "idle": len(numbers) - wanted if numbers is not None else None,
        "lacks": act_services.lacks_statements(quarter),
        "quarter": quarter,
    }


def _list_of(quarter: Quarter) -> str:
    return f"{reverse(LIST)}?{urlencode({'quarter': quarter.code})}"
