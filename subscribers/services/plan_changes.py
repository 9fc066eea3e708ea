"""смена тарифного плана of a number as of a moment (4.11): fees by the day, included minutes from the next month."""

from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from sipcabinet.lib import clock, money
from sipcabinet.lib.periods import Month
from subscribers.calls import allowances, months
from subscribers.errors import NumberError
from subscribers.models import FormerPlan, Operation, OperationKind, Subscriber, SubscriberStatus, TariffPlan
from subscribers.selectors import prices
from subscribers.services import operations
from subscribers.services.operations import Change

log = structlog.get_logger(__name__)


def change(*, subscriber: Subscriber, plan: TariffPlan, by: Actor, at: datetime | None = None) -> Operation:
    """Gives a number another plan of its kind as of a moment (default: now) of an open month.

    The day of the change is charged by the new plan. The included minutes of a month are those of the plan on the
    month's first day, so a change on the 1st recounts the month's calls. The same form (`by.token`) sent twice changes
    once. Audited; locks the subscriber, the month and its Allowance. Raises NumberError.
    """
    with transaction.atomic():
        held = operations.locked(subscriber)
        key = f"plan:{plan.pk}:{by.token}" if by.token else ""
        if done := operations.known(held, key):
            return done
        moment = at or clock.now()
        _check(held, plan, moment)
        operation = operations.begin(
            subscriber=held, kind=OperationKind.PLAN, changes=[_told(held, plan, moment)], by=replace(by, token=key)
        )
        _keep_former(held, moment)
        held.plan, held.plan_since = plan, moment
        held.save(update_fields=["plan", "plan_since"])
        if held.is_trunk:
            allowances.set_included(trunk=held, since=Month.of(moment))
    log.info("number.plan_changed", subscriber_id=held.pk, plan_id=plan.pk)
    return operation


def since(subscriber: Subscriber) -> datetime:
    """Since when a subscriber has his present plan."""
    return subscriber.plan_since or subscriber.connected_at


def _keep_former(held: Subscriber, moment: datetime) -> None:
    """Writes down the plan that ends. A plan that began on the same day is replaced: that day is charged once."""
    began = since(held)
    if clock.minsk(began).date() == clock.minsk(moment).date():
        return
    FormerPlan.objects.create(
        account_id=held.account_id, subscriber=held, plan=held.plan, started_at=began, ended_at=moment
    )


def _check(held: Subscriber, plan: TariffPlan, moment: datetime) -> None:
    if held.status == SubscriberStatus.CLOSED:
        raise NumberError("closed", _("Номер уже отключён"))
    if plan.kind != held.kind:
        raise NumberError(
            "plan", _("Этот тарифный план для вида «%(kind)s»") % {"kind": plan.get_kind_display()}, "plan"
        )
    if plan.pk == held.plan_id:
        raise NumberError("same_plan", _("Этот тарифный план у номера уже есть"), "plan")
    if moment > clock.now():
        raise NumberError("future", _("Дата смены ещё не наступила"), "on")
    if clock.minsk(moment).date() < clock.minsk(since(held)).date():
        raise NumberError("before_plan", _("Нынешний план начался позже этого дня"), "on")
    month = Month.of(moment)
    if months.hold([month.first_day]):
        raise NumberError("month_closed", _("%(month)s уже закрыт для расчётов") % {"month": month.label_title}, "on")
    if prices.price_on(plan, clock.minsk(moment).date()) is None:
        raise NumberError("no_price", _("На этот день у плана нет цены"), "plan")


def _told(held: Subscriber, plan: TariffPlan, moment: datetime) -> Change:
    fee = prices.price_on(plan, clock.minsk(moment).date())
    price = money.show_byn(fee) if fee is not None else ""
    return Change(name=_("Тарифный план"), was=held.plan.name, now=plan.name, price=price)
