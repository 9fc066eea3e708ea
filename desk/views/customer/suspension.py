"""Suspend an account at the customer's written request, and cancel what is planned for a coming day (4.11)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AccountStatus
from desk.forms.customer import ReasonForm
from desk.forms.endings import SuspendForm
from desk.models import PlannedKind
from desk.models.planned_change import UNDONE
from desk.services import planned_changes, suspensions
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.validity import in_force
from subscribers.models import PlanTerms, Subscriber, SubscriberStatus
from subscribers.selectors import staff_restriction


def suspend(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Bars outgoing calls from one day to another."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)

    def work(by: Actor, told: dict[str, Any]) -> str:
        _suspend(account, told["since"], told["until"], Actor(by.user, by.address, told["paper"], by.token))
        days = {"since": clock.show_date(told["since"]), "until": clock.show_date(told["until"])}
        return _("Приостановлено с %(since)s, возобновится %(until)s") % days

    step = Step(
        title=_("Приостановить по заявлению"),
        button=_("Приостановить"),
        is_dangerous=True,
        facts=[(_("Лицевой счёт"), account.number)],
        effect=[
            _("С первого дня номера не звонят, кроме экстренных служб и бесплатных номеров; входящие остаются."),
            _("В день возобновления исходящие звонки откроются сами, если их не ограничивает долг."),
            _fees(account),
            _("Оплата и гарантия приостановление не снимут; отменить его может сотрудник."),
        ],
        refusal=_why_not(account),
        section="accounts",
        form=SuspendForm,
        fields_of={
            **dict.fromkeys(("planned.on", "planned.known"), "since"),
            **dict.fromkeys(("account_restriction.reason", "planned.reason"), "paper"),
        },
    )
    return carry_out(request, customer, step, work)


def cancel(request: HttpRequest, pk: int, planned_pk: int) -> HttpResponse:
    """Cancels a planned change before its day, or after its rules have refused it."""
    customer = found.customer_of(request, pk)
    change = found.planned_of(customer, planned_pk)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        planned_changes.cancel(change=change, by=by)
        return _("Отменено: %(what)s") % {"what": change}

    facts = [
        (_("Что"), str(change)),
        (_("С какого дня"), clock.show_date(change.day)),
        (_("Основание"), change.reason),
        (_("Кто запланировал"), change.made_by.get_full_name()),
    ]
    if change.state == JobState.PARKED:
        facts.append((_("Почему не выполнено"), change.last_error))
    step = Step(
        title=_("Отменить запланированное"),
        button=_("Отменить изменение"),
        is_dangerous=True,
        facts=facts,
        effect=[_("Этого изменения не будет; остальное запланированное останется.")],
        refusal="" if change.state in UNDONE else _("Это изменение уже выполнено или отменено."),
        section="accounts",
        form=ReasonForm,
        fields_of={"planned.reason": "reason"},
    )
    return carry_out(request, customer, step, work)


def _suspend(account: Account, since: date, until: date, by: Actor) -> None:
    """Bars now or plans it, and plans the end, in one transaction."""
    named = Actor(by.user, by.address, suspensions.reason_of(by.reason), by.token)
    with transaction.atomic():
        planned_changes.plan(account=account, kind=PlannedKind.RESUME, on=until, by=named)
        if since > clock.today():
            planned_changes.plan(account=account, kind=PlannedKind.SUSPEND, on=since, by=named)
        else:
            suspensions.begin(account=account, reason=named.reason, by=named)


def _fees(account: Account) -> str:
    """What is charged meanwhile, by the terms of the account's plans that are in force today."""
    plans = Subscriber.objects.filter(account=account).exclude(status=SubscriberStatus.CLOSED).values("plan")
    terms = PlanTerms.objects.filter(in_force(clock.today()), plan__in=plans, suspended_fee_percent__lt=100)
    shares = [
        _("%(plan)s — %(percent)d %%") % {"plan": one.plan, "percent": one.suspended_fee_percent}
        for one in terms.select_related("plan").order_by("plan__name")
    ]
    if not shares:
        return _("Абонентская плата и услуги начисляются по тарифному плану, как обычно.")
    told = {"shares": ", ".join(shares)}
    return _("За дни приостановления абонентская плата меньше: %(shares)s. Услуги и пакеты — как обычно.") % told


def _why_not(account: Account) -> str:
    if account.status == AccountStatus.CLOSED:
        return _("Лицевой счёт закрыт: его номера отключены.")
    if (known := staff_restriction.in_force(account)) is not None:
        told = {"day": clock.show_date(known.started_at), "why": known.reason}
        return _("Лицевой счёт уже ограничен оператором %(day)s: %(why)s.") % told
    return ""
