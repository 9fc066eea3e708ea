"""Letters and orders of a customer: the newest ones, and those that failed lately and were not sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, PositiveSmallIntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.models import Account, Customer
from billing.models import DocumentOrder
from desk.selectors.customer.sight import Sight
from desk.selectors.of_each import first_of_each
from notifications.models import Letter
from notifications.selectors.letters import Delivery, delivery_of
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.staff import STATE_TONES

SHOWN, FAILED = 3, 3
RECENTLY = timedelta(days=60)  # older failures need no decision any more
GIVEN_UP = (JobState.REFUSED, JobState.PARKED)
COLUMNS = ("pk", "recipient", "state", "created_at", "due_at", "claimed_until")


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter without its text."""

    letter: Letter

    @property
    def delivery(self) -> Delivery:
        return delivery_of(self.letter)

    @property
    def label(self) -> str:
        """The state in few words; the moment of the letter is shown beside it."""
        return _("доставлено") if self.letter.state == JobState.DONE else self.delivery.label

    @property
    def answer(self) -> str:
        """The mail server's answer with its code; empty for a letter that it took."""
        code, text = str(self.letter.smtp_code or ""), self.letter.smtp_answer
        if self.letter.state == JobState.DONE:
            return ""
        return text if text.startswith(code) else f"{code} {text}"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order of a document."""

    pk: int
    number: str
    title: str
    recipient: str
    created_at: datetime
    state: JobState

    @property
    def tone(self) -> str:
        return STATE_TONES[self.state]


@dataclass(frozen=True, slots=True)
class Dispatches:
    letters: Sequence[Sent]
    orders: Sequence[Ordered]
    failed_letters: Sequence[Sent]
    failed_orders: Sequence[Ordered]


def of(customer: Customer, sight: Sight) -> Dispatches:
    """The newest letters and orders, and those that failed within RECENTLY, in one query."""
    accounts = Account.objects.filter(customer=customer)
    parts = [*(_letters(accounts) if sight.letters else ()), *(_orders(accounts) if sight.orders else ())]
    if not parts:
        return Dispatches((), (), (), ())
    rows = list(parts[0].union(*parts[1:], all=True))
    rows.sort(key=lambda row: (row["created_at"], row["pk"]), reverse=True)
    letters, orders = [row for row in rows if not row["no"]], [row for row in rows if row["no"]]
    return Dispatches(
        [_sent(row) for row in letters if not row["needs"]][:SHOWN],
        [_ordered(row) for row in orders if not row["needs"]][:SHOWN],
        [_sent(row) for row in letters if row["needs"]][:FAILED],
        [_ordered(row) for row in orders if row["needs"]][:FAILED],
    )


def _lately() -> Q:
    return Q(state__in=GIVEN_UP, created_at__gt=clock.now() - RECENTLY)


def _letters(accounts: QuerySet[Account]) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The newest letters, and the newest ones that were given up and have no repeat. A letter may be in both."""
    order = ("-created_at", "-pk")
    unsent = Letter.objects.filter(_lately()).exclude(Exists(Letter.objects.filter(resend_of=OuterRef("pk"))))
    newest = first_of_each(accounts, Letter.objects.all(), by="account", order=order, count=SHOWN)
    failed = first_of_each(accounts, unsent, by="account", order=order, count=FAILED)
    return _as_rows(newest, needs=False), _as_rows(failed, needs=True)


def _as_rows(keys: QuerySet[Any], *, needs: bool) -> QuerySet[Any]:
    rows: QuerySet[Any, Any] = Letter.objects.filter(pk__in=keys).values(
        *COLUMNS,
        what=F("subject"),
        no=Value(""),
        ended_at=F("sent_at"),
        times=F("tries"),
        code=F("smtp_code"),
        answer=F("smtp_answer"),
        needs=Value(needs),
    )
    return rows


def _orders(accounts: QuerySet[Account]) -> tuple[QuerySet[Any], QuerySet[Any]]:
    order = ("-created_at", "-pk")
    failed = DocumentOrder.objects.filter(_lately())
    keys = (
        first_of_each(accounts, DocumentOrder.objects.all(), by="account", order=order, count=SHOWN),
        first_of_each(accounts, failed, by="account", order=order, count=FAILED),
    )
    newest, unmade = (DocumentOrder.objects.filter(pk__in=some) for some in keys)
    return _as_orders(newest, needs=False), _as_orders(unmade, needs=True)


def _as_orders(orders: QuerySet[DocumentOrder], *, needs: bool) -> QuerySet[Any]:
    rows: QuerySet[Any, Any] = orders.values(
        *COLUMNS,
        what=F("title"),
        no=F("number"),
        ended_at=F("finished_at"),
        times=F("attempts"),
        code=Cast(Value(None), PositiveSmallIntegerField()),
        answer=Value("", output_field=CharField()),
        needs=Value(needs),
    )
    return rows


def _sent(row: dict[str, Any]) -> Sent:
    letter = Letter(
        pk=row["pk"],
        subject=row["what"],
        recipient=row["recipient"],
        state=row["state"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        claimed_until=row["claimed_until"],
        sent_at=row["ended_at"],
        tries=row["times"],
        smtp_code=row["code"],
        smtp_answer=row["answer"],
    )
    return Sent(letter)


def _ordered(row: dict[str, Any]) -> Ordered:
    state = JobState(row["state"])
    return Ordered(row["pk"], row["no"], row["what"], row["recipient"], row["created_at"], state)
