"""Waiting lines of switch files, grouped by what is wrong and by the number that it is about (4.4)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sipcabinet.lib import phones
from subscribers.calls import rejects
from subscribers.cdr import RawCall
from subscribers.cdr.numbers import NumberKind, normalise
from subscribers.models import CallReject, RejectState

MOST = 5000  # lines that are read for the page; the oldest come first


@dataclass(slots=True)
class RejectGroup:
    """Lines with one reason about one number (E.164, or as dialled; empty if it cannot be read). `seconds`: talked."""

    code: str
    reason: str
    number: str
    is_phone: bool
    ids: list[int] = field(default_factory=list)
    seconds: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def key(self) -> str:
        """Names the group in a form without telling its number."""
        return hashlib.sha256(f"{self.code} {self.number}".encode()).hexdigest()[:24]

    @property
    def is_hopeless(self) -> bool:
        """Whether the lines can never be read: trying again is of no use."""
        return self.code in rejects.HOPELESS

    @property
    def can_connect(self) -> bool:
        """Whether connecting the number to a subscriber would mend the lines."""
        return self.code in rejects.OF_CALLER and self.is_phone and self.number.startswith("+375")

    def shown(self, *, may_see: bool) -> str:
        """The number as this person may see it."""
        if not self.number:
            return ""
        if not self.is_phone:
            return self.number if may_see else phones.mask_within(self.number)
        return phones.display(self.number) if may_see else phones.masked(self.number)

    def take(self, row: CallReject, call: RawCall | None) -> None:
        self.ids.append(row.pk)
        if call is not None:
            self.seconds += call.billsec
            self.first = min(self.first or call.started_at, call.started_at)
            self.last = max(self.last or call.started_at, call.started_at)


def groups(call_import: int | None = None) -> Sequence[RejectGroup]:
    """The groups of the oldest MOST waiting lines, of all imports or of one; the largest first. One query."""
    rows = CallReject.objects.filter(state=RejectState.WAITING).select_related("source").order_by("created_at", "pk")
    if call_import is not None:
        rows = rows.filter(call_import=call_import)
    labels, found = rejects.reason_labels(), dict[tuple[str, str], RejectGroup]()
    for row in rows[:MOST]:
        call = rejects.call_of(row)
        number, is_phone = _number(row.code, call)
        group = found.setdefault(
            (row.code, number), RejectGroup(row.code, labels.get(row.code, row.code), number, is_phone)
        )
        group.take(row, call)
    return sorted(found.values(), key=lambda one: (-len(one.ids), one.code, one.number))


def group(key: str, call_import: int | None = None) -> RejectGroup | None:
    """The group that a form names; None if none of its lines waits any more."""
    return next((one for one in groups(call_import) if one.key == key), None)


def _number(code: str, call: RawCall | None) -> tuple[str, bool]:
    """The number that a line is about, and whether it is a telephone number."""
    if call is None:
        return "", False
    found = normalise(call.calling if code in rejects.OF_CALLER else call.called)
    return found.value, found.kind == NumberKind.E164
