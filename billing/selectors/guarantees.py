"""Guarantee payments: who may promise one and why not, what was promised, what is still to be paid (2.2.2, 2.2.3)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import GuaranteeState, Payment, PaymentGuarantee
from billing.models.guarantee import OPEN
from billing.selectors import balance
from billing.selectors.balance import ZERO, Settled
from sipcabinet.lib import clock, money, tenancy, words
from sipcabinet.lib.periods import Month


class Standing(Enum):
    """What the portal answers to «Регистрация платежей»; all but the last come without a form."""

    NOT_NEEDED = "not_needed"
    YOUNG = "young"
    BROKEN = "broken"
    OPEN = "open"
    MAY_ASK = "may_ask"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer, with its reason for the customer.

    `settled` is the regular invoice, `possible_from` the first day a young contract may ask, `guarantee` the promise
    that stands in the way, `short` what is still to be paid of a broken one (BYN).
    """

    standing: Standing
    reason: str = ""
    settled: Settled | None = None
    possible_from: date | None = None
    guarantee: PaymentGuarantee | None = None
    short: Decimal = ZERO

    @property
    def may_ask(self) -> bool:
        return self.standing is Standing.MAY_ASK

    @property
    def unpaid(self) -> Decimal:
        """How much may be promised at most, BYN: what the regular invoice still lacks.

        The oldest invoices are paid first, so this is the part of the debt that lies on the newest one; debts older
        than it are overdue already and cannot be promised.
        """
        return self.settled.unpaid if self.settled else ZERO


def eligibility(account: Account) -> Eligibility:
    """Whether the account may register a payment today, the page's answer and the service's alike (2.2.3)."""
    settled = next(iter(balance.settled(account)), None)
    if settled is None or settled.is_paid:
        return Eligibility(Standing.NOT_NEEDED, _not_needed(settled), settled)
    possible_from = first_day(account.contract_date)
    if clock.today() < possible_from:
        return Eligibility(Standing.YOUNG, _young(possible_from), settled, possible_from)
    if (found := _broken(account)) is not None:
        guarantee, short = found
        return Eligibility(Standing.BROKEN, _why_broken(guarantee, short), settled, guarantee=guarantee, short=short)
    if (open_one := tenancy.of(account).rows(PaymentGuarantee).filter(state__in=OPEN).first()) is not None:
        return Eligibility(Standing.OPEN, _why_open(open_one), settled, guarantee=open_one)
    return Eligibility(Standing.MAY_ASK, settled=settled)


def first_day(contract_date: date) -> date:
    """The first day on which a contract is older than GUARANTEE_CONTRACT_MONTHS.

    The same day so many months on is not older yet; where that month has no such day its last one counts.
    """
    month = Month.of(contract_date).shift(settings.GUARANTEE_CONTRACT_MONTHS)
    return month.first_day.replace(day=min(contract_date.day, month.days)) + timedelta(days=1)


def valid_until(accepted_on: date, due_on: date) -> date:
    """The last day (Minsk) of a promise that is accepted on a day: the later of it and the due day, and ten days."""
    return max(accepted_on, due_on) + settings.GUARANTEE_LIFETIME


def history(account: Account) -> list[PaymentGuarantee]:
    """Every promise of an account, newest first."""
    rows = tenancy.of(account).rows(PaymentGuarantee).select_related("invoice")
    return list(rows.order_by("-requested_at", "-pk"))


def by_number(account: Account, number: str) -> PaymentGuarantee | None:
    rows = tenancy.of(account).rows(PaymentGuarantee).select_related("invoice")
    return rows.filter(number=number).first()


def in_force(account: Account) -> PaymentGuarantee | None:
    """The accepted promise whose last day has not passed: while there is one, calls are not restricted for debt."""
    rows = tenancy.of(account).rows(PaymentGuarantee).select_related("invoice")
    return rows.filter(state=GuaranteeState.ACCEPTED, valid_until__gte=clock.today()).first()


def short_of(guarantee: PaymentGuarantee) -> Decimal:
    """What is still to be paid of an accepted promise, BYN: its amount less what was booked since the acceptance.

    Never more than its invoice lacks: a promise of an invoice that is paid in some other way is kept.
    """
    if guarantee.decided_at is None:
        return guarantee.amount
    rows = tenancy.of(guarantee.account).rows(Payment).filter(created_at__gte=guarantee.decided_at)
    left = guarantee.amount - (rows.aggregate(sum=Sum("amount"))["sum"] or ZERO)
    return max(ZERO, min(left, unpaid_of(guarantee)))


def unpaid_of(guarantee: PaymentGuarantee) -> Decimal:
    """What the invoice of a promise lacks, BYN."""
    lacks = (one.unpaid for one in balance.settled(guarantee.account) if one.invoice.pk == guarantee.invoice_id)
    return next(lacks, ZERO)


def _broken(account: Account) -> tuple[PaymentGuarantee, Decimal] | None:
    """The newest promise that ran out and is not paid to this day."""
    rows = tenancy.of(account).rows(PaymentGuarantee).filter(state=GuaranteeState.EXPIRED)
    rows = rows.select_related("account").order_by("-requested_at")
    return next(((one, short) for one in rows if (short := short_of(one)) > 0), None)


def _not_needed(settled: Settled | None) -> str:
    if settled is None:
        return _("Счетов к оплате ещё нет, поэтому регистрация не требуется.")
    return _("Счёт № %(number)s оплачен полностью, поэтому регистрация не требуется.") % {
        "number": settled.invoice.number
    }


def _young(possible_from: date) -> str:
    months = words.counted(settings.GUARANTEE_CONTRACT_MONTHS, "месяца", "месяцев", "месяцев")
    return _("Гарантийную оплату можно зарегистрировать, когда договор действует более %(months)s: с %(day)s.") % {
        "months": months,
        "day": clock.show_date(possible_from),
    }


def _why_broken(guarantee: PaymentGuarantee, short: Decimal) -> str:
    text = _("Срок обязательства %(number)s истёк, а %(amount)s не оплачено. Сначала оплатите эту сумму.")
    return text % {"number": guarantee.number, "amount": money.show_byn(short)}


def _why_open(guarantee: PaymentGuarantee) -> str:
    return _("Обязательство %(number)s уже подано, состояние: %(state)s.") % {
        "number": guarantee.number,
        "state": guarantee.get_state_display(),
    }
