"""Destinations: names and rules of groups of called numbers, in force at once (4.3)."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.imports.kind import Compared, Effect, ImportLine, LineState, ShownChange
from desk.selectors import open_calls
from sipcabinet.lib import words
from sipcabinet.lib.sheets import Cell, CellKind
from sipcabinet.lib.tables import CellError, Problem, TableColumn, TableRow, columns
from subscribers.models import Destination

_FIELDS = ("name", "uses_allowance", "is_free", "barred_by_default", "order")


def _code(written: str) -> str:
    found = str(columns.text(50)(written)).casefold()
    if not found.isascii() or not all(sign.isalnum() or sign in "-_" for sign in found):
        raise CellError(_("код — латинские буквы, цифры и дефис"))
    return found


def _flag(key: str, title: str | Promise, hint: str | Promise) -> TableColumn:
    return TableColumn(key=key, title=title, read=columns.yes_no, is_required=False, default=False, hint=hint)


COLUMNS = (
    TableColumn(
        key="code",
        title=gettext_lazy("Код"),
        read=_code,
        hint=gettext_lazy("по нему направление узнают тарифы; не меняется"),
    ),
    TableColumn(
        key="name",
        title=gettext_lazy("Название"),
        read=columns.text(100),
        hint=gettext_lazy("так оно стоит в счетах и детализации"),
        width=34,
    ),
    _flag(
        "uses_allowance", gettext_lazy("Включённые минуты"), gettext_lazy("да: минуты плана покрывают это направление")
    ),
    _flag("is_free", gettext_lazy("Бесплатное"), gettext_lazy("да для экстренных и бесплатных номеров")),
    _flag("barred_by_default", gettext_lazy("Закрыто"), gettext_lazy("да: клиенту открывают отдельно")),
    TableColumn(
        key="order",
        title=gettext_lazy("Порядок"),
        read=columns.whole(0, 32_000),
        is_required=False,
        default=100,
        hint=gettext_lazy("место в списках; пусто — 100"),
        kind=CellKind.INT,
    ),
)
_TITLES = {column.key: column.title for column in COLUMNS}


class Destinations:
    """The kind `destinations`."""

    code = "destinations"
    title = gettext_lazy("Направления")
    figure = ""
    explains = (
        gettext_lazy("Названия и признаки меняются сразу. Направления, которых в файле нет, не меняются."),
        gettext_lazy("Включённые минуты уже принятых звонков меняет только пересчёт открытого месяца."),
    )
    columns = COLUMNS
    permissions = ("subscribers.add_destination", "subscribers.change_destination")
    view_permission = "subscribers.view_destination"
    tables = (Destination._meta.db_table,)
    is_dated = False

    def check_day(self, day: date) -> None:
        """Destinations have no dates."""

    def compare(self, rows: Sequence[TableRow], day: date) -> Compared:
        known = {place.code.casefold(): place for place in Destination.objects.all()}
        lines: list[ImportLine] = []
        problems: list[Problem] = []
        seen: dict[str, int] = {}
        for row in rows:
            code = row.values["code"]
            if code in seen:
                reason = _("уже есть в строке %(row)d") % {"row": seen[code]}
                problems.append(Problem(row.number, "code", str(_TITLES["code"]), code, reason))
                continue
            seen[code] = row.number
            lines.append(_line(row, known.get(code)))
        return Compared(lines, problems)

    def write(self, lines: Sequence[ImportLine], day: date) -> None:
        known = Destination.objects.in_bulk([line.step[0] for line in lines if line.state is LineState.CHANGED])
        changed: list[Destination] = []
        new: list[Destination] = []
        for line in lines:
            pk, code, *values = line.step
            place = known[pk] if line.state is LineState.CHANGED else Destination(code=code)
            for name, value in zip(_FIELDS, values, strict=True):
                setattr(place, name, value)
            (changed if line.state is LineState.CHANGED else new).append(place)
        Destination.objects.bulk_update(changed, _FIELDS, batch_size=1_000)
        Destination.objects.bulk_create(new, batch_size=2_000)

    def effects(self, lines: Sequence[ImportLine], day: date) -> Sequence[Effect]:
        found = [Effect(_("Начнёт действовать"), _("сразу"))]
        label = str(_TITLES["uses_allowance"])
        moved = {line.step[0] for line in lines if any(change.label == label for change in line.others)} - {None}
        if moved:
            count = open_calls.of_destinations(moved)
            told = words.counted(count, "звонок", "звонка", "звонков")
            found.append(Effect(_("Принятые звонки, которые нужно пересчитать"), told, "warn" if count else ""))
        return found

    def exported(self, day: date) -> Iterable[Sequence[Cell]]:
        for place in Destination.objects.order_by("order", "code"):
            yield [place.code, *(_cell(getattr(place, name)) for name in _FIELDS)]


def _line(row: TableRow, was: Destination | None) -> ImportLine:
    told = row.values
    values = tuple(told[name] for name in _FIELDS)
    others = tuple(
        ShownChange(str(_TITLES[name]), _words(getattr(was, name)) if was else "", _words(told[name]))
        for name in _FIELDS
        if was is None or getattr(was, name) != told[name]
    )
    state = LineState.NEW if was is None else LineState.CHANGED if others else LineState.SAME
    return ImportLine(
        number=row.number,
        state=state,
        name=told["code"],
        group=told["name"],
        others=others,
        step=(was.pk if was else None, told["code"], *values),
    )


def _cell(value: Cell | bool) -> Cell:
    return _words(value) if isinstance(value, bool) else value


def _words(value: object) -> str:
    if isinstance(value, bool):
        return columns.YES if value else columns.NO
    return str(value)
