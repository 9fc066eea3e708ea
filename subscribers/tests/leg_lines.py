"""Rows of a switch that writes a row for each leg of a call, and what was counted of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from subscribers.models import CallRecord
from subscribers.tests.switch_files import Line

START = datetime(2026, 10, 26, 10)  # noqa: DTZ001 - a switch writes local time
TRUNK, NUMBER, OTHER, OUTSIDE, MOBILE = "375447112030", "375447112031", "375447112040", "375291112233", "375333334455"
MINUTES = 6


def uid(no: int) -> str:
    return str(UUID(int=no))


def pair(no: int, *, mutual: bool = False, start: datetime = START, **second: Any) -> list[Line]:
    """The two legs of an answered call of two minutes; `second` overrides fields of the second one."""
    first = Line(uid(no), start, calling=TRUNK, called=MOBILE, talked=120, bleg=uid(no + 1), code=TRUNK)
    later: dict[str, Any] = {
        "start": start + timedelta(seconds=1),
        "uuid": uid(no + 1),
        "bleg": uid(no) if mutual else "",
    }
    return [first, replace(first, **(later | second))]


def chain(no: int, length: int, *, start: datetime = START, closed: bool = False) -> list[Line]:
    """The legs of one call, each naming the next; with `closed` the last one names the first."""
    following = [*(uid(no + step) for step in range(1, length)), uid(no) if closed else ""]
    return [
        Line(uid(no + step), start + timedelta(seconds=step), TRUNK, MOBILE, talked=120, bleg=named, code=TRUNK)
        for step, named in enumerate(following)
    ]


def counted() -> list[tuple[str, str, str, int]]:
    rows = CallRecord.objects.order_by("started_at", "call_id", "direction")
    return [(call.call_id, call.direction, call.subscriber.phone[1:], call.billed_seconds) for call in rows]
