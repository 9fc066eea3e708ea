"""Ranges of the operator's numbers: added one by one or loaded from a file (4.13)."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib import constraints, locks, phones
from subscribers.cdr.numbers import NumberKind, normalise
from subscribers.errors import NumberError
from subscribers.models import NumberRange
from subscribers.models.pool import MOST_NUMBERS

log = structlog.get_logger(__name__)
NOTE_LENGTH = 200
_AREA = 5  # digits of country and area code, which both ends share


@dataclass(frozen=True, slots=True)
class Ends:
    """The checked ends of a new range, E.164 without «+», and its note."""

    first: int
    last: int
    note: str = ""

    @property
    def first_phone(self) -> str:
        return f"+{self.first}"

    @property
    def last_phone(self) -> str:
        return f"+{self.last}"

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def checked(*, first: str, last: str, note: str = "") -> Ends:
    """The ends of a range, in any spelling; an empty `last` is a range of one number. Raises NumberError."""
    begins = _number(first, "first")
    ends = _number(last, "last") if last.strip() else begins
    if ends < begins:
        raise NumberError("order", _("Последний номер меньше первого"), "last")
    if str(begins)[:_AREA] != str(ends)[:_AREA]:
        raise NumberError("area", _("Номера диапазона относятся к одному коду, например 44 или 17"), "last")
    if ends - begins >= MOST_NUMBERS:
        message = _("В одном диапазоне не больше %(most)d номеров: разделите его")
        raise NumberError("size", message % {"most": MOST_NUMBERS}, "last")
    told = " ".join(note.split())
    if len(told) > NOTE_LENGTH:
        raise NumberError("note", _("Не длиннее %(most)d знаков") % {"most": NOTE_LENGTH}, "note")
    return Ends(begins, ends, told)


def add(*, ends: Ends, by: Actor) -> NumberRange:
    """Adds one range. Audited; ranges are added one at a time (a lock by name). Raises NumberError if another range has
    some of the numbers."""
    with transaction.atomic():
        locks.hold("number ranges")
        if (known := overlapping(ends)) is not None:
            raise NumberError("overlap", _("Эти номера уже есть в диапазоне %(range)s") % {"range": known}, "first")
        with constraints.refused(_overlap, "number_ranges_never_overlap"):
            row = NumberRange.objects.create(first=ends.first, last=ends.last, note=ends.note, added_by=by.user)
        audit.record(
            action="numberrange.added",
            user=by.user,
            address=by.address,
            summary=_("Внесён диапазон %(range)s, номеров: %(count)d") % {"range": row, "count": row.size},
            details={"range_id": row.pk, "numbers": row.size},
        )
    log.info("numberrange.added", range_id=row.pk, numbers=row.size)
    return row


def add_all(*, rows: Sequence[Ends], by: Actor) -> list[NumberRange]:
    """Adds the ranges of a file: all or none. A range that is known already, with the same ends, is passed over."""
    with transaction.atomic():
        locks.hold("number ranges")
        known = set(NumberRange.objects.values_list("first", "last"))
        return [add(ends=ends, by=by) for ends in rows if (ends.first, ends.last) not in known]


def overlapping(ends: Ends) -> NumberRange | None:
    """A range that has some of these numbers."""
    return NumberRange.objects.filter(first__lte=ends.last, last__gte=ends.first).order_by("first").first()


def _number(text: str, field: str) -> int:
    try:
        phone = phones.parse(text)
    except phones.PhoneError as refusal:
        raise NumberError("invalid", refusal.message, field) from None
    if not phone.startswith("+375") or normalise(phone).kind is not NumberKind.E164:
        raise NumberError("foreign", _("Нужен белорусский номер, например 17 270-00-00"), field)
    return int(phone.removeprefix("+"))


def _overlap() -> NumberError:
    return NumberError("overlap", _("Эти номера только что внесли в другой диапазон"), "first")
