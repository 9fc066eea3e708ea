"""Debts of all accounts by age, in one statement: how much is due later, and how long the rest is late (4.8, 4.15).

The answer is that of `debts.settle`, for every bound between two ages in the way of `overdue.py`: what an account owes
for documents due before a day is its debt less what the later documents still ask for.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from billing.selectors.balance import ZERO
from sipcabinet.lib import clock
from sipcabinet.lib.keyset import Page

LATE = (0, 30, 60, 90)  # a debt is in the age after the last of these numbers of days that it is late by more than
_LARGEST_ID = 2**63 - 1
_MOST_TOKEN = 200


class Age(models.TextChoices):
    """At least so late, for a filter; the value is the number of days that have passed."""

    OVERDUE = "0", _("Просрочена")
    MONTH = "30", _("Больше 30 дней")
    TWO_MONTHS = "60", _("Больше 60 дней")
    QUARTER = "90", _("Больше 90 дней")


class DebtorState(models.TextChoices):
    """What is done about a debtor, for a filter."""

    SOON = "soon", _("Будут ограничены")
    RESTRICTED = "restricted", _("Ограничены")
    EXEMPT = "exempt", _("С отсрочкой")
    PROMISED = "promised", _("Обещали оплатить")
    UNTOUCHED = "untouched", _("Просрочен, не ограничен")


class Ages(NamedTuple):
    """Sums in BYN: not due yet; late by 1–30, 31–60, 61–90 and more days."""

    coming: Decimal
    month: Decimal
    two_months: Decimal
    quarter: Decimal
    older: Decimal

    @property
    def overdue(self) -> Decimal:
        return self.month + self.two_months + self.quarter + self.older

    @property
    def total(self) -> Decimal:
        return self.coming + self.overdue


@dataclass(frozen=True, slots=True)
class Aged:
    """An account's debt by age."""

    account_id: int
    ages: Ages


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedFilter:
    """Which accounts: a part of the customer's name, or a whole УНП or account number; at least so late; with a state.
    `soon` are the ids for DebtorState.SOON."""

    text: str = ""
    age: str = ""
    state: str = ""
    soon: Sequence[int] = ()


class Totals(NamedTuple):
    """The number of accounts and their sums."""

    accounts: int
    ages: Ages


@dataclass(frozen=True, slots=True)
class AgedPage:
    """A page of debtors, and the totals of all that the filter finds."""

    page: Page[Aged]
    totals: Totals


EVERYBODY = AgedFilter()

_SQL = """
WITH balances AS (
    SELECT account_id, -sum(amount) AS owed FROM billing_ledgerentry {booked}
    GROUP BY account_id HAVING sum(amount) < 0
), edges AS (
    SELECT edge, place FROM unnest(%(edges)s::date[]) WITH ORDINALITY AS known (edge, place)
), coming AS (
    SELECT e.place, d.account_id, d.invoice_id, coalesce(c.serial, 0) AS serial, d.amount
    FROM billing_debt d JOIN balances USING (account_id) JOIN edges e ON d.due_on >= e.edge {debts}
    LEFT JOIN billing_correction c ON c.id = d.correction_id
), steps AS (
    SELECT place, account_id, invoice_id, serial, amount FROM coming WHERE invoice_id IS NOT NULL
    UNION ALL
    SELECT first.place, c.account_id, c.invoice_id, c.serial, c.total FROM billing_correction c
    JOIN (SELECT place, invoice_id, min(serial) AS serial FROM coming GROUP BY place, invoice_id) first
        USING (invoice_id)
    WHERE c.total < 0 AND c.serial > first.serial {corrections}
), running AS (
    SELECT place, account_id, invoice_id,
        sum(amount) OVER (PARTITION BY place, invoice_id ORDER BY serial) AS so_far,
        sum(amount) OVER (PARTITION BY place, invoice_id) AS total
    FROM steps
), later AS (
    SELECT place, account_id, sum(amount) AS amount FROM (
        SELECT place, account_id, max(total) - least(0, min(so_far)) AS amount FROM running
        GROUP BY place, account_id, invoice_id
        UNION ALL
        SELECT place, account_id, amount FROM coming WHERE invoice_id IS NULL
    ) documents GROUP BY place, account_id
), late AS (
    SELECT b.account_id, b.owed,
        greatest(0, b.owed - coalesce(max(l.amount) FILTER (WHERE place = 1), 0)) AS d0,
        greatest(0, b.owed - coalesce(max(l.amount) FILTER (WHERE place = 2), 0)) AS d30,
        greatest(0, b.owed - coalesce(max(l.amount) FILTER (WHERE place = 3), 0)) AS d60,
        greatest(0, b.owed - coalesce(max(l.amount) FILTER (WHERE place = 4), 0)) AS d90
    FROM balances b LEFT JOIN later l USING (account_id) GROUP BY b.account_id, b.owed
), found AS (
    SELECT late.* FROM late WHERE true {filters}
), totals AS (
    SELECT found.*, count(*) OVER () AS count,
        sum(owed - d0) OVER () AS t0, sum(d0 - d30) OVER () AS t1, sum(d30 - d60) OVER () AS t2,
        sum(d60 - d90) OVER () AS t3, sum(d90) OVER () AS t4
    FROM found
)
SELECT account_id, owed - d0, d0 - d30, d30 - d60, d60 - d90, d90, count, t0, t1, t2, t3, t4 FROM totals
"""
# Of a past day: only what counts for a day up to it.
_BY_THEN = {
    "{booked}": "WHERE booked_on <= %(today)s",
    "{debts}": "JOIN billing_ledgerentry entry ON entry.id = d.entry_id AND entry.booked_on <= %(today)s",
    "{corrections}": "AND c.issued_on <= %(today)s",
}
_TEXT = """AND EXISTS (
    SELECT FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id WHERE a.id = account_id
    AND (a.number = %(text)s OR c.unp = %(text)s OR strpos(lower(c.name), lower(%(text)s)) > 0))"""
_AGE = {age: f"AND d{age.value} > 0" for age in Age}
_BARRED = """(
    EXISTS (SELECT FROM billing_debtrestriction r WHERE r.account_id = late.account_id AND lifted_at IS NULL)
    OR EXISTS (SELECT FROM subscribers_staffrestriction s WHERE s.account_id = late.account_id AND lifted_at IS NULL)
)"""
_EXEMPT = """EXISTS (SELECT FROM billing_dunningexemption x WHERE x.account_id = late.account_id
    AND withdrawn_at IS NULL AND %(today)s BETWEEN since AND until)"""
_PROMISED = """EXISTS (SELECT FROM billing_paymentguarantee g WHERE g.account_id = late.account_id
    AND state IN ('pending', 'accepted'))"""
_STATE = {
    DebtorState.SOON: "AND account_id = ANY(%(soon)s::bigint[])",
    DebtorState.RESTRICTED: f"AND {_BARRED}",
    DebtorState.EXEMPT: f"AND {_EXEMPT}",
    DebtorState.PROMISED: f"AND {_PROMISED}",
    DebtorState.UNTOUCHED: f"AND d0 > 0 AND NOT {_BARRED} AND NOT {_EXEMPT} AND NOT {_PROMISED}",
}
_PLACE = "(%(d0)s, %(owed)s, %(account)s)"
_ORDER = "ORDER BY d0 {way}, owed {way}, account_id {way}"


def page(wanted: AgedFilter, *, size: int, onward: str = "", back: str = "") -> AgedPage:
    """A page of debtors, those with the largest overdue sum first, then by all they owe; one query, two for a token
    that leads nowhere. An invalid token leads to the first page."""
    after, before = _decode(onward), _decode(back)
    if before is not None:
        rows = _read(wanted, f"WHERE (d0, owed, account_id) > {_PLACE} {_ORDER.format(way='')}", before, size + 1)
        if len(rows) > size:
            return _page(rows[:size][::-1], has_back=True, has_more=True)
        after = None
    rows = _read(wanted, _after(after), after, size + 1)
    if not rows and after is not None:
        after, rows = None, _read(wanted, _after(None), None, size + 1)
    return _page(rows[:size], has_back=after is not None, has_more=len(rows) > size)


def rows(wanted: AgedFilter) -> Iterator[Aged]:
    """All debtors of the filter, in the order of the pages."""
    return (_aged(row) for row in _read(wanted, _after(None), None, None))


def totals(wanted: AgedFilter = EVERYBODY) -> Totals:
    """The sums of all debtors of the filter; one query."""
    return _totals(_read(wanted, _after(None), None, 1))


def totals_on(days: Sequence[date]) -> dict[date, Totals]:
    """The sums of all debtors at the end of past days: entries that count for a later day are left out, late days are
    counted up to the day. One statement, which reads the whole ledger once for each day."""
    if not days:
        return {}
    parts, told = [], dict[str, Any]()
    for place, day in enumerate(days):
        sql = _SQL.replace("{filters}", "")
        for name, condition in _BY_THEN.items():
            sql = sql.replace(name, condition)
        for name, value in (("today", day), ("edges", edges(day))):
            sql = sql.replace(f"%({name})s", f"%({name}{place})s")
            told[f"{name}{place}"] = value
        parts.append(f"SELECT {place} AS place, one.* FROM ({sql} LIMIT 1) AS one")  # noqa: S608 - all of it stands here
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), told)
        found = {row[0]: [row[1:]] for row in cursor.fetchall()}
    return {day: _totals(found.get(place, [])) for place, day in enumerate(days)}


def edges(today: date) -> list[date]:
    """The days that part the ages: a debt due before the day is late by more than so many days."""
    return [today - timedelta(days=days) for days in LATE]


def _after(place: Any) -> str:
    beyond = f"WHERE (d0, owed, account_id) < {_PLACE}" if place else ""
    return f"{beyond} {_ORDER.format(way='DESC')}"


def _read(wanted: AgedFilter, tail: str, place: Any, limit: int | None) -> list[Any]:
    filters = [_TEXT] if wanted.text else []
    filters += [_AGE[Age(wanted.age)]] if wanted.age else []
    filters += [_STATE[DebtorState(wanted.state)]] if wanted.state else []
    today, sql = clock.today(), _SQL.replace("{filters}", " ".join(filters))
    for name in _BY_THEN:
        sql = sql.replace(name, "")
    told: dict[str, Any] = {"edges": edges(today), "today": today, "text": wanted.text, "soon": list(wanted.soon)}
    told |= dict(zip(("d0", "owed", "account"), place or (), strict=False))
    bound = "LIMIT %(limit)s" if limit else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} {tail} {bound}", told | {"limit": limit})
        found: list[Any] = cursor.fetchall()
    return found


def _aged(row: Sequence[Any]) -> Aged:
    return Aged(row[0], Ages(*row[1:6]))


def _totals(rows: Sequence[Any]) -> Totals:
    return Totals(rows[0][6], Ages(*rows[0][7:12])) if rows else Totals(0, Ages(ZERO, ZERO, ZERO, ZERO, ZERO))


def _page(rows: Sequence[Any], *, has_back: bool, has_more: bool) -> AgedPage:
    shown = [_aged(row) for row in rows]
    return AgedPage(
        Page(
            shown,
            back=_token(shown[0]) if shown and has_back else "",
            onward=_token(shown[-1]) if shown and has_more else "",
        ),
        _totals(rows),
    )


def _token(one: Aged) -> str:
    text = json.dumps([str(one.ages.overdue), str(one.ages.total), one.account_id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(token: str) -> tuple[Decimal, Decimal, int] | None:
    if not token or len(token) > _MOST_TOKEN:
        return None
    try:
        overdue, owed, pk = json.loads(base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)))
        place = (Decimal(str(overdue)), Decimal(str(owed)), pk)
    except (ValueError, TypeError, binascii.Error, InvalidOperation, RecursionError):
        return None
    is_sum = all(part.is_finite() and part.adjusted() < 20 for part in place[:2])
    return place if is_sum and isinstance(pk, int) and 0 <= pk <= _LARGEST_ID else None
