"""The figures of the day and of the month, over all customers: one statement for all that the user may see (4.2)."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from billing.selectors.overdue import OVERDUE
from billing.selectors.payments_known import PaymentsKnown, read
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month, midnight
from subscribers.selectors import completeness
from subscribers.selectors.completeness import CallsKnown

# By the right to see it: one row of each becomes a JSON object. Parameters: `midnight` (of today, Minsk), `today`.
_BLOCKS = {
    "payments": (
        "billing.view_payment",
        # A moved payment (4.12) came in before, on another account.
        """SELECT coalesce(sum(amount), 0)::text AS sum, count(*) FROM billing_payment
           WHERE created_at >= %(midnight)s AND NOT starts_with(source_key, 'moved:')""",
    ),
    "debt": ("billing.view_debt", OVERDUE),
    "restricted": (
        "billing.view_debt",
        "SELECT count(*) FROM billing_debtrestriction WHERE lifted_at IS NULL",
    ),
    "calls": (
        "subscribers.view_callrecord",
        "SELECT coalesce(sum(calls), 0) AS count FROM subscribers_calldailytotal WHERE day = %(today)s",
    ),
    "letters": (
        "notifications.view_letter",
        """
        SELECT count(*) FILTER (WHERE created_at >= %(midnight)s AND state = 'done') AS sent,
            count(*) FILTER (WHERE state = 'waiting') AS waiting
        FROM notifications_letter WHERE created_at >= %(midnight)s OR state = 'waiting'
        """,
    ),
    "sign_ins": (
        "accounts.view_signin",
        """
        SELECT count(*) FILTER (WHERE outcome IN ('ok', 'temporary')) AS done,
            count(*) FILTER (WHERE outcome NOT IN ('ok', 'temporary')) AS refused
        FROM accounts_signin WHERE at >= %(midnight)s
        """,
    ),
    "month": (
        "subscribers.view_billingmonth",
        """
        WITH next AS (
            SELECT coalesce(
                (max(month) FILTER (WHERE closed_at IS NOT NULL) + interval '1 month')::date,
                min(month), date_trunc('month', %(today)s::timestamp)::date
            ) AS month, max(month) FILTER (WHERE closed_at IS NOT NULL) AS closed FROM subscribers_billingmonth
        )
        SELECT month, closed, (
            SELECT coalesce(sum(answered), 0) FROM subscribers_calldailytotal
            WHERE charged_in = next.month AND direction = 'out' AND destination_id IS NULL
        ) AS unrated, (SELECT count(*) FROM subscribers_callimport WHERE state = 'waiting') AS importing FROM next
        """,
    ),
    "known": ("", "SELECT array_agg(complete_to) AS calls FROM subscribers_callsource WHERE complete_to IS NOT NULL"),
    "statements": ("", "SELECT max(through) AS through FROM billing_statementsthrough"),
    "moved": ("", "SELECT json_object_agg(day, is_working) AS days FROM billing_movedday WHERE day >= %(today)s"),
}


@dataclass(frozen=True, slots=True)
class Money:
    """A sum (BYN) and the count of what it sums up."""

    sum: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """The month to close next. `unrated`: its answered outgoing calls without a price. `importing`: files of calls
    that are not imported yet. `closed`: the last closed month."""

    month: Month
    unrated: int
    importing: int
    closed: Month | None

    @property
    def is_over(self) -> bool:
        return clock.now() >= self.month.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Today's figures; None for what the user may not see.

    `payments` were booked today; `overdue` is owed past its due day, by so many accounts; `restricted` accounts are
    barred for debt. `letters`: sent today, and waiting now. `sign_ins`: done and refused today. `moved_days`: days
    from today on that the state has moved (True: a working day).
    """

    payments: Money | None
    overdue: Money | None
    restricted: int
    calls: int | None
    letters: tuple[int, int] | None
    sign_ins: tuple[int, int] | None
    month: OpenMonth | None
    calls_known: CallsKnown
    payments_known: PaymentsKnown
    moved_days: dict[date, bool]


def of(user: Any, only: Container[str] = frozenset(_BLOCKS)) -> Day:
    """Reads the figures in one query; `only` these blocks, beside what says how complete the data is."""
    told = _read(user, only)
    payments, debt, month = told.get("payments"), told.get("debt"), told.get("month")
    return Day(
        payments=payments and Money(Decimal(payments["sum"]), payments["count"]),
        overdue=debt and Money(Decimal(debt["sum"]), debt["accounts"]),
        restricted=told.get("restricted", {}).get("count", 0),
        calls=told.get("calls", {}).get("count"),
        letters=_pair(told.get("letters"), "sent", "waiting"),
        sign_ins=_pair(told.get("sign_ins"), "done", "refused"),
        month=month and _month(month),
        calls_known=completeness.of_all([datetime.fromisoformat(one) for one in told["known"]["calls"] or ()]),
        payments_known=read(_day(told["statements"]["through"])),
        moved_days={date.fromisoformat(day): works for day, works in (told["moved"]["days"] or {}).items()},
    )


def _read(user: Any, only: Container[str]) -> dict[str, Any]:
    blocks = {
        name: sql for name, (right, sql) in _BLOCKS.items() if not right or (name in only and user.has_perm(right))
    }
    columns = ", ".join(f"(SELECT row_to_json(block) FROM ({sql}) block)" for sql in blocks.values())  # noqa: S608 - own SQL
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", {"today": today, "midnight": midnight(today)})
        row: Sequence[Any] = cursor.fetchone() or ()
    return dict(zip(blocks, row, strict=True))


def _pair(told: dict[str, int] | None, first: str, second: str) -> tuple[int, int] | None:
    return (told[first], told[second]) if told else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _month(told: dict[str, Any]) -> OpenMonth:
    closed = _day(told["closed"])
    return OpenMonth(
        Month.of(date.fromisoformat(told["month"])),
        told["unrated"],
        told["importing"],
        Month.of(closed) if closed else None,
    )
