"""Restrict an account's outgoing calls by hand, and lift a restriction: each with its effect before the click."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, AccountStatus
from billing.selectors import balance
from billing.services import debts
from desk.forms.customer import ReasonForm
from desk.services import restrictions
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from sipcabinet.lib import clock, money, words
from subscribers.models import StaffRestriction, Subscriber, SubscriberStatus
from subscribers.selectors import staff_restriction

BESIDE_REASON = {"account_restriction.reason": "reason", "debt.reason": "reason"}


def restrict(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Bars outgoing calls of all numbers for a reason that payments do not remove."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    active = _numbers(account, SubscriberStatus.ACTIVE)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        restrictions.restrict(account=account, by=by)
        return _("Исходящие звонки лицевого счёта %(number)s ограничены") % {"number": account.number}

    step = Step(
        title=_("Ограничить исходящие звонки"),
        button=_("Ограничить исходящие звонки"),
        is_dangerous=True,
        facts=[*_facts(account), (_("Активных номеров"), active)],
        effect=[
            _("Сразу перестанут звонить: %(count)s. Останутся входящие, экстренные службы и бесплатные номера.")
            % {"count": words.counted(active, "номер", "номера", "номеров")},
            _("Оплата и гарантия это ограничение не снимут: его снимает только сотрудник, с основанием."),
            _("Номера, подключённые позже, тоже будут ограничены."),
            _("Письмо клиенту не отправляется. Основание он увидит в журнале действий."),
        ],
        refusal=_why_not_restrict(account),
        section="accounts",
        form=ReasonForm,
        fields_of=BESIDE_REASON,
    )
    return carry_out(request, customer, step, work)


def lift(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Lifts the restriction that staff made."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    known = staff_restriction.in_force(account)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        restrictions.lift(account=account, by=by)
        return _("Ограничение лицевого счёта %(number)s снято") % {"number": account.number}

    step = Step(
        title=_("Снять ограничение оператора"),
        button=_("Снять ограничение"),
        facts=[*_facts(account), *_of_restriction(known)],
        effect=_effect_of_lift(account, known),
        refusal="" if known else _("Ограничения оператора на этом лицевом счёте нет."),
        section="accounts",
        form=ReasonForm,
        fields_of=BESIDE_REASON,
    )
    return carry_out(request, customer, step, work)


def lift_debt(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Lifts the restriction for debt before the debt is paid."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    known = debts.in_force(account)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        restrictions.lift_debt(account=account, by=by)
        return _("Ограничение за долг на лицевом счёте %(number)s снято") % {"number": account.number}

    facts = _facts(account)
    if known is not None:
        facts += [(_("Ограничен"), clock.show_moment(known.started_at)), (_("За долг"), known.debt or "—")]
    step = Step(
        title=_("Снять ограничение за долг"),
        button=_("Снять ограничение за долг"),
        facts=facts,
        effect=_effect_of_lift_debt(account),
        refusal="" if known else _("Ограничения за долг на этом лицевом счёте нет."),
        section="accounts",
        form=ReasonForm,
        fields_of=BESIDE_REASON,
    )
    return carry_out(request, customer, step, work)


def _facts(account: Account) -> list[tuple[str, Any]]:
    return [
        (_("Лицевой счёт"), account.number),
        (_("Баланс"), money.show_byn(balance.balance(account))),
    ]


def _of_restriction(known: StaffRestriction | None) -> list[tuple[str, Any]]:
    if known is None:
        return []
    by = known.started_by.get_full_name() if known.started_by else "—"
    return [
        (_("Ограничен"), f"{clock.show_moment(known.started_at)}, {by}"),
        (_("Основание ограничения"), known.reason),
    ]


def _why_not_restrict(account: Account) -> str:
    if account.status == AccountStatus.CLOSED:
        return _("Лицевой счёт закрыт: его номера отключены.")
    if (known := staff_restriction.in_force(account)) is not None:
        return _("Лицевой счёт уже ограничен %(day)s: %(why)s.") % {
            "day": clock.show_date(known.started_at),
            "why": known.reason,
        }
    return ""


def _effect_of_lift(account: Account, known: StaffRestriction | None) -> list[str]:
    if known is None:
        return []
    keep = restrictions.barred_for_debt(account)
    if debts.in_force(account) is not None:
        return [
            _("Исходящие звонки останутся ограничены за долг: номеров %(count)d.")
            % {"count": max(len(keep), _numbers(account, SubscriberStatus.RESTRICTED))},
            _("Они откроются сами, когда долг будет оплачен или обещан."),
        ]
    count = known.subscribers.filter(status=SubscriberStatus.RESTRICTED).count()
    return [
        _("Сразу смогут звонить: %(count)s.") % {"count": words.counted(count, "номер", "номера", "номеров")},
        _("Номера, которые сотрудники ограничили по одному, останутся ограниченными."),
        _("Письмо клиенту не отправляется."),
    ]


def _effect_of_lift_debt(account: Account) -> list[str]:
    told = [_("Долги, срок ограничения которых уже наступил, нового ограничения не вызовут; долг остаётся.")]
    if staff_restriction.in_force(account) is not None:
        return [_("Исходящие звонки останутся ограничены: действует ограничение оператора."), *told]
    return [
        _("Номера, ограниченные за долг, сразу смогут звонить. Клиент получит письмо об этом."),
        *told,
    ]


def _numbers(account: Account, status: SubscriberStatus) -> int:
    return Subscriber.objects.filter(account=account, status=status).count()
