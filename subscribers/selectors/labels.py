"""Names of an account's numbers, and the changes that a file of names would make (3.0)."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import Account
from sipcabinet.lib import clock, phones, tenancy
from sipcabinet.lib.errors import DomainError
from subscribers.errors import NumberError
from subscribers.labels import Line, clean_label, unguarded
from subscribers.models import Subscriber, SubscriberStatus

_DRESS = re.compile(r"[\s()./\-\u2010-\u2015\u2212]+")
_SHORTENED = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)


class LineError(DomainError):
    """A row of the file cannot be applied."""

    code = "labels.line"


class Renaming(NamedTuple):
    """One number and its name, before and after."""

    pk: int
    phone: str
    was: str
    now: str


class Problem(NamedTuple):
    """A row of the file that cannot be applied: its line, the number as written, and the reason."""

    place: int
    number: str
    reason: str


@dataclass(slots=True)
class Comparison:
    """Result of comparing a file with the account's numbers. Nothing may be saved while there are problems."""

    changes: list[Renaming] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def removed(self) -> int:
        """How many numbers lose their name."""
        return sum(not change.now for change in self.changes)


def connected(account: Account) -> list[tuple[str, str]]:
    """Connected numbers (E.164) with their names, in order."""
    rows = tenancy.of(account).rows(Subscriber).exclude(status=SubscriberStatus.CLOSED)
    return list(rows.order_by("phone", "pk").values_list("phone", "label"))


def compare(account: Account, lines: Sequence[Line]) -> Comparison:
    """Compares the rows of a file with the account's numbers."""
    known = _known(account)
    found, seen = Comparison(), dict[str, int]()
    for line in lines:
        try:
            subscriber, label = _read(line, known, seen)
        except (LineError, NumberError, phones.PhoneError) as error:
            found.problems.append(Problem(line.place, line.cells[0].strip()[:40], error.message))
            continue
        seen[subscriber.phone] = line.place
        if label == subscriber.label:
            found.unchanged += 1
        else:
            found.changes.append(Renaming(subscriber.pk, subscriber.phone, subscriber.label, label))
    return found


def changes(subscribers: Iterable[Subscriber], wanted: Mapping[int, str]) -> list[Renaming]:
    """Changes that the wanted names (by primary key) would make; other keys are ignored."""
    asked = ((row, wanted[row.pk]) for row in subscribers if row.pk in wanted)
    return [Renaming(row.pk, row.phone, row.label, label) for row, label in asked if label != row.label]


def digest(renamings: Iterable[Renaming]) -> str:
    """Hash of the changes in any order: shows that the confirmed changes are the shown ones."""
    facts = sorted((change.pk, change.was, change.now) for change in renamings)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _known(account: Account) -> dict[str, Subscriber]:
    """Subscribers by phone; for a number connected several times, the latest one."""
    rows = tenancy.of(account).rows(Subscriber).order_by("connected_at", "pk")
    return {row.phone: row for row in rows.only("phone", "label", "status", "closed_at")}


def _read(line: Line, known: Mapping[str, Subscriber], seen: Mapping[str, int]) -> tuple[Subscriber, str]:
    number, label = _cells(line)
    subscriber = known.get(_phone(number, known))
    if subscriber is None:
        raise LineError(_("Такого номера нет среди подключённых номеров лицевого счёта"))
    if subscriber.closed_at:
        raise LineError(
            _("Номер отключён %(day)s") % {"day": clock.show_date(clock.minsk(subscriber.closed_at).date())}
        )
    if first := seen.get(subscriber.phone):
        raise LineError(_("Номер уже есть в строке %(place)d") % {"place": first})
    return subscriber, clean_label(unguarded(label))


def _cells(line: Line) -> tuple[str, str]:
    if len(line.cells) < 2:
        raise LineError(_("В строке нет второй колонки, с названием"))
    number, label, *rest = line.cells
    if any(cell.strip() for cell in rest):
        raise LineError(_("В строке больше двух колонок: возьмите название в кавычки"))
    return unguarded(number.strip()), label


def _phone(text: str, known: Mapping[str, Subscriber]) -> str:
    """The number in E.164; usual spellings of the account's numbers are found without the full number parser."""
    if _SHORTENED.fullmatch(text):
        raise LineError(_("Номер сокращён табличной программой: сделайте колонку текстовой и впишите его целиком"))
    bare = "+" + _DRESS.sub("", text).removeprefix("+")
    return bare if bare in known else phones.parse(text)
