"""Rows of the history of limits: what a row says, and that everything in it is escaped (16.6)."""

from datetime import UTC, datetime
from decimal import Decimal

from accounts.models import User
from subscribers import limit_rows
from subscribers.models import BarCause, LimitCrossing, LimitMeasure, LimitOwner, LimitPeriod, TrunkBar

BAD, ESCAPED = "<b>\"'&", "&lt;b&gt;&quot;&#x27;&amp;"
MOMENT = datetime(2026, 11, 5, 7, 30, tzinfo=UTC)
BOUND = {"period": LimitPeriod.DAY, "measure": LimitMeasure.COST, "amount": Decimal("1234.5")}


def lifted(by: User | None = None) -> str:
    bar = TrunkBar(cause=BarCause.OPERATOR, started_at=MOMENT, lifted_at=MOMENT, lifted_why=BAD, **BOUND)
    if by is not None:
        bar.lifted_by = by
    return limit_rows.lifted([bar])


def test_a_crossing_is_told_in_words() -> None:
    one = LimitCrossing(owner=LimitOwner.CUSTOMER, percent=80, at=MOMENT, is_told=False, **BOUND)
    shown = limit_rows.crossings([one])
    assert "05.11.2026, 10:30" in shown
    assert ">Лимит на сумму за день: 1\u00a0234,50\u00a0BYN<" in shown
    assert ">80 %<" in shown
    assert "—" in shown
    one.is_told = True
    assert "отправлено" in limit_rows.crossings([one])


def test_who_lifted_a_bar_is_escaped_and_staff_have_no_name() -> None:
    shown = lifted(User(pk=1, name=BAD))
    assert BAD not in shown
    assert shown.count(ESCAPED) == 2
    assert "заданный оператором" in shown
    staff = lifted(User(pk=2, name="Иван", is_staff=True))
    assert "Оператор\n" in staff
    assert "Иван" not in staff
    assert "Система\n" in lifted()
    assert limit_rows.lifted([]) == limit_rows.crossings([]) == ""
