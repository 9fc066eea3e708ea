"""Rows of Django's own pages as the desk shows them: words for yes and no, sums as everywhere in the portal, and the
marks that tables.css and ops.css read."""

import re
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from sipcabinet.lib import money, staff_tables

# Django's pictures of yes and no: a red cross looks like an alarm, also where «нет» is as it should be.
_PICTURE = re.compile(r'<img src="[^"]*/icon-(yes|no|unknown)\b[^"]*" alt="[^"]*">')
# A decimal as Django writes it: `-1234,50`.
_DECIMAL = re.compile(r"(?<=>)(-?)(\d+)(,\d+)?(?=<)")
_EMPTY = {"", "-", "—"}


def is_sum(changelist: Any, name: str, place: int) -> bool:
    """Whether the column at this place stands at the right: it shows sums, and is not the title of the row."""
    return place != _title_place(changelist) and staff_tables.is_sum(changelist, name)


def cells(changelist: Any, found: list[str], headers: list[dict[str, Any]]) -> SafeString:
    """The cells of a row of a list, made of Django's."""
    made, has_sum = [], False
    for place, (name, header, cell) in enumerate(zip(changelist.list_display, headers, found, strict=False)):
        if name == staff_tables.CHECKBOX:
            made.append(_marked(cell, SafeString(' data-role="choice"')))
            continue
        is_title, sums = place == _title_place(changelist), is_sum(changelist, name, place)
        shown = _PICTURE.sub(lambda picture: _word(picture[1]), cell)
        if is_title:
            shown = _title(shown)
        elif sums:
            shown = _DECIMAL.sub(_number, shown)
        looks = " data-sum" if sums else ""
        if not is_title and strip_tags(shown).strip() in _EMPTY:
            looks += ' data-role="none"'
        elif sums and not has_sum:
            looks, has_sum = looks + ' data-role="end"', True
        made.append(_marked(shown, format_html(' data-l="{}"{}', capfirst(header["text"]), SafeString(looks))))
    # Each cell is HTML that Django has escaped.
    return mark_safe("".join(made))  # noqa: S308


def value(field: Any) -> Any:
    """What a field that is only read shows (`AdminReadonlyField`)."""
    found = _found(field)
    if isinstance(found, bool):
        return SafeString(_word("yes" if found else "no"))
    if isinstance(found, Decimal):
        return money.show_price(found)
    shown = field.contents()
    return mark_safe(_PICTURE.sub(lambda picture: _word(picture[1]), shown)) if "<img" in shown else shown  # noqa: S308


def inline_cells(row: Any) -> SafeString:
    """The cells of a row on its parent's page: its title first, which leads to the row's own page if it has one."""
    fields = [field for fieldset in row for line in fieldset for field in line if not field.field["is_hidden"]]
    title, rest = (str(row.original), fields) if row.model_admin.named_rows else (value(fields[0]), fields[1:])
    if row.model_admin.show_change_link and (url := _own_page(row.original)):
        title = format_html('<a href="{}">{}</a>', url, title)
    return format_html('<th scope="row">{}</th>{}', title, format_html_join("", "{}", ((_cell(one),) for one in rest)))


def _cell(field: Any) -> SafeString:
    shown = value(field)
    looks = ' data-role="none"' if strip_tags(str(shown)).strip() in _EMPTY else ""
    return format_html('<td data-l="{}"{}>{}</td>', capfirst(field.field["label"]), SafeString(looks), shown)


def _found(field: Any) -> Any:
    """The value of a field of the model; None for what a method of the page shows."""
    try:
        of, _method, found = lookup_field(field.field["field"], field.form.instance, field.model_admin)
    except (AttributeError, ValueError, ObjectDoesNotExist):
        return None
    return found if of is not None and not isinstance(of, models.ForeignObject) else None


def _own_page(row: models.Model) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def _title_place(changelist: Any) -> int:
    return 1 if changelist.list_display[0] == staff_tables.CHECKBOX else 0


def _title(cell: str) -> str:
    """A `<td>` as the heading of its row: Django makes one only of a cell whose link it made itself."""
    return f'<th scope="row"{cell[3:-5]}</th>' if cell.startswith("<td") and cell.endswith("</td>") else cell


def _marked(cell: str, mark: str) -> str:
    return cell[:3] + mark + cell[3:]


def _word(name: str) -> str:
    return {"yes": _("да"), "no": f'<span class="quiet">{_("нет")}</span>', "unknown": "—"}[name]


def _number(found: "re.Match[str]") -> str:
    whole = f"{int(found[2]):,}".replace(",", money.NBSP)
    return f"{money.MINUS if found[1] else ''}{whole}{found[3] or ''}"
