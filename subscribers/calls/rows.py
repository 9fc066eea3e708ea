"""Row types of an import: from a row of a switch's file to the records written to the database."""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DAY_ZERO = date(2000, 1, 1)


class Mismatch(StrEnum):
    """Why a row that was read cannot be imported. The code is stored; the label is what staff read."""

    NOT_OURS = "not_ours"
    EXTENSION = "extension"
    SERVICE_CODE = "service_code"
    BAD_NUMBER = "bad_number"
    NO_RATE = "no_rate"
    OUTSIDE_MONTHS = "outside_months"
    IN_FUTURE = "in_future"
    CONFLICT = "conflict"

    @property
    def label(self) -> Promise:
        return _LABELS[self]


_LABELS: dict[Mismatch, Promise] = {
    Mismatch.NOT_OURS: _("Ни один из номеров не наш абонент"),
    Mismatch.EXTENSION: _("Вызываемый номер внутренний: направление неизвестно"),
    Mismatch.SERVICE_CODE: _("Вместо вызываемого номера служебный код"),
    Mismatch.BAD_NUMBER: _("Не удалось разобрать вызываемый номер"),
    Mismatch.NO_RATE: _("Нет тарифа на это направление"),
    Mismatch.OUTSIDE_MONTHS: _("Дата вне месяцев, за которые хранятся звонки"),
    Mismatch.IN_FUTURE: _("Дата в будущем"),
    Mismatch.CONFLICT: _("Такой звонок уже есть, но с другим содержанием"),
}


class Leg(NamedTuple):
    """One row of a switch that writes a row per leg and puts the other leg's id in it (FreeSWITCH with `legs=ab`).

    `names` is the id of the other leg's row. Moments are seconds of Unix time; `called` is E.164 or as dialled;
    `brought_to` is the trunk of the called number if that is our subscriber, else 0.
    """

    source_id: int
    call_id: str
    names: str
    started: int
    ended: int
    called: str
    brought_to: int


class RefusedRow(NamedTuple):
    """A row that is not imported: its number in the batch, its line, its text, and the reason."""

    row_no: int
    line_no: int
    raw: str
    code: str
    message: str
    linked: Leg | None = None


class Record(NamedTuple):
    """One side of a call, rated by the list: the columns of the staging table in their order.

    `month`, `charged_in` and `day` are days since 2000-01-01 (Minsk), `started` seconds of Unix time, money micro-BYN.
    """

    row_no: int
    month: int
    charged_in: int
    day: int
    account_id: int
    subscriber_id: int
    trunk_id: int
    source_id: int
    import_id: int
    call_id: str
    leg: str
    direction: str
    outcome: str
    started: int
    duration: int
    talk_seconds: int
    other_party: str
    caller: str
    destination_id: int | None
    price: int
    billed_seconds: int
    included_seconds: int
    cost: int
    fingerprint: str

    @property
    def month_of_start(self) -> date:
        return DAY_ZERO + timedelta(days=self.month)

    @property
    def is_late(self) -> bool:
        """Whether the call was imported after its own month had closed."""
        return self.charged_in != self.month

    def charged_by(self, month: date) -> "Record":
        """A copy of the record, charged by the month with this first day."""
        return self._replace(charged_in=(month - DAY_ZERO).days)

    def covered(self, seconds: int, cost: int) -> "Record":
        """A copy of the record with this many included seconds, and its cost. Quicker than `_replace`."""
        return Record._make((*self[:_INCLUDED], seconds, cost, *self[_INCLUDED + 2 :]))


_INCLUDED = Record._fields.index("included_seconds")


class Matched(NamedTuple):
    """A row that is a call of our subscribers: one record, or two if both sides are ours.

    `key` identifies the leg of a call and must be unique: source, call id, leg.
    """

    row_no: int
    line_no: int
    raw: str
    key: tuple[int, str, str]
    fingerprint: str
    records: tuple[Record, ...]
    linked: Leg | None = None

    def refused(self, why: Mismatch) -> RefusedRow:
        return RefusedRow(self.row_no, self.line_no, self.raw, why.value, str(why.label))
