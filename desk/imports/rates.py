"""Rates of calls by prefix: one list with prices from one day (4.3, 4.5)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.imports import dated
from desk.imports.kind import Compared, Effect, ImportLine, LineState
from desk.imports.rate_rows import CLOSE, EVERYWHERE, Catalogue, CellFaultError, RateKey
from desk.selectors import open_calls
from sipcabinet.lib import clock, words
from sipcabinet.lib.sheets import Cell, CellKind
from sipcabinet.lib.tables import Problem, TableColumn, TableRow, columns
from sipcabinet.lib.validity import in_force
from subscribers.models import Destination, Rate

COLUMNS = (
    TableColumn(
        key="prefix",
        title=gettext_lazy("Префикс"),
        read=columns.digits(15, empty_as=EVERYWHERE),
        hint=gettext_lazy("код страны и сети цифрами, например 4822; * — остальной мир"),
    ),
    TableColumn(
        key="is_short",
        title=gettext_lazy("Короткий номер"),
        read=columns.yes_no,
        is_required=False,
        default=False,
        hint=gettext_lazy("да для номеров вроде 112, иначе пусто"),
    ),
    TableColumn(
        key="destination",
        title=gettext_lazy("Направление"),
        read=columns.text(100),
        hint=gettext_lazy("код или название из таблицы направлений"),
        width=28,
    ),
    TableColumn(
        key="price",
        title=gettext_lazy("Цена минуты"),
        read=columns.amount(6),
        hint=gettext_lazy("BYN без НДС, до шести знаков после запятой"),
        kind=CellKind.PRICE,
    ),
    TableColumn(
        key="first",
        title=gettext_lazy("Первый шаг"),
        read=columns.whole(1, 3600),
        is_required=False,
        default=60,
        hint=gettext_lazy("секунд; пусто — 60"),
        kind=CellKind.INT,
    ),
    TableColumn(
        key="following",
        title=gettext_lazy("Следующий шаг"),
        read=columns.whole(1, 3600),
        is_required=False,
        default=1,
        hint=gettext_lazy("секунд; пусто — 1"),
        kind=CellKind.INT,
    ),
)
_BY_KEY = {column.key: column for column in COLUMNS}


class Rates:
    """The kind `rates`."""

    code = "rates"
    title = gettext_lazy("Тарифы на звонки")
    figure = gettext_lazy("BYN/мин")
    explains = (
        gettext_lazy("Цены из файла действуют с выбранного дня."),
        gettext_lazy("Префиксы, которых в файле нет, не меняются, если при проверке не выбрать «закончить»."),
        gettext_lazy("Прошлые цены не меняются: действующая цена сменяется не раньше завтрашнего дня."),
        gettext_lazy("Новый префикс может начаться и в прошлом, если месяц ещё открыт: звонки потом пересчитывают."),
    )
    columns = COLUMNS
    permissions = ("subscribers.add_rate", "subscribers.change_rate")
    view_permission = "subscribers.view_rate"
    tables = (Rate._meta.db_table, Destination._meta.db_table)
    is_dated = True

    def check_day(self, day: date) -> None:
        dated.check_day(day)

    def compare(self, rows: Sequence[TableRow], day: date) -> Compared:
        catalogue = Catalogue.on(day)
        lines: list[ImportLine] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                lines.append(catalogue.line(row))
            except CellFaultError as fault:
                title = str(_BY_KEY[fault.column].title)
                problems.append(Problem(row.number, fault.key, title, fault.value, str(fault)))
        return Compared(lines, problems)

    def may_end(self, day: date) -> bool:
        return day >= dated.earliest()

    def absent(self, rows: Sequence[TableRow], day: date, *, ends: bool) -> Sequence[ImportLine]:
        catalogue, written = Catalogue.on(day), {RateKey(row.values["prefix"], row.values["is_short"]) for row in rows}
        missing = (
            (key, prices, was)
            for key, prices in sorted(catalogue.known.items(), key=lambda one: (one[0].is_short, one[0].prefix))
            if key not in written and (was := dated.on(prices, day)) is not None
        )
        may = ends and self.may_end(day)
        return [catalogue.missing(key, prices, was, ends=may) for key, prices, was in missing]

    def write(self, lines: Sequence[ImportLine], day: date) -> None:
        steps = [_Step._make(line.step) for line in lines]
        ended = [one.row for one in steps if one.way in {"end", CLOSE} and one.row is not None]
        Rate.objects.filter(pk__in=ended).update(valid_until=day)
        _replace([one for one in steps if one.way == "replace"])
        Rate.objects.bulk_create(
            (
                Rate(
                    prefix=one.prefix,
                    is_short=one.is_short,
                    destination_id=one.destination,
                    price_per_minute=one.price,
                    first_increment=one.first,
                    next_increment=one.following,
                    valid_from=day,
                    valid_until=one.until,
                )
                for one in steps
                if one.way not in {"replace", CLOSE}
            ),
            batch_size=2_000,
        )

    def effects(self, lines: Sequence[ImportLine], day: date) -> Sequence[Effect]:
        begin = _("с 00:00 %(day)s по Минску") % {"day": clock.show_date(day)}
        found = [Effect(_("Начнёт действовать"), begin)]
        groups = sorted({line.group for line in lines})
        if groups:
            shown = ", ".join(groups[:3]) + (_(" и ещё %(count)d") % {"count": len(groups) - 3} if groups[3:] else "")
            found.append(Effect(_("Направления"), shown))
        spoken = open_calls.of_destinations_last_month({_Step._make(line.step).destination for line in lines})
        told = words.counted(spoken.calls, "звонок", "звонка", "звонков")
        found.append(Effect(_("Звонков этих направлений за %(month)s") % {"month": spoken.month.label}, told))
        if ended := sum(1 for line in lines if line.state is LineState.ENDED):
            told_ = words.counted(ended, "префикс", "префикса", "префиксов")
            rest = _("%(count)s: звонки на них пойдут по более короткому префиксу, без него — не посчитаются")
            found.append(Effect(_("Закончатся"), rest % {"count": told_}, "warn"))
        prefixes = [RateKey(*line.step[:2]) for line in lines]
        if day > clock.today():
            found.append(Effect(_("Принятые звонки"), _("не меняются: новая цена ещё не наступила")))
        elif prefixes:
            count = open_calls.with_prefixes((key.prefix for key in prefixes if not key.is_short), day)
            told = words.counted(count, "звонок", "звонка", "звонков")
            found.append(Effect(_("Принятые звонки, которые нужно пересчитать"), told, "warn" if count else ""))
        return found

    def exported(self, day: date) -> Iterable[Sequence[Cell]]:
        rates = Rate.objects.filter(in_force(day)).select_related("destination").order_by("is_short", "prefix")
        for rate in rates.iterator(chunk_size=2_000):
            yield [
                rate.prefix or EVERYWHERE,
                columns.YES if rate.is_short else columns.NO,
                rate.destination.code,
                rate.price_per_minute,
                rate.first_increment,
                rate.next_increment,
            ]


class _Step(NamedTuple):
    """What `write` does for a line."""

    prefix: str
    is_short: bool
    destination: int
    price: Decimal
    first: int
    following: int
    way: str
    row: int | None
    until: date | None


# One statement: a CASE for each of thousands of rows, as `bulk_update` writes it, takes a quarter of a minute.
_REPLACE = """
UPDATE subscribers_rate r SET
    destination_id = n.destination_id, price_per_minute = n.price,
    first_increment = n.first, next_increment = n.following
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::int[], %s::int[])
    AS n (id, destination_id, price, first, following)
WHERE r.id = n.id
"""


def _replace(steps: Sequence[_Step]) -> None:
    if steps:
        rows = [(one.row, one.destination, one.price, one.first, one.following) for one in steps]
        with connection.cursor() as cursor:
            cursor.execute(_REPLACE, [list(column) for column in zip(*rows, strict=True)])
