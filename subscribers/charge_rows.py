"""The rows of tables of charges as HTML (2.3, 3.5): a row is one text with its values, as in `call_rows`.

All these tables have two columns of words before the sums without VAT, of VAT and with VAT (`sum_cells`)."""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import sum_cells
from sipcabinet.lib.money import NetAndVat
from sipcabinet.lib.periods import Month
from sipcabinet.lib.templates import urls


class Row(NamedTuple):
    """A charge: what it is for, the words of the second column, the sums."""

    title: str
    about: str
    sums: NetAndVat
    url: str = ""  # where the title leads
    about_url: str = ""  # where the words of the second column lead
    badge: str = ""  # after the title
    note: str | None = None  # under the title


class Column(NamedTuple):
    """The second column: its name for narrow screens, and its look (docs/ui.md)."""

    label: str
    css: str = ""
    role: str = ""


def html(rows: Iterable[Row], second: Column, *, link_css: str = "") -> SafeString:
    """The rows of a table's body. Everything that a row holds is escaped. `link_css`: the class of a title's link."""
    css = f' class="{link_css}"' if link_css else ""
    cell = _cell(second)
    return SafeString(
        "".join(
            [
                f'<tr>\n<th scope="row">{_linked(row.title, row.url, css)}{_aside(row)}</th>\n{cell}'
                f"{_linked(row.about, row.about_url)}</td>\n{sum_cells.charge_sums(row.sums)}</tr>\n"
                for row in rows
            ]
        )
    )


def group(title: str, sums: NetAndVat | None, rows: Iterable[Row], second: Column) -> SafeString:
    """A body of a table: rows under their `title`, with its `sums` where they are not those of the only row."""
    head = f'<th scope="rowgroup" colspan="{5 if sums is None else 2}">{escape(title)}</th>\n'
    sums_of_all = "" if sums is None else sum_cells.charge_sums(sums)
    return SafeString(f'<tbody>\n<tr class="group">\n{head}{sums_of_all}</tr>\n{html(rows, second)}</tbody>\n')


def foot(sums: NetAndVat, label: str = "") -> SafeString:
    """The last row of a table, all of `sums`."""
    return SafeString(
        f'<tfoot>\n<tr>\n<th scope="row" colspan="2">{escape(label or _("Итого"))}</th>\n'
        f"{sum_cells.charge_sums(sums)}</tr>\n</tfoot>\n"
    )


def calls_url(subscriber_id: int, destination_id: int, *, made_in: Month, charged_in: Month) -> str:
    """The page of the answered calls that a charge for calls is made of (3.6)."""
    calls = urls.url("subscribers:calls", [subscriber_id])
    chosen = f"month={made_in.code}&kind=out&destination={destination_id}&outcome=answered&charged={charged_in.code}"
    return f"{calls}?{chosen}"


def _cell(second: Column) -> str:
    css = f' class="{second.css}"' if second.css else ""
    role = f' data-role="{second.role}"' if second.role else ""
    return f'<td{css} data-l="{escape(second.label)}"{role}>'


def _linked(text: str, url: str, css: str = "") -> str:
    return f'<a{css} href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def _aside(row: Row) -> str:
    """What stands after the title, if anything."""
    badge = f'\n<span class="badge info">{escape(row.badge)}</span>' if row.badge else ""
    return badge if row.note is None else f'{badge}\n<div class="muted small">{escape(row.note)}</div>'
