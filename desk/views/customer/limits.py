"""The operator's limit of a trunk, and the end of a bar of its paid directions (16.6)."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from desk.forms.customer import ReasonForm
from desk.forms.limits import OperatorLimitForm
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from sipcabinet.lib import clock, money
from subscribers.models import BarCause, LimitOwner, Subscriber, SubscriberStatus, TrunkLimit
from subscribers.selectors import limits
from subscribers.selectors.limit_words import amount, kind_name, why
from subscribers.services import limit_usage
from subscribers.services import limits as limit_services

CHANGE, LIFT = "subscribers.change_trunklimit", "subscribers.change_trunkbar"
SECTION = "numbers"


def change(request: HttpRequest, pk: int, subscriber_pk: int) -> HttpResponse:
    """Sets, changes or removes the operator's limit of a trunk; shows what is used and what bars it now."""
    customer = found.customer_of(request, pk)
    trunk = found.subscriber_of(customer, subscriber_pk)
    if not trunk.is_trunk:
        raise Http404
    in_force = limits.limits_in_force(trunk)

    def work(by: Actor, told: dict[str, Any]) -> str:
        amounts = {name: told[name] for name in limit_services.COLUMNS}
        row = limit_services.set_limits(trunk=trunk, owner=LimitOwner.OPERATOR, amounts=amounts, by=by)
        return _("Лимит оператора сохранён") if row else _("Лимита оператора больше нет")

    step = Step(
        title=_("Лимит оператора, %(trunk)s") % {"trunk": trunk},
        button=_("Сохранить лимит"),
        facts=_facts(trunk, in_force.get(LimitOwner.CUSTOMER)),
        effect=[
            _("Из лимитов клиента и оператора действует меньший. Клиент увидит лимит, но снять его не сможет."),
            _("При 50 и 80 % клиент получит письмо, при 100 % платные направления закроются до конца дня или месяца."),
            _("Экстренные службы, бесплатные номера и входящие звонки не закрываются никогда."),
            _("Если израсходовано уже больше, платные направления закроются сразу."),
        ],
        refusal=_("Номер отключён.") if trunk.status == SubscriberStatus.CLOSED else "",
        section=SECTION,
        form=partial(_form, in_force.get(LimitOwner.OPERATOR)),
        template="desk/customer/limits.html",
        extra={
            "subscriber": trunk,
            "bars": [(bar, why(bar)) for bar in limits.bars_in_force(trunk)],
            "may_lift": request.user.has_perm(LIFT),
        },
    )
    return carry_out(request, customer, step, work)


def lift(request: HttpRequest, pk: int, subscriber_pk: int, cause: str) -> HttpResponse:
    """Opens the paid directions of a trunk that this cause has closed."""
    customer = found.customer_of(request, pk)
    trunk = found.subscriber_of(customer, subscriber_pk)
    if cause not in BarCause.values:
        raise Http404
    bars = {bar.cause: bar for bar in limits.bars_in_force(trunk)}
    bar = bars.pop(cause, None)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        limit_services.lift(trunk=trunk, cause=cause, by=by)
        return _("Закрытие платных направлений снято")

    effect = [_("Платные звонки откроются за несколько секунд.")]
    if cause != BarCause.ALARM:
        effect.append(_("До полуночи этот лимит не закроет их снова; потом, если он исчерпан за месяц, закроет."))
    if bars:
        effect = [_("Платные направления останутся закрыты: %(why)s.") % {"why": ", ".join(map(why, bars.values()))}]
    facts = [(_("SIP-соединение"), str(trunk)), (_("Лицевой счёт"), trunk.account.number)]
    if bar is not None:
        facts += [(_("Закрыто"), clock.show_moment(bar.started_at)), (_("Причина"), why(bar))]
    step = Step(
        title=_("Снять закрытие платных направлений"),
        button=_("Снять закрытие"),
        facts=facts,
        effect=effect,
        refusal="" if bar else _("Это закрытие уже снято."),
        section=SECTION,
        form=ReasonForm,
    )
    return carry_out(request, customer, step, work)


def _form(present: TrunkLimit | None, data: Any) -> OperatorLimitForm:
    return OperatorLimitForm(data, present=present)


def _facts(trunk: Subscriber, own: TrunkLimit | None) -> list[tuple[str, Any]]:
    usage = limit_usage.of([trunk.pk])[trunk.pk]
    bounds = own.bounds if own else ()
    told = [f"{kind_name(one.period, one.measure)} {amount(one.measure, one.amount)}" for one in bounds]
    return [
        (_("SIP-соединение"), str(trunk)),
        (_("Лицевой счёт"), trunk.account.number),
        (_("Сегодня, без НДС"), money.show_byn(usage.day_cost)),
        (_("С начала месяца, без НДС"), money.show_byn(usage.month_cost)),
        (_("Лимит клиента"), ", ".join(told) or _("нет")),
    ]
