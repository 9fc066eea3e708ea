"""Disconnect a number or port it out, close an account, open it again; each from a day, its effect shown (4.11)."""

from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from accounts.models import AccountStatus
from desk.forms.customer import ReasonForm
from desk.forms.endings import DisconnectForm, EndForm, PlanChangeForm
from desk.forms.numbers import fee_in_words
from desk.models import PlannedKind
from desk.selectors import last_invoice
from desk.services import disconnections, planned_changes
from desk.views import invoice_draft
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from sipcabinet.lib import clock, phones, words
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import prices
from subscribers.services import plan_changes

BESIDE = {
    **dict.fromkeys(("number.month_closed", "number.calls", "number.assignments", "number.has_numbers"), "on"),
    **dict.fromkeys(("number.before_connection", "planned.on", "planned.known"), "on"),
    **dict.fromkeys(("number.reason", "planned.reason"), "reason"),
}


def disconnect(request: HttpRequest, pk: int, subscriber_pk: int) -> HttpResponse:
    """Disconnects a number, or plans it for a coming day."""
    customer = found.customer_of(request, pk)
    subscriber = found.subscriber_of(customer, subscriber_pk)
    shown = phones.display(subscriber.phone)

    def work(by: Actor, told: dict[str, Any]) -> str:
        ported_out, on = told["ported_out"], told["on"]
        if on > clock.today():
            kind = PlannedKind.PORT_OUT if ported_out else PlannedKind.DISCONNECT
            planned_changes.plan(account=subscriber.account, subscriber=subscriber, kind=kind, on=on, by=by)
            return _planned(kind, on)
        at = planned_changes.moment_of(on)
        ended = disconnections.disconnect(subscriber=subscriber, at=at, ported_out=ported_out, by=by)
        return _("Отключено: %(count)s") % {"count": _numbers(ended)}

    step = Step(
        title=_("Отключить %(phone)s") % {"phone": shown},
        button=_("Отключить номер"),
        is_dangerous=True,
        facts=[
            (_("Номер"), str(subscriber)),
            (_("Вид"), subscriber.get_kind_display()),
            (_("Лицевой счёт"), subscriber.account.number),
            (_("Подключён"), clock.show_moment(subscriber.connected_at)),
        ],
        effect=_effect_of_end(subscriber),
        refusal=_("Номер уже отключён.") if subscriber.status == SubscriberStatus.CLOSED else "",
        section="numbers",
        form=DisconnectForm,
        fields_of=BESIDE,
    )
    return carry_out(request, customer, step, work)


def change_plan(request: HttpRequest, pk: int, subscriber_pk: int) -> HttpResponse:
    """Gives a number another plan, from today or from a coming day."""
    customer = found.customer_of(request, pk)
    subscriber = found.subscriber_of(customer, subscriber_pk)

    def work(by: Actor, told: dict[str, Any]) -> str:
        plan, on = told["plan"], told["on"]
        if on > clock.today():
            kind = PlannedKind.CHANGE_PLAN
            planned_changes.plan(
                account=subscriber.account, subscriber=subscriber, kind=kind, on=on, tariff=plan, by=by
            )
            return _planned(kind, on)
        operation = plan_changes.change(subscriber=subscriber, plan=plan, by=by)
        return _("Тарифный план сменён: %(plan)s, операция %(number)s") % {"plan": plan, "number": operation.number}

    fee = fee_in_words(prices.price_on(subscriber.plan))
    effect = [_("Абонентская плата: день смены и следующие — по новому плану, прежние дни — по старому.")]
    if subscriber.is_trunk:
        effect.append(_("Включённые минуты месяца — по плану на его первый день: новые начнутся со следующего месяца."))
        effect.append(_("Пакет каналов не меняется."))
    step = Step(
        title=_("Сменить тарифный план"),
        button=_("Сменить план"),
        facts=[
            (_("Номер"), str(subscriber)),
            (_("Нынешний план"), f"{subscriber.plan.name}, {fee}"),
            (_("Действует с"), clock.show_date(plan_changes.since(subscriber))),
        ],
        effect=effect,
        refusal=_("Номер уже отключён.") if subscriber.status == SubscriberStatus.CLOSED else "",
        section="numbers",
        form=partial(PlanChangeForm, subscriber),
        fields_of=BESIDE | dict.fromkeys(("number.same_plan", "number.no_price", "number.plan"), "plan"),
    )
    return carry_out(request, customer, step, work)


def close(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Closes an account, its last invoice shown before; or plans it for a coming day."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    still = account.subscribers.exclude(status=SubscriberStatus.CLOSED).count()

    def work(by: Actor, told: dict[str, Any]) -> str:
        on = told["on"]
        if on > clock.today():
            planned_changes.plan(account=account, kind=PlannedKind.CLOSE_ACCOUNT, on=on, by=by)
            return _planned(PlannedKind.CLOSE_ACCOUNT, on)
        disconnections.close_account(account=account, at=planned_changes.moment_of(on), by=by)
        return _("Лицевой счёт %(number)s закрыт") % {"number": account.number}

    step = Step(
        title=_("Закрыть лицевой счёт"),
        button=_("Закрыть лицевой счёт"),
        is_dangerous=True,
        facts=[
            (_("Лицевой счёт"), account.number),
            (_("Договор"), f"{account.contract_number}, {clock.show_date(account.contract_date)}"),
            (_("Действующих номеров"), still),
        ],
        effect=_effect_of_close(still),
        refusal=_("Лицевой счёт уже закрыт.") if account.status == AccountStatus.CLOSED else "",
        section="accounts",
        form=EndForm,
        fields_of=BESIDE,
        template="desk/customer/close.html",
        extra={"last": last_invoice.of(account), "account": account},
    )
    return carry_out(request, customer, step, work)


@require_safe
def last_invoice_preview(request: HttpRequest, pk: int, account_pk: int, code: str) -> HttpResponseBase:
    """The PDF of an invoice that is still to be issued to the account: of one of the months that the page shows."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    month = next((one.month for one in last_invoice.of(account).months if one.month.code == code), None)
    if month is None:
        raise Http404
    return invoice_draft.answer(request, account, month)


def reopen(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Opens a closed account again."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        disconnections.reopen_account(account=account, by=by)
        return _("Лицевой счёт %(number)s открыт снова. Подключите ему номера") % {"number": account.number}

    step = Step(
        title=_("Открыть лицевой счёт снова"),
        button=_("Открыть снова"),
        facts=[(_("Лицевой счёт"), account.number), (_("Закрыт"), _day(account.closed_on))],
        effect=[
            _("Номера сами не вернутся: подключите их заново. Прежние номера этого клиента ждут его в карантине."),
            _("Вход в кабинет откроется вместе с SIP-соединением; пароль понадобится новый."),
            _("Баланс, счета и история остаются прежними."),
        ],
        refusal=_("Лицевой счёт не закрыт.") if account.status != AccountStatus.CLOSED else "",
        section="accounts",
        form=ReasonForm,
        fields_of=BESIDE,
    )
    return carry_out(request, customer, step, work)


def _effect_of_end(subscriber: Subscriber) -> list[str]:
    inner = subscriber.numbers.exclude(status=SubscriberStatus.CLOSED).count()
    effect = [_("С этого дня номер не звонит и не принимает звонки, плата за него не начисляется.")]
    if subscriber.is_trunk:
        effect.append(_("Вход в личный кабинет по этому номеру закроется, параметры SIP перестанут работать."))
    if inner:
        effect.append(_("Вместе с SIP-соединением отключатся его номера: %(count)d.") % {"count": inner})
    days = words.counted(settings.NUMBER_QUARANTINE.days, "день", "дня", "дней")
    return [
        *effect,
        _("Номер будет в карантине %(days)s: всё это время его может получить только этот клиент.") % {"days": days},
        _("Начисления до этого дня войдут в счёт за месяц отключения. Отменить отключение нельзя."),
    ]


def _effect_of_close(still: int) -> list[str]:
    effect = []
    if still:
        effect.append(_("Отключатся все номера счёта: %(count)d. Они пойдут в карантин.") % {"count": still})
    return [
        *effect,
        _("Войти в личный кабинет этого счёта будет нельзя."),
        _("Последний счёт выставляется вместе с закрытием месяца, в котором закрыт лицевой счёт."),
        _("Долг и переплата остаются на лицевом счёте; открыть его снова можно."),
    ]


def _planned(kind: PlannedKind, on: date) -> str:
    return _("Запланировано с %(day)s: %(what)s") % {"day": clock.show_date(on), "what": kind.label}


def _numbers(count: int) -> str:
    return words.counted(count, "номер", "номера", "номеров")


def _day(day: date | None) -> str:
    return clock.show_date(day) if day else "—"
