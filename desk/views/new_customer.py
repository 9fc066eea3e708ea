"""The wizard «Новый клиент» (4.11): steps, review, creation."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Customer
from desk.forms.new_customer import WizardStep
from desk.forms.numbers import ChooseNumberForm, fee_in_words
from desk.services import new_customers
from desk.services.connections import moment_of
from desk.services.new_customers import FirstTrunk, NewCustomer
from desk.views.customer.step import back as customer_page
from desk.views.wizard_draft import Draft
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.plain_input import fits_bigint
from sipcabinet.lib.sent_once import new_token
from subscribers.selectors import prices

PERMISSION = "subscribers.add_subscriber"
REVIEW = "review"


def start(request: HttpRequest) -> HttpResponse:
    """The first step of a new draft; `?customer=12` opens one more account for a known customer."""
    asked = request.GET.get("customer", "")
    draft = Draft(new_token())
    if asked.isascii() and asked.isdecimal() and fits_bigint(int(asked[:20])):
        draft.customer = Customer.objects.filter(pk=int(asked)).first()
    draft.save(request)
    first = draft.steps[0]
    return _page(request, draft, first, first.make(draft.customer, initial=first.given()))


def step(request: HttpRequest, token: str, code: str) -> HttpResponse:
    """One step. «Назад» keeps what was typed, also if it has faults."""
    draft = Draft.load(request, token)
    codes = [one.code for one in draft.steps]
    if code not in codes:
        raise Http404
    place = codes.index(code)
    now = draft.steps[place]
    if request.method != "POST":
        typed = draft.typed.get(code)
        return _page(request, draft, now, now.make(draft.customer, initial=now.given() if typed is None else typed))
    form = now.make(draft.customer, request.POST)
    draft.keep(now, form, request)
    if "back" in request.POST and place:
        return redirect("admin:desk_new_customer_step", token, codes[place - 1])
    if "find" in request.POST and isinstance(form, ChooseNumberForm):
        form.only_search()
    elif form.is_valid():
        if place + 1 < len(codes):
            return redirect("admin:desk_new_customer_step", token, codes[place + 1])
        return redirect("admin:desk_new_customer_review", token)
    return _page(request, draft, now, form)


def review(request: HttpRequest, token: str) -> HttpResponse:
    """Everything on one page; a POST creates it. A step with a fault is shown first."""
    draft = Draft.load(request, token)
    filled = draft.filled()
    for code, form in filled.items():
        if not form.is_valid():
            if code in draft.typed:
                messages.warning(request, _("Проверьте этот шаг ещё раз: в нём что-то не так или изменилось"))
            return redirect("admin:desk_new_customer_step", token, code)
    refusal = ""
    if request.method == "POST":
        try:
            account = new_customers.create(new=_new(draft, filled), by=Actor.of(request, token=token))
        except DomainError as told:
            refusal = told.message
        else:
            draft.forget(request)
            messages.success(request, _("Готово: открыт лицевой счёт %(number)s") % {"number": account.number})
            return redirect(customer_page(account.customer))
    context = _shared(request, draft, REVIEW) | {
        "groups": [(one, list(_facts(one.code, filled[one.code]))) for one in draft.steps],
        "effect": _effect(filled),
        "refusal": refusal,
        "last_code": draft.steps[-1].code,
    }
    return TemplateResponse(request, "desk/new_customer/review.html", context)


def _shared(request: HttpRequest, draft: Draft, code: str) -> dict[str, Any]:
    place = [*(one.code for one in draft.steps), REVIEW].index(code)
    known = draft.customer
    return admin.site.each_context(request) | {
        "title": _("Новый лицевой счёт") if known else _("Новый клиент"),
        "customer": known,
        "draft": draft,
        "place": place + 1,
        "has_back": place > 0,
        "cancel_url": customer_page(known) if known else reverse("admin:accounts_customer_changelist"),
    }


def _page(request: HttpRequest, draft: Draft, now: WizardStep, form: forms.BaseForm) -> HttpResponse:
    action = reverse("admin:desk_new_customer_step", args=[draft.token, now.code])
    context = _shared(request, draft, now.code) | {"form": form, "now": now, "form_action": action}
    name = "trunk" if isinstance(form, ChooseNumberForm) else "step"
    return TemplateResponse(request, f"desk/new_customer/{name}.html", context)


def _new(draft: Draft, filled: dict[str, Any]) -> NewCustomer:
    trunk, cabinet = filled["trunk"], filled["cabinet"].cleaned_data
    told = trunk.cleaned_data
    return NewCustomer(
        customer=draft.customer,
        requisites={} if draft.customer else filled["requisites"].cleaned_data,
        contract=filled["contract"].cleaned_data | {"cabinet_email": cabinet["cabinet_email"]},
        trunk=FirstTrunk(
            phone=trunk.chosen.phones[0],
            origin=trunk.chosen.origin,
            plan=told["plan"],
            package=told["package"],
            platform=told["platform"],
            label=told["label"],
            connected_at=moment_of(told["connected_on"]),
        ),
        send_password=cabinet["send_password"],
    )


def _facts(code: str, form: Any) -> list[tuple[Any, Any]]:
    told = form.cleaned_data
    if code == "trunk":
        package = told["package"]
        day = told["connected_on"]
        return [
            (_("Номер"), form.chosen.shown),
            (_("Откуда"), form.chosen.origin.label),
            (_("Тарифный план"), f"{told['plan'].name}, {fee_in_words(prices.price_on(told['plan'], day))}"),
            (_("Пакет каналов"), f"{package.name}, {fee_in_words(prices.price_on(package, day))}" if package
             else _("как в тарифном плане")),
            (_("Платформа SIP"), told["platform"] or _("для новых соединений")),
            *([(_("Название"), told["label"])] if told["label"] else []),
            (_("Подключить с"), clock.show_date(day)),
        ]  # fmt: skip
    if code == "cabinet":
        return [
            (form.fields["cabinet_email"].label, told["cabinet_email"]),
            (_("Временный пароль"), _("выслать сразу") if told["send_password"] else _("не высылать")),
        ]
    return [(form.fields[name].label, _shown(form, name)) for name, value in told.items() if value]


def _shown(form: forms.BaseForm, name: str) -> Any:
    value = form.cleaned_data[name]
    choices = dict(getattr(form.fields[name], "choices", ()) or ())
    return clock.show_date(value) if name == "contract_date" else choices.get(value, value)


def _effect(filled: dict[str, Any]) -> list[str]:
    cabinet = filled["cabinet"].cleaned_data
    effect = [
        _("Номер сразу заработает: будут выданы параметры SIP, плата начисляется с дня подключения."),
        _("В личный кабинет входят по номеру %(phone)s.") % {"phone": filled["trunk"].chosen.shown},
    ]
    if cabinet["send_password"]:
        told = {"email": cabinet["cabinet_email"]}
        return [*effect, _("Временный пароль уйдёт на %(email)s, и только туда. Здесь он не показывается.") % told]
    return [*effect, _("Письмо не отправляется: пароль клиент получит по «Забыли пароль».")]
