"""A confirmed change: its number, what it changed, and whether the switch has applied it (3.2)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sipcabinet.lib import requests
from subscribers.models import Operation, OperationKind
from subscribers.selectors import operations
from subscribers.selectors.operations import SwitchStage, SwitchState
from subscribers.views import chosen

PANELS = {SwitchStage.APPLYING: "info", SwitchStage.APPLIED: "", SwitchStage.FAILED: "err"}
SYMBOLS = {SwitchStage.APPLYING: "clock", SwitchStage.APPLIED: "ok", SwitchStage.FAILED: "err"}

_OF_SERVICES = {OperationKind.SERVICES_ADDED, OperationKind.SERVICES_REMOVED, OperationKind.SERVICE_SET}


@login_required
@require_safe
def detail(request: HttpRequest, pk: int, operation_pk: int) -> HttpResponse:
    """The page shown after a confirmation; it is also the operation's permanent address."""
    context = _context(request, pk, operation_pk)
    context["first_step"] = _first_step(context["operation"]) if "done" in request.GET else ""
    return render(request, "subscribers/operation.html", context)


@require_safe
def status(request: HttpRequest, pk: int, operation_pk: int) -> HttpResponse:
    """The changing part of an operation's page. 204 if nothing is new, so that screen readers read nothing twice."""
    if not request.user.is_authenticated and "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # signed out: reload, which asks to sign in
    return _status_of_known(request, pk, operation_pk)


@login_required
def _status_of_known(request: HttpRequest, pk: int, operation_pk: int) -> HttpResponse:
    context = _context(request, pk, operation_pk)
    if request.GET.get("seen") == context["stage"]:
        return HttpResponse(status=204)
    return render(request, "subscribers/operation_status.html", context)


def _context(request: HttpRequest, pk: int, operation_pk: int) -> dict[str, Any]:
    account, subscriber = chosen.of_visitor_or_404(request, pk)
    operation = requests.or_404(operations.get(account, subscriber, operation_pk))
    state = operations.operation_state(account, operation)
    stage = state.stage if state else SwitchStage.APPLIED
    return {
        "subscriber": subscriber,
        "chosen_subscriber": subscriber,
        "operation": operation,
        "made_by": _made_by(operation),
        "of_services": operation.kind in _OF_SERVICES,
        "priced": any(change.get("price") for change in operation.changes),
        "switch": state,
        "stage": stage.value,
        "panel": PANELS[stage],
        "symbol": SYMBOLS[stage],
        "next": _next(operation, state),
    }


def _first_step(operation: Operation) -> str:
    """The name of the wizard's first step, for the progress bar shown when the wizard has led to this page."""
    return {
        OperationKind.SERVICES_ADDED: _("Услуги"),
        OperationKind.SERVICES_REMOVED: _("Услуги"),
        OperationKind.SERVICE_SET: _("Параметры"),
        OperationKind.CHANNELS: _("Пакет"),
    }.get(OperationKind(operation.kind), "")


def _made_by(operation: Operation) -> str:
    """Who made the change, for the customer: staff are not visible to his page and are not named."""
    if operation.made_by_id is None or operation.made_by is None or operation.made_by.is_staff:
        return _("Оператор")
    return operation.made_by.get_full_name()


def _next(operation: Operation, state: SwitchState | None) -> list[str]:
    """«Что будет дальше»: the state of the switch, then what the change means."""
    words = [_of_switch(state, operation.number)] if state else []
    if state is None or state.stage != SwitchStage.FAILED:
        words.append(_of_kind(OperationKind(operation.kind)))
    return [text for text in words if text]


def _of_switch(state: SwitchState, number: str) -> str:
    return {
        SwitchStage.APPLYING: _(
            "Изменение принято и передаётся на коммутатор; обычно это занимает меньше минуты. Ждать на этой странице "
            "не нужно."
        ),
        SwitchStage.APPLIED: _("Изменение действует на коммутаторе."),
        SwitchStage.FAILED: _(
            "Изменение принято, но коммутатор его пока не выполнил. Оператор уже видит это и всё исправит; повторять "
            "операцию не нужно. Вопросы — в службу поддержки, назовите номер операции %(number)s."
        )
        % {"number": number},
    }[state.stage]


def _of_kind(kind: OperationKind) -> str:
    return {
        OperationKind.SERVICES_ADDED: _("Плата за услуги начисляется со дня подключения, по дням месяца."),
        OperationKind.SERVICES_REMOVED: _(
            "Плата начислена за дни, когда услуга была подключена. День отключения не оплачивается, если услуга "
            "подключена не в тот же день."
        ),
        OperationKind.SERVICE_SET: _("Стоимость услуги не меняется."),
        OperationKind.CHANNELS: _("Плата за пакет начисляется со дня смены, по дням месяца."),
        OperationKind.MINUTES: _("Плата за пакет начисляется со дня подключения, по дням месяца."),
        OperationKind.SIP_PASSWORD: _(
            "Укажите новый пароль в настройках оборудования: со старым оно больше не зарегистрируется."
        ),
    }.get(kind, "")
