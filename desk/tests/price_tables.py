"""Rates and tables of prices for tests of the catalogue."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from accounts.actor import Actor
from accounts.models import User
from accounts.tests.factories import StaffFactory
from desk.imports import KINDS, running
from desk.imports.kind import Comparison
from desk.models import TableImport
from sipcabinet.lib import clock
from sipcabinet.tests import table_files
from subscribers.models import Destination, Rate

RATES_HEAD = ["Префикс", "Направление", "Цена минуты", "Первый шаг", "Следующий шаг"]
FEES_HEAD = ["Что", "Код", "Плата в месяц", "Минут", "Каналов"]
PLACES_HEAD = ["Код", "Название", "Включённые минуты", "Бесплатное", "Закрыто", "Порядок"]
LONG_AGO = date(2020, 1, 1)


def place(code: str = "poland", name: str = "Польша", **fields: Any) -> Destination:
    return Destination.objects.get_or_create(code=code, defaults={"name": name} | fields)[0]


def rate(prefix: str, price: str, since: date = LONG_AGO, until: date | None = None, **fields: Any) -> Rate:
    told = {"destination": place(), "prefix": prefix, "price_per_minute": price} | fields
    return Rate.objects.create(valid_from=since, valid_until=until, **told)


def rates_file(*rows: Sequence[Any]) -> bytes:
    return table_files.csv([RATES_HEAD, *rows])


def fees_file(*rows: Sequence[Any]) -> bytes:
    return table_files.csv([FEES_HEAD, *rows])


def places_file(*rows: Sequence[Any]) -> bytes:
    return table_files.csv([PLACES_HEAD, *rows])


def checked(content: bytes, day: date | None, kind: str = "rates") -> Comparison:
    return running.check(KINDS[kind], content, day)


def kept(content: bytes, day: date | None, kind: str = "rates", by: User | None = None) -> TableImport:
    actor = Actor(by or StaffFactory.create())
    return running.keep(kind=KINDS[kind], content=content, file_name="цены.csv", day=day, actor=actor)


def kept_rate(by: User) -> TableImport:
    """A checked table that would give a prefix its first rate, tomorrow."""
    place()
    return kept(rates_file(["48", "poland", "0,62"]), clock.today() + timedelta(days=1), by=by)


def applied(content: bytes, day: date | None, kind: str = "rates", by: User | None = None) -> TableImport:
    """The table checked, kept and applied by one person."""
    table = kept(content, day, kind, by)
    seen = running.compared(table, KINDS[kind])
    running.apply(table=table, kind=KINDS[kind], fingerprint=seen.fingerprint, actor=Actor(table.uploaded_by))
    table.refresh_from_db()
    return table


def rates_of(prefix: str) -> list[tuple[str, date, date | None]]:
    """All rates of the prefix in time order: price, begin, end."""
    rows = Rate.objects.filter(prefix=prefix).order_by("valid_from")
    return [(f"{one.price_per_minute.normalize():f}", one.valid_from, one.valid_until) for one in rows]


def file_of(answer: Any) -> bytes:
    """The content of a downloaded file."""
    return b"".join(answer.streaming_content)
