"""Акты сверки of a quarter: which accounts get one, how far the sending is, and who has not confirmed (4.15)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Count, DecimalField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import LedgerEntry, ReconciliationAct, ReconciliationRun
from sipcabinet.lib import clock, keyset, tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared

SIZE = 50
CHOICES = 8  # quarters that the pages offer
_CODE = re.compile(r"(20\d\d)-([1-4])")
_ROMAN = ("I", "II", "III", "IV")
_STOPPED = (JobState.REFUSED, JobState.PARKED)


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a year; `number` from 1 to 4."""

    year: int
    number: int

    @classmethod
    def parse(cls, code: str) -> Self:
        """The quarter of a code such as `2026-3`; raises ValueError."""
        found = _CODE.fullmatch(code)
        if found is None:
            raise ValueError(f"not a quarter: {code!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def last_over(cls) -> Self:
        """The newest quarter that is over (Minsk)."""
        return cls.of(cls.of(clock.today()).start - timedelta(days=1))

    @property
    def start(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def end(self) -> date:
        """The last day, included."""
        return Month(self.year, self.number * 3).last_day

    @property
    def code(self) -> str:
        return f"{self.year}-{self.number}"

    @property
    def label(self) -> str:
        """`III квартал 2026`."""
        return f"{_ROMAN[self.number - 1]} квартал {self.year}"

    @property
    def is_over(self) -> bool:
        return clock.today() > self.end

    def before(self, count: int) -> list[Self]:
        """This quarter and those before it, newest first; `count` in all."""
        found = [self]
        while len(found) < count:
            found.append(type(self).of(found[-1].start - timedelta(days=1)))
        return found


class ActState(models.TextChoices):
    """Where an act stands, for a filter."""

    UNCONFIRMED = "unconfirmed", _("Не подтверждены")
    CONFIRMED = "confirmed", _("Подтверждены")
    WAITING = "waiting", _("Готовятся")
    NOT_SENT = "not_sent", _("Письмо не ушло")
    FAILED = "failed", _("Не сформированы")


_CONDITIONS = {
    ActState.UNCONFIRMED: Q(made_at__isnull=False, confirmed_on__isnull=True),
    ActState.CONFIRMED: Q(confirmed_on__isnull=False),
    ActState.WAITING: Q(made_at__isnull=True, is_failed=False),
    ActState.NOT_SENT: Q(made_at__isnull=False) & (Q(letter__isnull=True) | Q(letter__state__in=_STOPPED)),
    ActState.FAILED: Q(is_failed=True),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How many acts of a quarter there are, and how many of them are in each state. `parked`: the work stands still
    with an error, only staff can start it again."""

    acts: int
    states: dict[ActState, int]
    parked: int

    @property
    def made(self) -> int:
        return self.states[ActState.UNCONFIRMED] + self.states[ActState.CONFIRMED]

    @property
    def waiting(self) -> int:
        return self.states[ActState.WAITING]


def wanted(quarter: Quarter, numbers: Sequence[str] | None = None) -> QuerySet[Account]:
    """Accounts that get an act: something was booked in the quarter, or the balance before it is not zero. With
    `numbers` only these accounts."""
    entries = LedgerEntry.objects.filter(account=OuterRef("pk")).order_by()
    sums = entries.filter(booked_on__lt=quarter.start).values("account").annotate(sum=Sum("amount")).values("sum")
    zero = Value(Decimal(0), DecimalField(max_digits=14, decimal_places=2))
    rows = Account.objects.annotate(opening=Coalesce(Subquery(sums), zero))
    moved = Exists(entries.filter(booked_on__range=(quarter.start, quarter.end)))
    rows = rows.filter(Q(moved) | ~Q(opening=0)).order_by("number")
    return rows if numbers is None else rows.filter(number__in=numbers)


def without_act(quarter: Quarter, numbers: Sequence[str] | None = None) -> QuerySet[Account]:
    """Accounts that get an act and have none yet, not even a waiting one; those whose act failed count too."""
    known = ReconciliationAct.objects.filter(account=OuterRef("pk"), first_day=quarter.start, is_failed=False)
    return wanted(quarter, numbers).filter(~Exists(known))


def progress(quarter: Quarter) -> Progress:
    """Two queries."""
    rows = ReconciliationAct.objects.filter(first_day=quarter.start)
    counts = {state.value: Count("pk", filter=_CONDITIONS[state]) for state in ActState}
    found = rows.aggregate(acts=Count("pk"), **counts)
    parked = ReconciliationRun.objects.filter(first_day=quarter.start, state=JobState.PARKED).count()
    return Progress(found["acts"], {state: found[state.value] for state in ActState}, parked)


def page(
    quarter: Quarter, state: str, text: str, *, onward: str = "", back: str = ""
) -> keyset.Page[ReconciliationAct]:
    """Acts of a quarter in the order of their start; `text` is a whole account number or УНП, or a part of the
    customer's name."""
    rows = filtered(quarter, state, text)
    return keyset.page(rows, order=["id"], size=SIZE, onward=onward, back=back)


def filtered(quarter: Quarter, state: str, text: str) -> QuerySet[ReconciliationAct]:
    rows = ReconciliationAct.objects.filter(first_day=quarter.start)
    rows = rows.select_related("account__customer", "letter", "confirmed_by")
    rows = rows.defer("letter__body_text", "letter__body_html", "confirmed_by__password")
    if state:
        rows = rows.filter(_CONDITIONS[ActState(state)])
    if text:
        named = Q(account__customer__name__icontains=text) | Q(account__customer__unp=text) | Q(account__number=text)
        rows = rows.filter(named)
    return rows


def of_account(account: Account) -> list[ReconciliationAct]:
    """The account's acts that are made, the newest quarter first."""
    return _OF_ACCOUNT.rows(account.pk)


_OF_ACCOUNT = Prepared(
    lambda account: tenancy.of(account).rows(ReconciliationAct).filter(made_at__isnull=False).order_by("-first_day"),
    1,
)


def by_id(account: Account, pk: int) -> ReconciliationAct | None:
    """The account's act with its file; None for another account's, and before it is made."""
    return tenancy.of(account).rows(ReconciliationAct).filter(pk=pk, made_at__isnull=False).first()
