"""«Не ограничивать до…» and its withdrawal, each with its effect before the click (4.8)."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from billing.models import DunningExemption
from billing.selectors import balance, dunning_steps, exemptions
from billing.selectors import debts as owed
from billing.services import debts
from billing.services import exemptions as exemption_services
from desk.forms.customer import EndExemptionForm, ExemptForm
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from sipcabinet.lib import clock, money

FIELDS = {"exemption.until": "until", "exemption.reason": "reason"}


def grant(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Exempts the account from restriction for debt through a day."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)

    def work(by: Actor, told: dict[str, Any]) -> str:
        given = exemption_services.grant(account=account, until=told["until"], by=by)
        return _("Лицевой счёт %(number)s не ограничивается за долг по %(day)s") % {
            "number": account.number,
            "day": clock.show_date(given.until),
        }

    step = Step(
        title=_("Не ограничивать за долг до…"),
        button=_("Дать отсрочку"),
        facts=_facts(account),
        effect=[
            *_lifted(account),
            _("По указанный день включительно звонки не будут ограничены за долг. Долг и напоминания о нём остаются."),
            _("Новые письма не назовут днём ограничения день отсрочки: только рабочий день после неё."),
            _(
                "Отсрочка кончится сама. Если долг останется, звонки ограничатся утром следующего рабочего дня,"
                " но не раньше дня, который назвало последнее письмо."
            ),
        ],
        refusal=exemption_services.why_not(account),
        section="accounts",
        form=ExemptForm,
        fields_of=FIELDS,
    )
    return carry_out(request, customer, step, work)


def withdraw(request: HttpRequest, pk: int, account_pk: int) -> HttpResponse:
    """Ends the exemption in force before its day."""
    customer = found.customer_of(request, pk)
    account = found.account_of(customer, account_pk)
    known = exemptions.in_force(account)

    def work(by: Actor, told: dict[str, Any]) -> str:
        exemption_services.withdraw(account=account, seen=told["seen"], by=by)
        return _("Отсрочка лицевого счёта %(number)s отозвана") % {"number": account.number}

    step = Step(
        title=_("Отозвать отсрочку"),
        button=_("Отозвать отсрочку"),
        is_dangerous=True,
        facts=[*_facts(account), *_of_exemption(known)],
        effect=[_when_barred(account), _("Письмо клиенту не отправляется. Причину он увидит в журнале действий.")],
        refusal="" if known else _("Отсрочка этого лицевого счёта уже не действует."),
        section="accounts",
        form=partial(EndExemptionForm, initial={"seen": known.pk} if known else {}),
        fields_of=FIELDS,
    )
    return carry_out(request, customer, step, work)


def _facts(account: Account) -> list[tuple[str, Any]]:
    late = [one for one in owed.unpaid(account) if one.is_overdue]
    told = [
        (_("Лицевой счёт"), account.number),
        (_("Баланс"), money.show_byn(balance.balance(account))),
        (_("Просрочено"), money.show_byn(sum((one.unpaid for one in late), balance.ZERO))),
    ]
    if late:
        told.append((_("Самый давний долг"), f"{late[0].debt.title}, {_('срок')} {clock.show_date(late[0].due_on)}"))
    return told


def _of_exemption(known: DunningExemption | None) -> list[tuple[str, Any]]:
    if known is None:
        return []
    by = known.granted_by.name if known.granted_by else "—"
    return [
        (_("Не ограничивать по"), clock.show_date(known.until)),
        (_("Дана"), f"{clock.show_moment(known.granted_at)}, {by}"),
        (_("Основание"), known.reason),
    ]


def _lifted(account: Account) -> list[str]:
    if debts.in_force(account) is None:
        return []
    return [_("Исходящие звонки сейчас ограничены за долг: они сразу откроются, клиент получит письмо об этом.")]


def _when_barred(account: Account) -> str:
    named = [
        day
        for one in owed.unpaid(account)
        if one.is_overdue and (day := dunning_steps.warned(account).get(one.debt.pk)) is not None
    ]
    if not named:
        return _("Дня ограничения клиенту ещё не называли: сначала он получит напоминание с этим днём.")
    return _("Клиенту назван день ограничения %(day)s: с этого дня звонки ограничатся утром рабочего дня.") % {
        "day": clock.show_date(min(named))
    }
