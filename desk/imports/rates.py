"""Rates of calls by prefix: one list with prices from one day (4.3, 4.5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.imports import dated
from desk.imports.dated import Dated
from desk.imports.kind import Compared, Effect, ImportLine, LineState, ShownChange, TableImportError
from desk.selectors import open_calls
from sipcabinet.lib import clock, money, words
from sipcabinet.lib.sheets import Cell, CellKind
from sipcabinet.lib.tables import CellError, Problem, TableColumn, TableRow, columns
from sipcabinet.lib.validity import in_force
from subscribers.models import Destination, Rate

EVERYWHERE = "*"  # the empty prefix: the rest of the world
CLOSE = "close"  # the way of a rate that ends without a successor


class RateKey(NamedTuple):
    """What a rate is for: digits without the plus, or a short number."""

    prefix: str
    is_short: bool

    @property
    def shown(self) -> str:
        return self.prefix if self.is_short else f"+{self.prefix}" if self.prefix else str(_("остальной мир"))


class RateTerms(NamedTuple):
    """What a rate says: BYN a minute and increments in seconds."""

    destination: int
    price: Decimal
    first: int
    following: int


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
        catalogue = _Catalogue.on(day)
        lines: list[ImportLine] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                lines.append(catalogue.line(row))
            except _CellFaultError as fault:
                title = str(_BY_KEY[fault.column].title)
                problems.append(Problem(row.number, fault.key, title, fault.value, str(fault)))
        return Compared(lines, problems)

    def may_end(self, day: date) -> bool:
        return day >= dated.earliest()

    def absent(self, rows: Sequence[TableRow], day: date, *, ends: bool) -> Sequence[ImportLine]:
        catalogue, written = _Catalogue.on(day), {RateKey(row.values["prefix"], row.values["is_short"]) for row in rows}
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


class _CellFaultError(CellError):
    """A fault of a column; `key` is `day` where another day would mend it."""

    def __init__(self, column: str, value: str, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.column, self.value, self.key = column, value, key or column


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What rows are compared with: the destinations, the rates from the day on, and the rows read so far."""

    day: date
    places: Mapping[int, Destination]
    named: Mapping[str, int | None]
    known: Mapping[RateKey, Sequence[Dated[RateTerms]]]
    seen: dict[RateKey, int] = field(default_factory=dict)

    @classmethod
    def on(cls, day: date) -> "_Catalogue":
        places = {place.pk: place for place in Destination.objects.all()}
        return cls(day, places, _named(places.values()), _known(day))

    def line(self, row: TableRow) -> ImportLine:
        """The row compared; raises _CellFaultError."""
        key, terms = self._key(row), self._terms(row.values)
        prices = self.known.get(key, ())
        was = dated.on(prices, self.day)
        shown: dict[str, Any] = {
            "number": row.number,
            "name": key.shown,
            "group": self.places[terms.destination].name,
            "before": was.values.price if was else None,
            "after": terms.price,
            "note": _note(dated.next_after(prices, self.day)),
        }
        if was is not None and was.values == terms:
            return ImportLine(state=LineState.SAME, **shown)
        try:
            way = dated.place(prices, self.day)
        except TableImportError as refusal:
            raise _CellFaultError("prefix", key.shown, refusal.message, dated.DAY) from None
        others = tuple(_others(was.values, terms, self.places)) if was else ()
        state = LineState.CHANGED if was else LineState.NEW
        return ImportLine(state=state, others=others, step=(*key, *terms, *way), **shown)

    def missing(
        self, key: RateKey, prices: Sequence[Dated[RateTerms]], was: Dated[RateTerms], *, ends: bool
    ) -> ImportLine:
        """A rate that is not in the file. Numbers that must always be reachable, and the rest of the world, never end;
        neither does a rate that only begins on the day."""
        place = self.places[was.values.destination]
        shown: dict[str, Any] = {
            "number": 0, "name": key.shown, "group": place.name, "before": was.values.price,
        }  # fmt: skip
        kept = ""
        if place.is_free or key.is_short or not key.prefix:
            kept = _("останется: бесплатные и короткие номера и остальной мир так не заканчивают")
        elif was.since == self.day:
            kept = _("останется: эта цена с этого дня только начинается")
        if kept or not ends:
            note = kept if ends else _note(dated.next_after(prices, self.day))
            return ImportLine(state=LineState.ABSENT, after=was.values.price, note=note, **shown)
        until = clock.show_date(was.until) if was.until else _("без срока")
        over = (ShownChange(_("действует до"), until, clock.show_date(self.day)),)
        step = (*key, *was.values, CLOSE, was.pk, None)
        note = _note(dated.next_after(prices, self.day))
        return ImportLine(state=LineState.ENDED, others=over, note=note, step=step, **shown)

    def _key(self, row: TableRow) -> RateKey:
        key = RateKey(row.values["prefix"], row.values["is_short"])
        if key.is_short and not key.prefix:
            raise _CellFaultError("prefix", EVERYWHERE, _("короткий номер нужен целиком"))
        if key in self.seen:
            raise _CellFaultError("prefix", key.shown, _("уже есть в строке %(row)d") % {"row": self.seen[key]})
        self.seen[key] = row.number
        return key

    def _terms(self, told: Mapping[str, Any]) -> RateTerms:
        destination = _destination(told["destination"], self.named)
        return RateTerms(destination, told["price"], told["first"], told["following"])


def _note(coming: Dated[RateTerms] | None) -> str:
    if coming is None:
        return ""
    told = {"day": clock.show_date(coming.since), "price": money.show_price(coming.values.price)}
    return _("с %(day)s уже назначена следующая цена: %(price)s") % told


def _known(day: date) -> dict[RateKey, list[Dated[RateTerms]]]:
    """All rates that a price from this day may meet: in force on it or later, in time order."""
    later = Rate.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day)).order_by("valid_from")
    found: dict[RateKey, list[Dated[RateTerms]]] = defaultdict(list)
    rows: Iterable[Any] = later.values_list(
        "prefix", "is_short", "pk", "valid_from", "valid_until",
        "destination_id", "price_per_minute", "first_increment", "next_increment",
    )  # fmt: skip
    for prefix, is_short, pk, since, until, *terms in rows:
        found[RateKey(prefix, is_short)].append(Dated(pk, since, until, RateTerms(*terms)))
    return found


def _named(places: Iterable[Destination]) -> dict[str, int | None]:
    """Destinations by their codes and names as people write them; None for a name that two of them have."""
    found: dict[str, int | None] = {}
    all_of = list(places)
    for place in all_of:
        name = columns.folded(place.name)
        found[name] = None if name in found else place.pk
    return found | {columns.folded(place.code): place.pk for place in all_of}


def _destination(written: str, named: Mapping[str, int | None]) -> int:
    folded = columns.folded(written)
    if folded not in named:
        raise _CellFaultError("destination", written, _("нет такого направления: добавьте его в таблицу направлений"))
    found = named[folded]
    if found is None:
        raise _CellFaultError("destination", written, _("направлений с таким названием несколько: укажите код"))
    return found


def _others(was: RateTerms, now: RateTerms, places: Mapping[int, Destination]) -> Iterable[ShownChange]:
    if was.destination != now.destination:
        before, after = places[was.destination].name, places[now.destination].name
        yield ShownChange(_("направление"), before, after)
    if (was.first, was.following) != (now.first, now.following):
        yield ShownChange(_("шаги"), f"{was.first}/{was.following}", f"{now.first}/{now.following}")
