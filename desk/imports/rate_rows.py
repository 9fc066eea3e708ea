"""The rows of a file of rates, compared with the rates and destinations that there are (desk/imports/rates.py)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from desk.imports import dated
from desk.imports.dated import Dated
from desk.imports.kind import ImportLine, LineState, ShownChange, TableImportError
from sipcabinet.lib import clock, money
from sipcabinet.lib.tables import CellError, TableRow, columns
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


class CellFaultError(CellError):
    """A fault of a column; `key` is `day` where another day would mend it."""

    def __init__(self, column: str, value: str, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.column, self.value, self.key = column, value, key or column


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What rows are compared with: the destinations, the rates from the day on, and the rows read so far."""

    day: date
    places: Mapping[int, Destination]
    named: Mapping[str, int | None]
    known: Mapping[RateKey, Sequence[Dated[RateTerms]]]
    seen: dict[RateKey, int] = field(default_factory=dict)

    @classmethod
    def on(cls, day: date) -> "Catalogue":
        places = {place.pk: place for place in Destination.objects.all()}
        return cls(day, places, _named(places.values()), _known(day))

    def line(self, row: TableRow) -> ImportLine:
        """The row compared; raises CellFaultError."""
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
            raise CellFaultError("prefix", key.shown, refusal.message, dated.DAY) from None
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
            raise CellFaultError("prefix", EVERYWHERE, _("короткий номер нужен целиком"))
        if key in self.seen:
            raise CellFaultError("prefix", key.shown, _("уже есть в строке %(row)d") % {"row": self.seen[key]})
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
        raise CellFaultError("destination", written, _("нет такого направления: добавьте его в таблицу направлений"))
    found = named[folded]
    if found is None:
        raise CellFaultError("destination", written, _("направлений с таким названием несколько: укажите код"))
    return found


def _others(was: RateTerms, now: RateTerms, places: Mapping[int, Destination]) -> Iterable[ShownChange]:
    if was.destination != now.destination:
        before, after = places[was.destination].name, places[now.destination].name
        yield ShownChange(_("направление"), before, after)
    if (was.first, was.following) != (now.first, now.following):
        yield ShownChange(_("шаги"), f"{was.first}/{was.following}", f"{now.first}/{now.following}")
