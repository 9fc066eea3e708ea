"""Small parts of pages, such as icons, cards and tables. Each function returns the HTML of one part.

`templatetags/portal.py` registers the functions as template tags; docs/ui.md shows how to use them. The parts are not
included templates, because a page has dozens of parts and an include takes longer than a function.
"""

from html import escape
from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sipcabinet.lib import charts, icons
from sipcabinet.lib.templates import urls
from sipcabinet.lib.templates.folding import pure

NOTICE_ICONS = {"info": "info", "ok": "ok", "warn": "warn", "err": "err"}
HEADS = {
    "": '<th scope="col">{}</th>',
    "num": '<th scope="col" class="num">{}</th>',
    "hidden": '<th scope="col"><span class="vh">{}</span></th>',
}


def _inner(content: str) -> SafeString:
    """Marks the content of a block tag as safe: the template that holds the tag has rendered and escaped it."""
    return mark_safe(content)  # noqa: S308


@pure
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon of static/icons.svg; the text beside it must say what it means."""
    return icons.icon(name, css)


@pure
def badge(look: str, label: str) -> SafeString:
    """A label with the look of a state: `ok`, `warn`, `err`, `info`, or empty for neutral."""
    return format_html('<span class="{}">{}</span>', f"badge {look}".rstrip(), label)


def notice(content: str, look: str = "info", title: str = "") -> SafeString:
    """A coloured box with the block's content as its text and `title` in bold above the text."""
    heading = format_html('<p class="strong">{}</p>', title) if title else ""
    return format_html(
        '<div class="notice {}">{}<div>{}{}</div></div>',
        look,
        icon(NOTICE_ICONS[look]),
        heading,
        _inner(content),
    )


def empty(content: str, title: str, symbol: str = "inbox") -> SafeString:
    """The box of an empty page. The content says what will be on the page and what to do; buttons go in `.btns`."""
    return format_html(
        '<div class="empty">{}<h2>{}</h2>{}</div>',
        icon(symbol),
        title,
        _inner(content),
    )


@pure
def meter(value: int, whole: int, label: str, look: str = "") -> SafeString:
    """A bar that shows `value` as a share of `whole`. `label` says the share in words, for screen readers; `look` is
    empty, `in` (remaining) or `hot` (nearly used up).
    """
    return format_html(
        '<svg class="{}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="100" height="8"/><rect class="fill" width="{}" height="8"/></svg>',
        f"meter {look}".rstrip(),
        label,
        charts.share(value, whole),
    )


def card(content: str, title: str, note: str = "", look: str = "") -> SafeString:
    """A card: the heading `title`, a small `note` at the other end of the heading's line, and the block's content.
    `look` is an additional CSS class: `flow` for a long list.
    """
    beside = format_html('<span class="muted small">{}</span>', note) if note else ""
    return format_html(
        '<section class="{}"><header><h2>{}</h2>{}</header>{}</section>',
        f"card {look}".rstrip(),
        title,
        beside,
        _inner(content),
    )


def table(content: str, *columns: str, caption: str, region: str = "", look: str = "cards") -> SafeString:
    """A table in a box that scrolls without the page when the table is too wide. `region` is the name of the box for
    screen readers; without it the caption is the name.

    With `columns` (written as for `heads`) the block's content is the rows of the body. Without `columns` the content
    is all parts of the table: head, bodies, foot.
    """
    named = str(caption)  # translated once: it is shown twice
    body = format_html("{}<tbody>{}</tbody>", heads(*columns), _inner(content)) if columns else _inner(content)
    return format_html(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}">'
        '<table class="{}"><caption class="vh">{}</caption>{}</table></div>',
        region or named,
        look,
        named,
        body,
    )


@pure
def heads(*columns: str) -> SafeString:
    """The row with the names of a table's columns. The word "num" before a name marks a column of sums or counts. The
    word "hidden" before a name hides it from the eye but not from screen readers, as for a column of buttons.
    """
    cells, look = [], ""
    for word in map(str, columns):  # each is translated once, by `str`
        if word in HEADS:
            look = word
        else:
            cells.append(HEADS[look].format(conditional_escape(word)))
            look = ""
    return mark_safe(f"<thead><tr>{''.join(cells)}</tr></thead>")  # noqa: S308 - each cell is escaped above


def figure(content: str, title: str, value: Any, unit: str = "", symbol: str = "", *, known: bool = True) -> SafeString:
    """A card of `<dl class="grid kpis">` with one number: `title` with the icon `symbol`, the value with a small unit,
    and the block's content as a note. With `known` False a dash is shown in place of the value.
    """
    number = format_html("{} <small>{}</small>", value, unit) if unit else value
    return format_html(
        '<div class="card kpi"><dt>{}{}</dt><dd class="value">{}</dd><dd class="note">{}</dd></div>',
        title,
        format_html(" {}", icon(symbol)) if symbol else "",
        number if known else "—",
        _inner(content),
    )


def way(symbol: str, view: str, title: str, note: str) -> SafeString:
    """A row of `<ul class="rows">`: an icon, the link `title` to the page `view`, and a note about that page."""
    return format_html(
        '<li><span class="ico">{}</span> <span class="t"><a href="{}">{}</a></span> <span class="d">{}</span></li>',
        icon(symbol),
        urls.url(view, ()),
        title,
        note,
    )


def fact(label: str, value: Any, was: Any = "", change: str = "") -> SafeString:
    """A row of `<dl class="facts">`: a label and its value. `was` is the value before a change, shown after «Сейчас:»;
    `change` is the URL where the value can be changed.
    """
    return _fact(label, localize(value), was, change)


def fact_of(content: str, label: str, change: str = "") -> SafeString:
    """A row of `<dl class="facts">` whose value is the content of the block; `change` as in `fact`."""
    return _fact(label, _inner(content), "", change)


def _fact(label: str, value: Any, was: Any, change: str) -> SafeString:
    name, way_to_change = _shown(label), ""
    if change:
        words = f'{_shown(_("Изменить"))}<span class="vh"> — {name}</span>'
        way_to_change = f'<dd class="act"><a href="{_shown(change)}">{words}</a></dd>'
    before = f'<dd class="was">{_shown(_("Сейчас:"))} {_shown(localize(was))}</dd>' if was else ""
    return SafeString(f"<div><dt>{name}</dt><dd>{_shown(value)}</dd>{way_to_change}{before}</div>")


def _shown(value: Any) -> str:
    """The value escaped, unless it is safe. A page has thirty facts, and Django's way asks first about lazy texts."""
    return escape(value) if type(value) is str else str(conditional_escape(value))
