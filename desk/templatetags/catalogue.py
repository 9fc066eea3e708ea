"""Tags of the catalogue's pages and of imports (4.3)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from desk.selectors.catalogue import COMING, NOW, PAST
from sipcabinet.lib import money, staff, words

register = template.Library()
STATES = {NOW: ("ok", _("действует")), COMING: ("info", _("назначена")), PAST: ("", _("прошлая"))}
LARGE = 20  # per cent: a change that is worth a second look


@register.filter
def price_only(value: Decimal | None) -> str:
    """A list price without its currency: `0,1302`."""
    return "" if value is None else money.show_price(value)


@register.filter
def fee(value: Decimal | str | None) -> str:
    """A monthly price: `12,00`; nothing where there is none."""
    return money.show(value) if isinstance(value, Decimal) else ""


@register.filter
def day_before(value: date) -> date:
    """The last day of a period that ends before `value`."""
    return value - timedelta(days=1)


@register.simple_tag
def price_state(state: str) -> SafeString:
    """Whether a price is in force, coming or past."""
    tone, name = STATES[state]
    return staff.badge(tone, str(name))


@register.simple_tag
def counted(count: int, one: str, few: str, many: str) -> str:
    """A count with its word: `3 строки`."""
    return words.counted(count, one, few, many)


@register.simple_tag
def difference(before: Decimal | None, after: Decimal | None) -> SafeString:
    """By how many per cent a price changes; a large rise is marked."""
    if not before or after is None or before == after:
        return SafeString("—")
    percent = (after - before) * 100 / before
    shown = f"{'+' if percent > 0 else ''}{money.show(percent, 1)}{money.NBSP}%"
    if percent >= LARGE:
        return staff.badge("warn", shown)
    return staff.badge("ok", shown) if percent <= -LARGE else SafeString(shown)


@register.simple_tag
def line_notes(line: Any) -> SafeString:
    """The other changes of a row in words; a line that was applied has them as one text."""
    if isinstance(line.others, str):
        return format_html("{}", line.others)
    told = format_html_join(
        "",
        "<div>{}: {}{}</div>",
        ((one.label, f"{one.before} → " if one.before else "", one.after) for one in line.others),
    )
    return format_html('{}<div class="muted">{}</div>', told, line.note) if line.note else told
