"""«Подключить номер» (4.11, 4.13): free numbers by pattern or in a row, the effect, then the connection."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AccountStatus, Customer
from desk.forms.numbers import ConnectForm, fee_in_words
from desk.services import connections
from desk.services.connections import Wanted, moment_of
from desk.views.customer import found
from desk.views.customer.step import back
from sipcabinet.lib import clock, refusals, words
from sipcabinet.lib.errors import DomainError
from subscribers.calls import rejects
from subscribers.cdr.numbers import normalise
from subscribers.models import CallReject, NumberOrigin
from subscribers.selectors import prices

FIELDS = {"phone": "own", "connected_at": "connected_on"}


def connect(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """The form; `find` looks for other numbers, `review` shows the effect, `connect` does it."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    is_closed = account.status == AccountStatus.CLOSED
    form = ConnectForm(account, request.POST if request.method == "POST" and not is_closed else None, _given(request))
    context: dict[str, Any] = {"form": form, "account": account, "is_closed": is_closed}
    if "find" in request.POST or "edit" in request.POST:
        form.only_search()
    elif form.is_valid():
        if "connect" in request.POST and (message := _connected(request, account, form)):
            messages.success(request, message)
            return redirect(back(customer, "numbers"))
        if not form.errors:
            context["facts"], context["effect"] = _facts(form), _effect(form)
            return _page(request, customer, "desk/connect/review.html", context)
    return _page(request, customer, "desk/connect/form.html", context)


def _given(request: HttpRequest) -> dict[str, Any]:
    """The number and the day of a rejected call (`?reject=`, 4.4), for those who may see rejected calls."""
    pk = request.GET.get("reject", "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19 and request.user.has_perm("subscribers.view_callreject")):
        return {}
    row = CallReject.objects.select_related("source").filter(pk=int(pk)).first()
    call = rejects.call_of(row) if row is not None else None
    if call is None:
        return {}
    return {"own": normalise(call.calling).value, "connected_on": clock.minsk(call.started_at).date()}


def _page(request: HttpRequest, customer: Customer, template: str, context: dict[str, Any]) -> HttpResponse:
    shared = {"title": _("Подключить номер"), "customer": customer, "back_url": back(customer, "numbers")}
    return TemplateResponse(request, template, admin.site.each_context(request) | shared | context)


def _connected(request: HttpRequest, account: Account, form: ConnectForm) -> str:
    """Returns the message of success, or an empty text after a refusal; the form then shows the refusal."""
    told, chosen = form.cleaned_data, form.chosen
    wanted = Wanted(
        phones=chosen.phones,
        origin=chosen.origin,
        plan=told["plan"],
        trunk=told["trunk"],
        label=told["label"],
        connected_at=moment_of(told["connected_on"]),
    )
    try:
        opened = connections.connect(account=account, wanted=wanted, by=Actor.of(request, token=told["token"]))
    except DomainError as refusal:
        refusals.show(form, refusal, **FIELDS)
        return ""
    return _("Подключено: %(numbers)s, %(count)s") % {"numbers": chosen.shown, "count": _numbers(len(opened))}


def _facts(form: ConnectForm) -> list[tuple[str, Any]]:
    told, chosen = form.cleaned_data, form.chosen
    fee = fee_in_words(prices.price_on(told["plan"], told["connected_on"]))
    facts = [
        (_("Номера") if len(chosen.phones) > 1 else _("Номер"), chosen.shown),
        (_("Откуда"), chosen.origin.label if chosen.origin != NumberOrigin.FREE else _("из ёмкости оператора")),
        (_("Тарифный план"), f"{told['plan'].name}, {fee}"),
    ]
    if told["trunk"] is not None:
        facts.append((_("SIP-соединение"), told["trunk"]))
    return [*facts, (_("С какого дня"), clock.show_date(told["connected_on"]))]


def _effect(form: ConnectForm) -> list[str]:
    told, count = form.cleaned_data, len(form.chosen.phones)
    effect = [_("Сразу заработают: %(count)s. Плата начисляется с этого дня.") % {"count": _numbers(count)}]
    if told["trunk"] is None:
        effect.append(_("Будут выданы параметры SIP и открыт вход в личный кабинет по этому номеру, без пароля."))
    else:
        effect.append(_("Каналы, параметры SIP и минуты — общие с SIP-соединением."))
    return effect


def _numbers(count: int) -> str:
    return words.counted(count, "номер", "номера", "номеров")
