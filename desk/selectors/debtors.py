"""«Дебиторы»: what was done about each debtor, beside his debt by age (4.8)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Account
from billing.models import DebtRestriction, DunningExemption, DunningNotice, DunningStep, PaymentGuarantee
from billing.models.guarantee import OPEN, GuaranteeState
from billing.selectors import aging, exemptions, soon_restricted, workdays
from billing.selectors.aging import Aged, AgedFilter, Ages, DebtorState, Totals
from billing.selectors.debts import as_text
from billing.selectors.soon_restricted import SoonRestricted
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.keyset import Page
from subscribers.models import StaffRestriction

SIZE = 50
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """The last step taken about a debt: a reminder or a restriction. `letter`: the state of its letter, if any."""

    step: DunningStep
    at: datetime
    letter: JobState | None

    @property
    def failed(self) -> bool:
        return self.letter in {JobState.REFUSED, JobState.PARKED}


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """A guarantee that waits or is accepted; `amount` in BYN, `until` once it is accepted."""

    pk: int
    number: str
    state: GuaranteeState
    amount: Decimal
    until: date | None


@dataclass(frozen=True, slots=True)
class Barred:
    """A restriction in force: since when, and why."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Exempt:
    """An exemption in force: through which day, and why."""

    until: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """An account with its debt by age, and what was done. `soon`: calls will be barred on the next working day."""

    account: Account
    ages: Ages
    sent: Sent | None
    promise: OpenPromise | None
    for_debt: Barred | None
    by_staff: Barred | None
    exempt: Exempt | None
    soon: bool


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """Who will be barred on the next working day, the largest sum first."""

    day: date
    found: Sequence[SoonRestricted]

    @property
    def accounts(self) -> list[int]:
        return [one.account.pk for one in self.found]

    @property
    def is_tomorrow(self) -> bool:
        return self.day == clock.today() + timedelta(days=1)


def tomorrow() -> Tomorrow:
    """Two queries."""
    day = workdays.first_from(clock.today() + timedelta(days=1))
    return Tomorrow(day, soon_restricted.on(day))


def page(wanted: AgedFilter, soon: Sequence[int], *, onward: str, back: str) -> tuple[Page[Debtor], Totals]:
    """A page of debtors and the totals of all that the filter finds; two queries. `soon`: ids of the accounts that
    will be barred."""
    found = aging.page(wanted, size=SIZE, onward=onward, back=back)
    rows = _debtors(found.page.rows, set(soon))
    return Page(rows, back=found.page.back, onward=found.page.onward), found.totals


def rows(wanted: AgedFilter, soon: Sequence[int]) -> Iterator[Debtor]:
    """All debtors of the filter, in the order of the pages."""
    known, found = set(soon), aging.rows(wanted)
    while part := list(islice(found, _CHUNK)):
        yield from _debtors(part, known)


def has_state(state: DebtorState, debtor: Debtor) -> bool:
    """Whether a debtor has the state; the filter in SQL gives the same answer."""
    barred = debtor.for_debt is not None or debtor.by_staff is not None
    touched = barred or debtor.exempt is not None or debtor.promise is not None
    return {
        DebtorState.SOON: debtor.soon,
        DebtorState.RESTRICTED: barred,
        DebtorState.EXEMPT: debtor.exempt is not None,
        DebtorState.PROMISED: debtor.promise is not None,
        DebtorState.UNTOUCHED: debtor.ages.overdue > 0 and not touched,
    }[state]


def _debtors(aged: Iterable[Aged], soon: set[int]) -> list[Debtor]:
    wanted = list(aged)
    accounts = {row.pk: row for row in _accounts([one.account_id for one in wanted])}
    return [_debtor(accounts[one.account_id], one.ages, soon) for one in wanted]


def _accounts(pks: Sequence[int]) -> QuerySet[Any]:
    own = {"account": OuterRef("pk")}
    notices = DunningNotice.objects.filter(**own).order_by("-taken_at", "-pk")
    promises = PaymentGuarantee.objects.filter(**own, state__in=OPEN)
    for_debt = DebtRestriction.objects.filter(**own, lifted_at__isnull=True)
    by_staff = StaffRestriction.objects.filter(**own, lifted_at__isnull=True)
    exempt: QuerySet[DunningExemption] = exemptions.on(clock.today()).filter(**own)
    told = {
        "sent": notices.values(json=as_text("step", "taken_at", letter="letter__state")),
        "promise": promises.values(json=as_text("pk", "number", "state", "amount", "valid_until")),
        "for_debt": for_debt.values(json=as_text("started_at", why="debt__entry__title")),
        "by_staff": by_staff.values(json=as_text("started_at", why="reason")),
        "exempt": exempt.values(json=as_text("until", "reason")),
    }
    rows = Account.objects.filter(pk__in=pks).select_related("customer")
    return rows.annotate(**{name: Subquery(found[:1]) for name, found in told.items()})


def _debtor(row: Any, ages: Ages, soon: set[int]) -> Debtor:
    return Debtor(
        account=row,
        ages=ages,
        sent=_sent(row.sent),
        promise=_promise(row.promise),
        for_debt=_barred(row.for_debt),
        by_staff=_barred(row.by_staff),
        exempt=Exempt(date.fromisoformat(row.exempt["until"]), row.exempt["reason"]) if row.exempt else None,
        soon=row.pk in soon,
    )


def _sent(told: dict[str, str] | None) -> Sent | None:
    if told is None:
        return None
    letter = JobState(told["letter"]) if told["letter"] else None
    return Sent(DunningStep(told["step"]), datetime.fromisoformat(told["taken_at"]), letter)


def _promise(told: dict[str, str] | None) -> OpenPromise | None:
    if told is None:
        return None
    until = date.fromisoformat(told["valid_until"]) if told["valid_until"] else None
    return OpenPromise(int(told["pk"]), told["number"], GuaranteeState(told["state"]), Decimal(told["amount"]), until)


def _barred(told: dict[str, str] | None) -> Barred | None:
    return Barred(datetime.fromisoformat(told["started_at"]), told["why"] or "") if told else None
