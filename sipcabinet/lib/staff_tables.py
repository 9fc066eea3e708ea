"""Columns of a list of the desk: their kinds, their values, and the list as a spreadsheet (4.2)."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import display_for_value, label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from sipcabinet.lib import replica
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet

CHECKBOX = "action_checkbox"
MOST_ROWS = 50_000  # of one file: more would keep a thread of the server busy for minutes
KINDS: "tuple[tuple[type[models.Field[Any, Any]], CellKind, int], ...]" = (
    (models.DecimalField, CellKind.MONEY, 14),
    (models.DateTimeField, CellKind.MOMENT, 18),
    (models.DateField, CellKind.DATE, 12),
    (models.BooleanField, CellKind.TEXT, 8),
    (models.IntegerField, CellKind.INT, 12),
)


def names(changelist: Any) -> list[str]:
    """Names of the columns, without the box that chooses a row."""
    return [name for name in changelist.list_display if name != CHECKBOX]


def is_sum(changelist: Any, name: str) -> bool:
    """Whether the column shows sums of money or prices: its field, or the field that it is ordered by, is a decimal, or
    the list names the column in `sum_columns`."""
    counted = getattr(changelist.model_admin, "sum_columns", ())
    return name in counted or isinstance(_field(changelist, name), models.DecimalField)


def sheet(changelist: Any) -> Sheet:
    """The sheet of the filtered list: the columns of the page."""
    columns = [Column(_label(changelist, name), *_kind(changelist, name)) for name in names(changelist)]
    return Sheet(str(changelist.opts.verbose_name_plural).capitalize(), columns)


def rows(changelist: Any) -> Iterator[list[Cell]]:
    """The cells of all rows of the filtered list, in its order, also of rows on other pages."""
    for row in replica.rows(lambda: changelist.queryset.iterator(chunk_size=1000)):
        yield [_cell(changelist, name, row) for name in names(changelist)]


def _label(changelist: Any, name: str) -> str:
    label = label_for_field(name, changelist.model, changelist.model_admin)
    return str(label)[:1].upper() + str(label)[1:]


def _kind(changelist: Any, name: str) -> tuple[CellKind, int]:
    """The kind of a column's cells and its width in characters."""
    field = _field(changelist, name)
    if field is not None and not field.choices:
        for of, kind, width in KINDS:
            if isinstance(field, of):
                return kind, width
    return CellKind.TEXT, 24


def _field(changelist: Any, name: str) -> Any:
    """The field of a column. A column made by a method of the page has the field that the column is ordered by."""
    method = getattr(changelist.model_admin, name, None)
    ordered = getattr(method, "admin_order_field", None)
    wanted = ordered if isinstance(ordered, str) else name
    try:
        return changelist.lookup_opts.get_field(wanted.lstrip("-"))
    except FieldDoesNotExist:
        return None


def _cell(changelist: Any, name: str, row: Any) -> Cell:
    kind, _width = _kind(changelist, name)
    if kind is not CellKind.TEXT:
        return _plain(getattr(row, _field(changelist, name).attname))
    try:
        field, method, value = lookup_field(name, row, changelist.model_admin)
    except ObjectDoesNotExist:
        return None
    if field is not None and field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    empty = getattr(method, "empty_value_display", "")
    return strip_tags(str(display_for_value(value, empty, False)))


def _plain(value: Any) -> Cell:
    return value if isinstance(value, int | Decimal | date | datetime) else None
