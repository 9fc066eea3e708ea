"""The content of a switch file: a call as the switch saw it, or a line that cannot be read with its reason (4.4)."""

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Disposition(StrEnum):
    """How the call ended, in the same terms for all switches."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a line is rejected. The code is stored; the text is what staff read."""

    COLUMNS = "columns"
    TRUNCATED = "truncated"
    OVERLONG = "overlong"
    NUL_BYTES = "nul_bytes"
    QUOTES = "quotes"
    CONTROL_CHARACTERS = "control_characters"
    BAD_STAMP = "bad_stamp"
    NO_SECONDS = "no_seconds"
    ABSURD_DATE = "absurd_date"
    BAD_DURATION = "bad_duration"
    NEGATIVE = "negative"
    BILLED_OVER_DURATION = "billed_over_duration"
    END_BEFORE_START = "end_before_start"
    CONTRADICTION = "contradiction"
    BAD_DISPOSITION = "bad_disposition"
    NO_DESTINATION = "no_destination"
    BAD_DESTINATION = "bad_destination"
    JSON = "json"

    @property
    def label(self) -> Promise:
        return _LABELS[self]


_LABELS: dict[Reason, Promise] = {
    Reason.COLUMNS: _("Не столько колонок, сколько нужно"),
    Reason.TRUNCATED: _("Последняя строка оборвана"),
    Reason.OVERLONG: _("Слишком длинная строка или поле"),
    Reason.NUL_BYTES: _("В строке нулевые байты"),
    Reason.QUOTES: _("Кавычки не закрыты"),
    Reason.CONTROL_CHARACTERS: _("Управляющие знаки в номере или идентификаторе"),
    Reason.BAD_STAMP: _("Не удалось прочитать дату и время"),
    Reason.NO_SECONDS: _("Во времени нет секунд: файл, похоже, пересохранён в редакторе таблиц"),
    Reason.ABSURD_DATE: _("Невозможная дата"),
    Reason.BAD_DURATION: _("Не удалось прочитать длительность"),
    Reason.NEGATIVE: _("Отрицательная длительность"),
    Reason.BILLED_OVER_DURATION: _("Разговор длиннее всего звонка"),
    Reason.END_BEFORE_START: _("Звонок закончился раньше, чем начался"),
    Reason.CONTRADICTION: _("Сведения об ответе противоречат друг другу"),
    Reason.BAD_DISPOSITION: _("Неизвестный результат звонка"),
    Reason.NO_DESTINATION: _("Не указан вызываемый номер"),
    Reason.JSON: _("Запись JSON не удалось разобрать"),
    Reason.BAD_DESTINATION: _("Вместо вызываемого номера посторонние знаки"),
}


class RawCall(NamedTuple):
    """One row of a switch file. Times are aware UTC; `duration` and `billsec` are seconds.

    A named tuple and not a dataclass: files have millions of rows, and a frozen dataclass takes four times as long to
    create. `call_id` is empty if the switch gives none; `leg` comes from the switch's own fields. `content` is the
    row's data: it identifies a row without an id and shows whether two rows of one key differ. `trunk` is the account
    code. If `names_legs`, `leg` is the row id of the call's other leg, or empty. `line_no` and `raw` (with the header
    for a generic file) are kept for a later rejection.
    """

    line_no: int
    raw: str
    call_id: str
    leg: str
    calling: str
    called: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    duration: int
    billsec: int
    disposition: Disposition
    trunk: str
    content: str
    names_legs: bool = False

    @property
    def answered(self) -> bool:
        return self.answered_at is not None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the row's content, 64 hex digits: equal rows give equal values in any encoding or file."""
        return sha256(self.content.encode()).hexdigest()

    @property
    def identity(self) -> str:
        """The switch's id of the call, or the row's fingerprint if there is no id."""
        return self.call_id or self.fingerprint


class RejectedLine(NamedTuple):
    """A rejected line as written in the file (up to `lines.ROW_LIMIT`) and the reason; `detail` is the bad value."""

    line_no: int
    raw: str
    reason: Reason
    detail: str = ""

    @property
    def message(self) -> str:
        """The reason in Russian, with the value that caused it."""
        text = str(self.reason.label)
        return f"{text}: {self.detail}" if self.detail else text


class BadRowError(Exception):
    """Raised while one row is read; the row becomes a RejectedLine."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail[:60].replace("\0", "\N{SYMBOL FOR NULL}")  # no database holds a NUL
