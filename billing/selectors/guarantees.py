"""Guarantees: who may register one and why not, past guarantees, and what remains to pay (2.2.2, 2.2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import GuaranteeState, Payment, PaymentGuarantee
from billing.models.guarantee import OPEN
from billing.selectors import adjustments, debts
from billing.selectors.balance import ZERO
from billing.selectors.debts import Owed
from sipcabinet.lib import clock, money, tenancy, words
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId

# How the desk marks the states; customers' pages have tones of their own.
STAFF_TONES = {
    GuaranteeState.PENDING: "warn",
    GuaranteeState.ACCEPTED: "info",
    GuaranteeState.REJECTED: "",
    GuaranteeState.FULFILLED: "ok",
    GuaranteeState.EXPIRED: "err",
}
OF_DEBT = ("account__customer", "debt__entry", "debt__invoice", "debt__correction__invoice", "debt__account")


class GuaranteeAnswer(Enum):
    """The portal's answer to «Регистрация платежей»; only the last value shows the form."""

    NOT_NEEDED = "not_needed"
    YOUNG = "young"
    BROKEN = "broken"
    OPEN = "open"
    MAY_ASK = "may_ask"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The portal's answer, with the reason that the customer reads.

    `owed` is the debt that may be promised (see `promisable`); `possible_from` the first day on which a young contract
    may ask; `guarantee` the open guarantee that forbids another; `short` the unpaid part of a broken guarantee (BYN).
    """

    standing: GuaranteeAnswer
    reason: str = ""
    owed: Owed | None = None
    possible_from: date | None = None
    guarantee: PaymentGuarantee | None = None
    short: Decimal = ZERO

    @property
    def may_ask(self) -> bool:
        return self.standing is GuaranteeAnswer.MAY_ASK

    @property
    def unpaid(self) -> Decimal:
        """The most that may be promised, BYN: the unpaid part of `owed`. Debts due earlier cannot be promised."""
        return self.owed.unpaid if self.owed else ZERO


def eligibility(account: Account) -> Eligibility:
    """Whether the account may register a payment today; the page and the service use the same answer (2.2.3)."""
    all_owed = debts.of(account)
    owed = _promisable(all_owed)
    if owed is None or owed.is_paid:
        return Eligibility(GuaranteeAnswer.NOT_NEEDED, _not_needed(owed), owed)
    possible_from = first_day(account.contract_date)
    if clock.today() < possible_from:
        return Eligibility(GuaranteeAnswer.YOUNG, _young(possible_from), owed, possible_from)
    undone: list[PaymentGuarantee] = _UNDONE.rows(account.pk)
    if (found := _broken(undone, all_owed)) is not None:
        guarantee, short = found
        return Eligibility(
            GuaranteeAnswer.BROKEN, _why_broken(guarantee, short), owed, guarantee=guarantee, short=short
        )
    open_ones = [one for one in undone if one.state in OPEN]
    if (open_one := min(open_ones, key=_key, default=None)) is not None:
        return Eligibility(GuaranteeAnswer.OPEN, _why_open(open_one), owed, guarantee=open_one)
    return Eligibility(GuaranteeAnswer.MAY_ASK, owed=owed)


def promisable(account: Account) -> Owed | None:
    """The debt that a guarantee is about: the regular (newest) invoice if unpaid, else the unpaid debt with the latest
    due day; if all is paid, the regular invoice, or else the last other debt. None without any debts."""
    return _promisable(debts.of(account))


def _promisable(found: Sequence[Owed]) -> Owed | None:
    regular = max((one for one in found if one.debt.is_invoice), key=_month, default=None)
    if regular is not None and not regular.is_paid:
        return regular
    unpaid = [one for one in found if not one.is_paid]
    return unpaid[-1] if unpaid else regular or next(reversed(found), None)


def first_day(contract_date: date) -> date:
    """The first day on which a contract is older than GUARANTEE_CONTRACT_MONTHS.

    It is the day after the same day of the month, so many months later. A month without that day counts with its last
    day: with 3 months, a contract of 30.11.2026 gives 01.03.2027, the day after 28.02.2027.
    """
    month = Month.of(contract_date).shift(settings.GUARANTEE_CONTRACT_MONTHS)
    return month.first_day.replace(day=min(contract_date.day, month.days)) + timedelta(days=1)


def valid_until(accepted_on: date, due_on: date) -> date:
    """The last day (Minsk) of a guarantee: GUARANTEE_LIFETIME after the later of the acceptance and the due day."""
    return max(accepted_on, due_on) + settings.GUARANTEE_LIFETIME


def history(account: Account) -> list[PaymentGuarantee]:
    """Every guarantee of an account, newest first."""
    return _HISTORY.rows(account.pk)


def by_number(account: Account, number: str) -> PaymentGuarantee | None:
    found: PaymentGuarantee | None = _BY_NUMBER.first(account.pk, number)
    return found


def in_force(account: Account) -> PaymentGuarantee | None:
    """The accepted guarantee whose last day has not passed: until then calls are not restricted for debt."""
    rows = tenancy.of(account).rows(PaymentGuarantee).select_related(*OF_DEBT)
    return rows.filter(state=GuaranteeState.ACCEPTED, valid_until__gte=clock.today()).first()


def short_of(guarantee: PaymentGuarantee, owed: Sequence[Owed] | None = None) -> Decimal:
    """The unpaid part of an accepted guarantee, BYN: its amount less what was booked since the acceptance and is left.

    At most the unpaid part of its debt: a guarantee is fulfilled even when its debt is paid in another way. `owed`: the
    account's debts, if the caller has them.
    """
    if guarantee.decided_at is None:
        return guarantee.amount
    booked = _BOOKED_SINCE.rows(guarantee.account_id, guarantee.decided_at)
    left = guarantee.amount - sum((one for (one,) in booked), ZERO)
    return max(ZERO, min(left, unpaid_of(guarantee, owed)))


def unpaid_of(guarantee: PaymentGuarantee, owed: Sequence[Owed] | None = None) -> Decimal:
    """The unpaid part of a guarantee's debt, BYN. `owed` as in `short_of`."""
    found = debts.of(guarantee.account) if owed is None else owed
    return next((one.unpaid for one in found if one.debt.pk == guarantee.debt_id), ZERO)


def _broken(undone: Sequence[PaymentGuarantee], owed: Sequence[Owed]) -> tuple[PaymentGuarantee, Decimal] | None:
    """The newest guarantee that ran out and is still unpaid, with its unpaid part."""
    rows = [one for one in undone if one.state == GuaranteeState.EXPIRED]
    return next(((one, short) for one in rows if (short := short_of(one, owed)) > 0), None)


def _of_debts(account: HasId) -> QuerySet[PaymentGuarantee]:
    return tenancy.of(account).rows(PaymentGuarantee).select_related(*OF_DEBT)


def _undone(account: HasId) -> QuerySet[PaymentGuarantee]:
    """Guarantees that are open or have run out, the newest first."""
    rows = tenancy.of(account).rows(PaymentGuarantee).filter(state__in=[GuaranteeState.EXPIRED, *OPEN])
    return rows.order_by("-requested_at", "pk")


def _booked_since(account: HasId, moment: Any) -> QuerySet[Payment, Any]:
    return adjustments.with_left(tenancy.of(account).rows(Payment).filter(created_at__gte=moment)).values_list("left")


_UNDONE, _BOOKED_SINCE = Prepared(_undone, 1), Prepared(_booked_since, 2)
_HISTORY = Prepared(lambda account: _of_debts(account).order_by("-requested_at", "-pk"), 1)
_BY_NUMBER = Prepared(lambda account, number: _of_debts(account).filter(number=number).order_by("pk")[:1], 2)


def _key(one: PaymentGuarantee) -> int:
    return one.pk


def _month(one: Owed) -> date:
    return one.debt.invoice.month  # type: ignore[union-attr]


def _not_needed(owed: Owed | None) -> str:
    if owed is None:
        return _("Счетов к оплате ещё нет, поэтому регистрация не требуется.")
    what = owed.words.paid_in_full
    return _("%(what)s, поэтому регистрация не требуется.") % {"what": what[:1].upper() + what[1:]}


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
