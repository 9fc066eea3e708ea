"""An account's money at a glance, for «Персональная информация» and the home page (2.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

import structlog
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Model, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from accounts.models import Account
from billing.models import Correction, Debt, Invoice, LedgerEntry, Payment
from billing.selectors import adjustments, balance, debts, delivery, payments_known
from billing.selectors.balance import ZERO
from billing.selectors.debts import Owed
from billing.selectors.delivery import Way
from billing.selectors.payments_known import PaymentsKnown
from sipcabinet.lib import prepared_rows, tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, Question
from sipcabinet.lib.tenancy import HasId
from subscribers.models import AccountMonth, Charge, Subscriber
from subscribers.selectors import charge_sums, completeness
from subscribers.selectors.completeness import CallsKnown

M = TypeVar("M", bound=Model)
log = structlog.get_logger(__name__)
MOST_SUBSCRIBERS = 300  # more subscribers than this are not counted while a page waits


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSum(Taxed):
    """The cost of a month, BYN: final for a closed month, otherwise counted from the calls imported so far.

    `known` is False when nothing was counted: too many numbers for a page, or a price is missing.
    """

    month: Month
    final: bool = False
    known: bool = True


class LastPayment(NamedTuple):
    """Amount in BYN, and the day for which the payment counts."""

    amount: Decimal
    received_on: date


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """Balance, BYN (a debt is negative), debts with their unpaid parts, and the newest invoice.

    `calls_known` and `payments_known`: up to when calls and payments are imported; pages with money show it.
    """

    balance: Decimal
    debts: list[Owed]
    regular: Invoice | None
    last_payment: LastPayment | None
    calls_known: CallsKnown
    payments_known: PaymentsKnown

    @property
    def to_pay(self) -> Decimal:
        """сумма к оплате: the unpaid total of all documents."""
        return max(ZERO, -self.balance)

    @property
    def unpaid(self) -> list[Owed]:
        """Unpaid documents, the oldest due day first."""
        return [one for one in self.debts if not one.is_paid]

    @property
    def next(self) -> Owed | None:
        """The unpaid document with the earliest due day."""
        return next(iter(self.unpaid), None)

    @property
    def overdue(self) -> list[Owed]:
        """Unpaid documents whose due day has passed, the oldest due day first."""
        return [one for one in self.debts if one.is_overdue]

    @property
    def overdue_sum(self) -> Decimal:
        return sum((one.unpaid for one in self.overdue), ZERO)


@dataclass(frozen=True, slots=True)
class Overview:
    """What «Персональная информация» of an account shows: `months` as asked for, and how invoices are delivered."""

    standing: AccountStanding
    months: Sequence[MonthSum]
    delivery: Way


def asks(account: Account) -> Question:
    """What `of` asks."""
    return _STANDING.of(account.pk)


def of(account: Account) -> AccountStanding:
    """Loads the account's standing in one query."""
    return _read(account, asks(account).rows()[0])


def _read(account: Account, row: Sequence[Any]) -> AccountStanding:
    standing, told, mended, newest, paid, sources, through = row
    found = debts.settle(
        [debt_of(account, one) for one in told], [debts.mend_of(one) for one in mended], standing or ZERO
    )
    return AccountStanding(
        standing or ZERO,
        found,
        newest and _invoice(newest),
        _payment(paid),
        completeness.read(sources),
        payments_known.read(through),
    )


def _columns(account: HasId) -> tuple[Any, ...]:
    """What `_read` takes."""
    tenant = tenancy.of(account)
    invoices = tenant.rows(Invoice).order_by("-month")
    # A payment counts with what is left of it: none that was moved away or cancelled as a whole.
    payments = adjustments.with_left(tenant.rows(Payment)).filter(left__gt=0).order_by("-received_on", "-pk")
    mends = tenant.rows(Correction).filter(total__lt=0).order_by("serial")
    return (
        Subquery(balance.sum_of(account)),
        ArraySubquery(tenant.rows(Debt).order_by("due_on", "pk").values(json=debts_told())),
        ArraySubquery(mends.values(json=debts.mends_told())),
        Subquery(invoices.values(json=debts.as_text("pk", "number", "month", "due_on"))[:1]),
        Subquery(payments.values(json=debts.as_text("received_on", amount="left"))[:1]),
        completeness.told(account),
        payments_known.told(),
    )


_STANDING = Prepared(lambda account: Account.objects.filter(pk=account.pk).values_list(*_columns(account)), 1)
_OF_DEBT = (
    "correction_id",
    "correction__number",
    "correction__serial",
    "entry__title",
    "entry__kind",
    "entry__booked_on",
)


def debts_told() -> JSONObject:
    """The columns of a debt that `debt_of` takes."""
    return debts.as_text("pk", "amount", "due_on", "invoice_id", "invoice__number", *_OF_DEBT)


def debt_of(account: Account, told: dict[str, str]) -> Debt:
    """A debt built from JSON, with only those fields of its documents that pages need to name it."""
    entry = _made(
        LedgerEntry,
        title=told["entry__title"],
        kind=told["entry__kind"],
        booked_on=date.fromisoformat(told["entry__booked_on"]),
    )
    known: dict[str, Any] = {"account": account, "entry": entry}
    if told["invoice_id"]:
        known["invoice"] = _made(Invoice, id=int(told["invoice_id"]), number=told["invoice__number"])
    if told["correction_id"]:
        number, serial = told["correction__number"], int(told["correction__serial"])
        known["correction"] = _made(Correction, id=int(told["correction_id"]), number=number, serial=serial)
    return _made(
        Debt,
        known,
        id=int(told["pk"]),
        amount=Decimal(told["amount"]),
        due_on=date.fromisoformat(told["due_on"]),
    )


def _invoice(told: dict[str, str]) -> Invoice:
    return _made(
        Invoice,
        id=int(told["pk"]),
        number=told["number"],
        month=date.fromisoformat(told["month"]),
        due_on=date.fromisoformat(told["due_on"]),
    )


def _made(model: type[M], related: dict[str, Model] | None = None, **known: Any) -> M:
    """An object with these columns and related objects; other columns are None. Django's constructor looks at each of
    its fields, and an account of many years has hundreds of debts."""
    make, names = _maker(model)
    known |= {f"{name}_id": one.pk for name, one in (related or {}).items()}
    made: M = make([known.get(name) for name in names])
    made._state.fields_cache.update(related or {})  # noqa: SLF001 - as Django keeps them
    return made


@cache
def _maker(model: type[Model]) -> tuple[Callable[[Sequence[Any]], Any], list[str]]:
    names = [field.attname for field in model._meta.concrete_fields]
    return prepared_rows.maker(model, names), names


def _payment(told: dict[str, str] | None) -> LastPayment | None:
    return LastPayment(Decimal(told["amount"]), date.fromisoformat(told["received_on"])) if told else None


def overview(account: Account, *months: Month) -> Overview:
    """The standing, the cost of each of the months for the whole account, and the delivery of invoices. One query, and
    those of `charge_sums.of_months`."""
    asked = [value for month in months for value in (month.first_day, month.start, month.end)]
    [way, *found] = _overview(len(months)).rows(account.pk, *asked)[0]
    of_months, of_standing = found[: 4 * len(months)], found[4 * len(months) :]
    told = {month: of_months[4 * at : 4 * at + 4] for at, month in enumerate(months)}
    counted = charge_sums.of_months(account, [month for month in months if _is_counted(*told[month])])
    sums = [_month_sum(account, month, told[month], counted.get(month)) for month in months]
    return Overview(_read(account, of_standing), sums, delivery.read(way))


def _is_counted(is_closed: bool, _net: Any, _vat: Any, there: Sequence[int]) -> bool:
    return not is_closed and len(there) <= MOST_SUBSCRIBERS


def _month_sum(account: Account, month: Month, told: Sequence[Any], counted: Taxed | DomainError | None) -> MonthSum:
    is_closed, net, vat, _there = told
    if is_closed:
        return MonthSum(net or ZERO, vat or ZERO, month=month, final=True)
    if counted is None:
        return MonthSum(ZERO, ZERO, month=month, known=False)
    if isinstance(counted, DomainError):
        log.error("charges.unknown", account_id=account.pk, month=month.code, code=counted.code)
        return MonthSum(ZERO, ZERO, month=month, known=False)
    return MonthSum(counted.net, counted.vat, month=month)


@cache
def _overview(count: int) -> Prepared:
    def rows(account: Any, *asked: Any) -> QuerySet[Account, Any]:
        months = [column for at in range(count) for column in _month(account, *asked[3 * at : 3 * at + 3])]
        columns = [delivery.told(account), *months, *_columns(account)]
        return Account.objects.filter(pk=account.pk).values_list(*columns)

    return Prepared(rows, 1 + 3 * count)


def _month(account: HasId, first_day: Any, start: Any, end: Any) -> tuple[Any, ...]:
    """Whether the month is closed; the sums of its charges; and the account's numbers that were connected in it, of
    which no more are read than decide whether they are too many."""
    tenant = tenancy.of(account)
    sums = tenant.rows(Charge).filter(month=first_day).order_by().values("account")
    there = tenant.rows(Subscriber).filter(Q(closed_at__isnull=True) | Q(closed_at__gte=start), connected_at__lt=end)
    return (
        Exists(tenant.rows(AccountMonth).filter(month=first_day)),
        Subquery(sums.annotate(sum=Sum("net")).values("sum")),
        Subquery(sums.annotate(sum=Sum("vat")).values("sum")),
        ArraySubquery(there.order_by().values("pk")[: MOST_SUBSCRIBERS + 1]),
    )
