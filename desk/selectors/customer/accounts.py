"""The accounts of a customer: balance, debts, restrictions, delivery of invoices, counts of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from accounts.models import Account, AccountStatus, Customer
from billing.models import (
    Correction,
    Debt,
    DebtRestriction,
    DeliveryChoice,
    DeliveryMethod,
    GuaranteeState,
    LedgerEntry,
    PaymentGuarantee,
)
from billing.selectors import debts, exemptions, guarantees
from billing.selectors.balance import ZERO
from billing.selectors.debts import Mend, Owed, as_text
from billing.selectors.delivery import Way
from desk.selectors.customer.sight import Sight
from sipcabinet.lib import clock
from subscribers.models import ChannelAssignment, PlanKind, StaffRestriction, Subscriber, SubscriberStatus

GUARANTEES = 3  # the newest of each account


@dataclass(frozen=True, slots=True)
class InForce:
    """A restriction of outgoing calls in force: since when, and why or for which document."""

    since: datetime
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Exempt:
    """An exemption in force: through which day debts bar no calls, why, and who gave it."""

    until: date
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A guarantee as the page shows it; `amount` in BYN."""

    pk: int
    number: str
    state: GuaranteeState
    amount: Decimal
    requested_at: datetime
    valid_until: date | None
    document: str

    @property
    def is_pending(self) -> bool:
        return self.state == GuaranteeState.PENDING

    @property
    def tone(self) -> str:
        return guarantees.STAFF_TONES[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account of the customer. `balance` in BYN, a debt is negative; `owed`: all its debts, the oldest due first."""

    account: Account
    balance: Decimal
    owed: Sequence[Owed]
    promises: Sequence[Promise]
    way: Way
    by_staff: InForce | None
    for_debt: InForce | None
    exempt: Exempt | None
    connected: int
    trunks: int
    restricted: int
    channels: int

    @property
    def is_closed(self) -> bool:
        return self.account.status == AccountStatus.CLOSED

    @property
    def overdue(self) -> list[Owed]:
        return [one for one in self.owed if one.is_overdue]

    @property
    def is_restricted(self) -> bool:
        return self.by_staff is not None or self.for_debt is not None


def of(customer: Customer, sight: Sight) -> list[AccountState]:
    """The customer's accounts, open ones first; in two queries, one without the right to see money."""
    rows = Account.objects.filter(customer=customer).annotate(**_numbers(), **_restrictions(), delivery=_delivery())
    if sight.money:
        rows = rows.annotate(**_money())
    if sight.guarantees:
        rows = rows.annotate(promises=_promises())
    accounts: list[Any] = list(rows.order_by("status", "number"))
    for account in accounts:
        account.customer = customer
    owed = _owed(accounts) if sight.money and accounts else {}
    return [_state(account, owed.get(account.pk, ())) for account in accounts]


def _state(row: Any, owed: Sequence[Owed]) -> AccountState:
    counts = row.numbers or {}
    return AccountState(
        account=row,
        balance=_balance(row),
        owed=owed,
        promises=[_promise(told) for told in getattr(row, "promises", ())],
        way=_way(row.delivery),
        by_staff=_in_force(row.by_staff),
        for_debt=_in_force(row.for_debt),
        exempt=_exempt(row.exempt),
        connected=counts.get("connected", 0),
        trunks=counts.get("trunks", 0),
        restricted=counts.get("restricted", 0),
        channels=row.channels or 0,
    )


def _mine(model: Any) -> QuerySet[Any]:
    """Rows of the account of the outer query."""
    rows: QuerySet[Any] = model.objects.filter(account=OuterRef("pk")).order_by()
    return rows


def _numbers() -> dict[str, Any]:
    connected = _mine(Subscriber).exclude(status=SubscriberStatus.CLOSED).values("account")
    counts = JSONObject(
        connected=Count("pk"),
        trunks=Count("pk", filter=Q(kind=PlanKind.TRUNK)),
        restricted=Count("pk", filter=Q(status=SubscriberStatus.RESTRICTED)),
    )
    channels = _mine(ChannelAssignment).filter(ended_at__isnull=True).values("account")
    return {
        "numbers": Subquery(connected.annotate(counts=counts).values("counts")),
        "channels": Subquery(channels.annotate(sum=Sum("package__channels")).values("sum")),
    }


def _restrictions() -> dict[str, Any]:
    by_staff = _mine(StaffRestriction).filter(lifted_at__isnull=True)
    for_debt = _mine(DebtRestriction).filter(lifted_at__isnull=True)
    exempt = exemptions.on(clock.today()).filter(account=OuterRef("pk"))
    return {
        "exempt": Subquery(exempt.values(json=as_text("until", "reason", by="granted_by__name"))[:1]),
        "by_staff": Subquery(by_staff.values(json=as_text("started_at", why="reason", by="started_by__name"))[:1]),
        "for_debt": Subquery(for_debt.values(json=as_text("started_at", why="debt__entry__title"))[:1]),
    }


def _delivery() -> Subquery:
    newest = _mine(DeliveryChoice).order_by("-chosen_at", "-pk")
    return Subquery(newest.values(json=JSONObject(method=F("method"), addresses=F("addresses")))[:1])


def _money() -> dict[str, Any]:
    mends = _mine(Correction).filter(total__lt=0).order_by("serial")
    return {
        "standing": Subquery(_mine(LedgerEntry).values("account").annotate(sum=Sum("amount")).values("sum")),
        "mends": ArraySubquery(mends.values(json=as_text("invoice_id", "serial", "number", "total"))),
    }


def _promises() -> ArraySubquery:
    rows = _mine(PaymentGuarantee).order_by("-requested_at", "-pk")[:GUARANTEES]
    told = as_text("pk", "number", "state", "amount", "requested_at", "valid_until", document="debt__entry__title")
    return ArraySubquery(rows.values(json=told))


def _owed(accounts: Sequence[Any]) -> dict[int, list[Owed]]:
    """By the account's id, its debts with their unpaid parts."""
    rows = Debt.objects.filter(account__in=[account.pk for account in accounts])
    of_account: dict[int, list[Debt]] = {account.pk: [] for account in accounts}
    by_pk = {account.pk: account for account in accounts}
    for debt in rows.select_related("entry", "invoice", "correction__invoice"):
        debt.account = by_pk[debt.account_id]
        of_account[debt.account_id].append(debt)
    return {pk: debts.settle(found, _mends(by_pk[pk]), _balance(by_pk[pk])) for pk, found in of_account.items()}


def _mends(row: Any) -> list[Mend]:
    return [
        Mend(int(told["invoice_id"]), int(told["serial"]), told["number"], -Decimal(told["total"]))
        for told in row.mends
    ]


def _balance(row: Any) -> Decimal:
    return getattr(row, "standing", None) or ZERO


def _in_force(told: dict[str, str] | None) -> InForce | None:
    if told is None:
        return None
    return InForce(datetime.fromisoformat(told["started_at"]), told["why"] or "", told.get("by") or "")


def _exempt(told: dict[str, str] | None) -> Exempt | None:
    return Exempt(date.fromisoformat(told["until"]), told["reason"], told["by"] or "") if told else None


def _promise(told: dict[str, str]) -> Promise:
    return Promise(
        int(told["pk"]),
        told["number"],
        GuaranteeState(told["state"]),
        Decimal(told["amount"]),
        datetime.fromisoformat(told["requested_at"]),
        date.fromisoformat(told["valid_until"]) if told["valid_until"] else None,
        told["document"],
    )


def _way(told: dict[str, Any] | None) -> Way:
    if told is None:
        return Way(DeliveryMethod.SELF_PICKUP)
    return Way(DeliveryMethod(told["method"]), tuple(told["addresses"]))
