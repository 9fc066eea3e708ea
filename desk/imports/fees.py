"""Monthly prices of plans, services and packages: one list with prices from one day (4.3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Model, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.imports import dated
from desk.imports.dated import Dated
from desk.imports.kind import Compared, Effect, ImportLine, LineState, ShownChange, TableImportError
from desk.selectors import fee_holders
from sipcabinet.lib import clock, money, words
from sipcabinet.lib.sheets import Cell, CellKind
from sipcabinet.lib.tables import CellError, Problem, TableColumn, TableRow, columns
from sipcabinet.lib.validity import in_force
from subscribers.models import (
    ChannelPackage,
    ChannelPrice,
    MinutePackage,
    MinutePrice,
    PlanKind,
    PlanTerms,
    Service,
    ServicePrice,
    TariffPlan,
)

PLAN, SERVICE, CHANNELS, MINUTES = "plan", "service", "channels", "minutes"
OF_PLAN = ("included_minutes", "included_channels", "suspended_fee_percent")


_SHARE = "suspended_fee_percent"


@dataclass(frozen=True, slots=True)
class Source:
    """A table of monthly prices: the priced model, the field that names its row in files, the prices' own model."""

    word: str
    model: type[Model]
    named_by: str
    prices: type[Model]
    owner: str


SOURCES: dict[str, Source] = {
    PLAN: Source("план", TariffPlan, "code", PlanTerms, "plan"),
    SERVICE: Source("услуга", Service, "code", ServicePrice, "service"),
    CHANNELS: Source("каналы", ChannelPackage, "channels", ChannelPrice, "package"),
    MINUTES: Source("минуты", MinutePackage, "minutes", MinutePrice, "package"),
}


class FeeTerms(NamedTuple):
    """What a price says: net BYN a month; only of a plan minutes, channels, and the percentage of the fee while an
    account is suspended."""

    fee: Decimal
    included_minutes: int = 0
    included_channels: int = 0
    suspended_fee_percent: int = 100


_MOST = {"included_minutes": 1_000_000, "included_channels": 30_000, "suspended_fee_percent": 100}


def _size(key: str, title: str | Promise, hint: str | Promise) -> TableColumn:
    most = _MOST[key]
    return TableColumn(
        key=key, title=title, read=columns.whole(0, most), is_required=False, hint=hint, kind=CellKind.INT
    )


COLUMNS = (
    TableColumn(
        key="what",
        title=gettext_lazy("Что"),
        read=columns.one_of({source.word: code for code, source in SOURCES.items()}),
        hint=gettext_lazy("план, услуга, каналы или минуты"),
    ),
    TableColumn(
        key="named",
        title=gettext_lazy("Код"),
        read=columns.text(50),
        hint=gettext_lazy("код плана или услуги; для пакета — число каналов или минут"),
        width=24,
    ),
    TableColumn(
        key="fee",
        title=gettext_lazy("Плата в месяц"),
        read=columns.amount(2),
        hint=gettext_lazy("BYN без НДС"),
        kind=CellKind.MONEY,
    ),
    _size("included_minutes", gettext_lazy("Минут"), gettext_lazy("только у плана; пусто — как сейчас")),
    _size("included_channels", gettext_lazy("Каналов"), gettext_lazy("только у плана; пусто — как сейчас")),
    _size(
        "suspended_fee_percent",
        gettext_lazy("При приостановлении, %"),
        gettext_lazy("часть платы плана по заявлению клиента; пусто — как сейчас"),
    ),
)
_BY_KEY = {column.key: column for column in COLUMNS}


class Fees:
    """The kind `fees`."""

    code = "fees"
    title = gettext_lazy("Абонентская плата")
    figure = gettext_lazy("BYN/мес")
    explains = (
        gettext_lazy("Цены планов, услуг и пакетов действуют с выбранного дня; чего в файле нет, не меняется."),
        gettext_lazy("Прошлые цены не меняются: действующая сменяется не раньше завтрашнего дня, плата — по дням."),
        gettext_lazy("Минуты плана берутся по условиям на первый день месяца."),
    )
    columns = COLUMNS
    permissions = tuple(
        f"subscribers.{verb}_{source.prices._meta.model_name}"
        for source in SOURCES.values()
        for verb in ("add", "change")
    )
    view_permission = "subscribers.view_planterms"
    tables = tuple(source.prices._meta.db_table for source in SOURCES.values())
    is_dated = True

    def check_day(self, day: date) -> None:
        dated.check_day(day)

    def compare(self, rows: Sequence[TableRow], day: date) -> Compared:
        owners = {code: _owners(source) for code, source in SOURCES.items()}
        known = {code: _known(source, day) for code, source in SOURCES.items()}
        lines: list[ImportLine] = []
        problems: list[Problem] = []
        seen: dict[tuple[str, int], int] = {}
        for row in rows:
            try:
                lines.append(_line(row, day, owners, known, seen))
            except _FeeFaultError as fault:
                value = str(row.values.get(fault.column, ""))
                problems.append(Problem(row.number, fault.key, str(_BY_KEY[fault.column].title), value, str(fault)))
        return Compared(lines, problems)

    def write(self, lines: Sequence[ImportLine], day: date) -> None:
        steps = [_Step._make(line.step) for line in lines]
        for code, source in SOURCES.items():
            mine = [step for step in steps if step.what == code]
            if mine:
                _write(source, mine, day)

    def effects(self, lines: Sequence[ImportLine], day: date) -> Sequence[Effect]:
        found = [Effect(_("Начнёт действовать"), _("с 00:00 %(day)s по Минску") % {"day": clock.show_date(day)})]
        priced = [(line, _Step._make(line.step)) for line in lines]
        counts = fee_holders.count({(step.what, step.owner) for _line, step in priced})
        touched = sum(counts.values())
        found.append(Effect(_("Подключено сейчас"), words.counted(touched, "абонент", "абонента", "абонентов")))
        changed = sum(
            ((line.after or 0) - (line.before or 0)) * counts.get((step.what, step.owner), 0)
            for line, step in priced
            if line.before is not None
        )
        sign = "+" if changed > 0 else ""
        found.append(Effect(_("Начисления в месяц"), f"{sign}{money.show_byn(Decimal(changed))} {_('без НДС')}"))
        if any(change.label == _BY_KEY["included_minutes"].title for line in lines for change in line.others):
            found.append(Effect(_("Минуты плана"), _("по новым условиям — с ближайшего первого числа")))
        if day <= clock.today():
            found.append(Effect(_("Принятые звонки"), _("минуты открытых месяцев меняет пересчёт"), "warn"))
        return found

    def exported(self, day: date) -> Iterable[Sequence[Cell]]:
        for source in SOURCES.values():
            name = f"{source.owner}__{source.named_by}"
            extra = OF_PLAN if source.prices is PlanTerms else ()
            rows = source.prices._default_manager.filter(in_force(day)).order_by(name)
            for named, fee, *sizes in rows.values_list(name, "monthly_fee", *extra):
                yield [source.word, str(named), fee, *(sizes or (None, None, None))]


class _Step(NamedTuple):
    """What `write` does for a line."""

    what: str
    owner: int
    fee: Decimal
    included_minutes: int
    included_channels: int
    suspended_fee_percent: int
    way: str
    row: int | None
    until: date | None


class _Owner(NamedTuple):
    pk: int
    name: str
    is_number: bool  # a plan of numbers has neither minutes nor channels


class _FeeFaultError(CellError):
    """A fault of a column; `key` is `day` where another day would mend it."""

    def __init__(self, column: str, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.column, self.key = column, key or column


def _owners(source: Source) -> dict[str, _Owner]:
    return {
        str(getattr(one, source.named_by)).casefold(): _Owner(
            one.pk, str(one), getattr(one, "kind", "") == PlanKind.NUMBER
        )
        for one in source.model._default_manager.all()
    }


def _known(source: Source, day: date) -> dict[int, list[Dated[FeeTerms]]]:
    later = source.prices._default_manager.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day))
    extra = OF_PLAN if source.prices is PlanTerms else ()
    found: dict[int, list[Dated[FeeTerms]]] = defaultdict(list)
    rows: Iterable[Any] = later.order_by("valid_from").values_list(
        f"{source.owner}_id", "pk", "valid_from", "valid_until", "monthly_fee", *extra
    )
    for owner, pk, since, until, *terms in rows:
        found[owner].append(Dated(pk, since, until, FeeTerms(*terms)))
    return found


def _line(
    row: TableRow,
    day: date,
    owners: Mapping[str, Mapping[str, _Owner]],
    known: Mapping[str, Mapping[int, Sequence[Dated[FeeTerms]]]],
    seen: dict[tuple[str, int], int],
) -> ImportLine:
    told = row.values
    what = told["what"]
    owner = owners[what].get(told["named"].casefold())
    if owner is None:
        raise _FeeFaultError("named", _("нет такого кода: заведите его в таблице каталога"))
    if (what, owner.pk) in seen:
        raise _FeeFaultError("named", _("уже есть в строке %(row)d") % {"row": seen[what, owner.pk]})
    seen[what, owner.pk] = row.number
    prices = known[what].get(owner.pk, ())
    was = dated.on(prices, day)
    terms = FeeTerms(told["fee"], *(_kept(told, name, what, owner, was) for name in OF_PLAN))
    coming = dated.next_after(prices, day)
    note = _("с %(day)s уже назначена следующая цена: %(price)s") % {
        "day": clock.show_date(coming.since), "price": money.show(coming.values.fee),
    } if coming else ""  # fmt: skip
    word = SOURCES[what].word
    if was is not None and was.values == terms:
        return ImportLine(
            number=row.number, state=LineState.SAME, name=owner.name, group=word,
            before=terms.fee, after=terms.fee, note=note,
        )  # fmt: skip
    try:
        way = dated.place(prices, day)
    except TableImportError as refusal:
        raise _FeeFaultError("fee", refusal.message, dated.DAY) from None
    return ImportLine(
        number=row.number,
        state=LineState.NEW if was is None else LineState.CHANGED,
        name=owner.name,
        group=word,
        before=was.values.fee if was else None,
        after=terms.fee,
        others=tuple(_others(was.values, terms)) if was else (),
        note=note,
        step=(what, owner.pk, *terms, *way),
    )


def _kept(told: Mapping[str, Any], name: str, what: str, owner: _Owner, was: Dated[FeeTerms] | None) -> int:
    """The minutes, channels or percentage of the row; an empty cell keeps what the plan has."""
    given: int | None = told[name]
    if name == _SHARE:
        if given is not None and what != PLAN:
            raise _FeeFaultError(name, _("часть платы при приостановлении есть только у плана"))
    elif given and (what != PLAN or owner.is_number):
        raise _FeeFaultError(name, _("минуты и каналы есть только у плана SIP-соединения"))
    if given is None:
        return int(getattr(was.values if was else FeeTerms(Decimal(0)), name))
    return given


def _others(was: FeeTerms, now: FeeTerms) -> Iterable[ShownChange]:
    for name in OF_PLAN:
        before, after = getattr(was, name), getattr(now, name)
        if before != after:
            yield ShownChange(str(_BY_KEY[name].title), str(before), str(after))


def _write(source: Source, steps: Sequence[_Step], day: date) -> None:
    extra = OF_PLAN if source.prices is PlanTerms else ()
    table: Any = source.prices._default_manager
    table.filter(pk__in=[step.row for step in steps if step.way == "end"]).update(valid_until=day)
    replaced = {step.row: step for step in steps if step.way == "replace"}
    rows = list(table.filter(pk__in=replaced))
    for price in rows:
        _fill(price, replaced[price.pk], extra)
    table.bulk_update(rows, ["monthly_fee", *extra], batch_size=1_000)
    new = []
    for step in steps:
        if step.way != "replace":
            price = source.prices(**{f"{source.owner}_id": step.owner, "valid_from": day, "valid_until": step.until})
            new.append(_fill(price, step, extra))
    table.bulk_create(new, batch_size=2_000)


def _fill(price: Any, step: _Step, extra: Sequence[str]) -> Any:
    price.monthly_fee = step.fee
    for name in extra:
        setattr(price, name, getattr(step, name))
    return price
