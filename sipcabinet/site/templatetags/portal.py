"""Tags and filters of the portal's templates. docs/ui.md shows how to use them."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django import forms, template
from django.template import Context
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from sipcabinet.lib import charts, clock, money, periods, phones
from sipcabinet.lib.templates import urls
from sipcabinet.site import chart_parts, parts
from sipcabinet.site import frame as frames
from sipcabinet.site import navigation as navigations
from sipcabinet.site.navigation import Group

register = template.Library()
_NUMBER = re.compile(r"\+375\s\d\d\s\d{3}-\d\d-\d\d")

MESSAGE_TONES = {"success": "ok", "warning": "warn", "error": "err"}


# --- Values, formatted for people ------------------------------------------------------------------------------------
register.filter("money", money.show)
register.filter("byn", money.show_byn)
register.filter("phone", phones.display)
register.filter("day", clock.show_date)
register.filter("moment", clock.show_moment)
register.filter("grouped", charts.grouped)


@register.filter
def price(value: Decimal) -> str:
    """A list price with its currency: `0,1302 BYN`."""
    return f"{money.show_price(value)}{money.NBSP}{money.CURRENCY}"


@register.filter
def month(value: date | datetime) -> str:
    """The month of a day or a moment: `октябрь 2026`."""
    return periods.Month.of(value).label


@register.filter
def duration(seconds: int) -> str:
    """The length of a call as minutes and seconds, `125:07`: no hours, because bills count minutes."""
    return f"{seconds // 60}:{seconds % 60:02d}"


@register.filter
def tone(level_tag: str) -> str:
    """The look of a message of django.contrib.messages: `ok`, `warn`, `err` or `info`."""
    return MESSAGE_TONES.get(level_tag, "info")


# --- Small parts (sipcabinet/site/parts.py) --------------------------------------------------------------------------
for part in (parts.badge, parts.fact, parts.heads, parts.icon, parts.meter, parts.way):
    register.simple_tag(part)
for function in chart_parts.TAGS:
    register.simple_tag(function)
for block in (parts.card, parts.empty, parts.fact_of, parts.figure, parts.notice, parts.table):
    register.simple_block_tag(block)


@register.simple_tag
def crumb(title: str, view: str, *args: Any) -> SafeString:
    """One step of the path to this page, for `{% block crumbs %}`."""
    return format_html('<li><a href="{}">{}</a></li>', urls.url(view, args), title)


@register.inclusion_tag("components/steps.html")
def steps(*labels: str, current: int) -> dict[str, Any]:
    """The bar with the steps of a wizard; `current` counts from 1."""
    return _steps(labels, current)


@register.inclusion_tag("components/steps.html")
def all_steps_done(labels: Sequence[str]) -> dict[str, Any]:
    """The bar on the last page of a wizard, with all steps done; the view passes the `labels`."""
    return _steps(labels, len(labels))


def _steps(labels: Sequence[str], current: int) -> dict[str, Any]:
    return {"steps": [(number, label, number < current) for number, label in enumerate(labels, 1)], "current": current}


@register.inclusion_tag("components/daily_calls.html")
def daily_calls(chart: charts.DailyCallsChart, title: str, ident: str = "daily-calls") -> dict[str, Any]:
    """Calls by day as stacked bars, with a legend, and the same data as a table."""
    return {"chart": chart, "title": title, "ident": ident}


# --- Frame -----------------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def repeat_block(context: Context, name: str) -> SafeString:
    """The content of `{% block name %}` of this page again: the title is needed in <title>, <h1> and the path."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return mark_safe(block.render(context).strip()) if block else SafeString("")  # noqa: S308 - escaped in its block


@register.simple_tag(takes_context=True)
def heading(context: Context) -> SafeString:
    """The title of the page for its <h1>."""
    return unbroken(repeat_block(context, "title"))


@register.filter
def unbroken(text: Any) -> SafeString:
    """The text with each telephone number of ours kept on one line: else it breaks at its spaces and hyphens."""
    return mark_safe(_NUMBER.sub(r'<span class="nw">\g<0></span>', conditional_escape(text)))  # noqa: S308 - escaped


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> SafeString:
    """The side navigation of this page; `chosen_subscriber` in the context opens his sub-menu."""
    request = context.get("request")
    viewed = context.get("viewing") is not None
    path = request.path if request else ""
    return navigations.html(path, context.get("chosen_subscriber"), _side_navigation, viewed=viewed)


@register.simple_tag(takes_context=True)
def frame_part(context: Context, template_name: str) -> SafeString:
    """`{% include %}` of a part that is the same on all pages of a customer; it is kept for him (`site/frame.py`)."""
    kept = frames.html(template_name, context, _frame_part)
    if kept is not None:
        return kept
    template: Any = context.template
    with context.push():
        shown: SafeString = template.engine.get_template(template_name).render(context)
    return shown


def _frame_part(template_name: str, values: dict[str, Any]) -> str:
    return get_template(template_name).render(values)


def _side_navigation(groups: list[Group]) -> str:
    return get_template("components/side_navigation.html").render({"groups": groups})


# --- Forms -----------------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm | Literal[""] | None) -> dict[str, Any]:
    """All errors of a form at the top of the page, each linked to its field, in the same words as at the field."""
    if not form or not form.errors:
        return {"errors": []}
    general = [("", message) for message in form.non_field_errors()]
    hidden = [("", message) for field in form.hidden_fields() for message in field.errors]
    fields = [(_first_id(field), message) for field in form.visible_fields() for message in field.errors]
    return {"errors": general + hidden + fields}


def _first_id(field: forms.BoundField) -> str:
    """The id that a link to the field needs: of the control, or of a group's first control that is not disabled."""
    if not field.use_fieldset:
        return field.id_for_label
    for option in field.subwidgets:
        if not getattr(option.data.get("label"), "disabled", False):
            return str(option.data["attrs"].get("id", ""))
    return field.auto_id
