"""An account's money at a glance, for «Персональная информация» and the home page (2.1)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import structlog
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.functions import Cast, JSONObject

from accounts.models import Account
from billing.models import Correction, Debt, Invoice, LedgerEntry, Payment
from billing.selectors import adjustments, debts, payments_known
from billing.selectors.balance import ZERO
from billing.selectors.debts import Mend, Owed
from billing.selectors.payments_known import PaymentsKnown
from sipcabinet.lib import tenancy
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared
from sipcabinet.lib.tenancy import HasId
from subscribers.models import AccountMonth, Charge, Subscriber
from subscribers.selectors import charges, completeness
from subscribers.selectors.completeness import CallsKnown

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


def of(account: Account) -> AccountStanding:
    """Loads the account's standing in one query."""
    standing, told, mended, newest, paid, sources, through = _STANDING.rows(account.pk)[0]
    found = debts.settle([debt_of(account, one) for one in told], [mend_of(one) for one in mended], standing or ZERO)
    return AccountStanding(
        standing or ZERO,
        found,
        newest and _invoice(newest),
        _payment(paid),
        completeness.read(sources),
        payments_known.read(through),
    )


def _standing(account: HasId) -> QuerySet[Account, Any]:
    tenant = tenancy.of(account)
    entries = tenant.rows(LedgerEntry).order_by().values("account").annotate(sum=Sum("amount"))
    invoices = tenant.rows(Invoice).order_by("-month")
    # A payment counts with what is left of it: none that was moved away or cancelled as a whole.
    payments = adjustments.with_left(tenant.rows(Payment)).filter(left__gt=0).order_by("-received_on", "-pk")
    mends = tenant.rows(Correction).filter(total__lt=0).order_by("serial")
    return Account.objects.filter(pk=account.pk).values_list(
        Subquery(entries.values("sum")),
        ArraySubquery(tenant.rows(Debt).order_by("due_on", "pk").values(json=debts_told())),
        ArraySubquery(mends.values(json=mends_told())),
        Subquery(invoices.values(json=as_text("pk", "number", "month", "due_on"))[:1]),
        Subquery(payments.values(json=as_text("received_on", amount="left"))[:1]),
        completeness.told(account),
        payments_known.told(),
    )


_STANDING = Prepared(_standing, 1)
_OF_DEBT = (
    "correction_id",
    "correction__number",
    "correction__serial",
    "entry__title",
    "entry__kind",
    "entry__booked_on",
)


def as_text(*fields: str, **named: str) -> JSONObject:
    """A JSON object with the fields as strings: as JSON numbers, sums would come back as floats. `named`: fields under
    another name."""
    columns = {name: name for name in fields} | named
    return JSONObject(**{key: Cast(F(name), TextField()) for key, name in columns.items()})


def debts_told() -> JSONObject:
    """The columns of a debt that `debt_of` takes."""
    return as_text("pk", "amount", "due_on", "invoice_id", "invoice__number", *_OF_DEBT)


def mends_told() -> JSONObject:
    """The columns of a correction downwards that `mend_of` takes."""
    return as_text("invoice_id", "serial", "number", "total")


def mend_of(told: dict[str, str]) -> Mend:
    return Mend(int(told["invoice_id"]), int(told["serial"]), told["number"], -Decimal(told["total"]))


def debt_of(account: Account, told: dict[str, str]) -> Debt:
    """A debt built from JSON, with only those fields of its documents that pages need to name it."""
    entry = LedgerEntry(
        title=told["entry__title"], kind=told["entry__kind"], booked_on=date.fromisoformat(told["entry__booked_on"])
    )
    invoice, correction = None, None
    if told["invoice_id"]:
        invoice = Invoice(pk=int(told["invoice_id"]), number=told["invoice__number"])
    if told["correction_id"]:
        serial = int(told["correction__serial"])
        correction = Correction(pk=int(told["correction_id"]), number=told["correction__number"], serial=serial)
    return Debt(
        pk=int(told["pk"]),
        account=account,
        entry=entry,
        invoice=invoice,
        correction=correction,
        amount=Decimal(told["amount"]),
        due_on=date.fromisoformat(told["due_on"]),
    )


def _invoice(told: dict[str, str]) -> Invoice:
    return Invoice(
        pk=int(told["pk"]),
        number=told["number"],
        month=date.fromisoformat(told["month"]),
        due_on=date.fromisoformat(told["due_on"]),
    )


def _payment(told: dict[str, str] | None) -> LastPayment | None:
    return LastPayment(Decimal(told["amount"]), date.fromisoformat(told["received_on"])) if told else None


def month_sum(account: Account, month: Month) -> MonthSum:
    """The cost of the month for the whole account."""
    if tenancy.of(account).rows(AccountMonth).filter(month=month.first_day).exists():
        sums = tenancy.of(account).rows(Charge).filter(month=month.first_day).aggregate(net=Sum("net"), vat=Sum("vat"))
        return MonthSum(sums["net"] or ZERO, sums["vat"] or ZERO, month=month, final=True)
    if _numbers(account, month) > MOST_SUBSCRIBERS:
        return MonthSum(ZERO, ZERO, month=month, known=False)
    try:
        counted = charges.of_account(account, month).values()
    except DomainError as refusal:
        log.error("charges.unknown", account_id=account.pk, month=month.code, code=refusal.code)  # noqa: TRY400
        return MonthSum(ZERO, ZERO, month=month, known=False)
    whole = Taxed.sum_of(counted)
    return MonthSum(whole.net, whole.vat, month=month)


def _numbers(account: Account, month: Month) -> int:
    """How many of the account's numbers were connected in the month; counting stops at MOST_SUBSCRIBERS + 1."""
    there = Q(closed_at__isnull=True) | Q(closed_at__gte=month.start)
    rows = tenancy.of(account).rows(Subscriber).filter(there, connected_at__lt=month.end)
    return rows.order_by()[: MOST_SUBSCRIBERS + 1].count()
