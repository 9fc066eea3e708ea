"""The controls of forms as HTML: what Django's templates of widgets give, without a template for each option.

FORM_RENDERER names `Controls`. A widget that has no function here is rendered by its template.
"""

from collections.abc import Callable
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

WIDGETS = "django/forms/widgets/"
INPUTS = ("date", "datetime", "email", "file", "hidden", "input", "number", "password", "search", "tel", "text", "url")
Context = dict[str, Any]


class Controls(TemplatesSetting):
    """Django's renderer by the project's templates, which asks for the frequent widgets here."""

    def render(self, template_name: str, context: Context, request: Any = None) -> str:
        function = FUNCTIONS.get(template_name)
        return function(context["widget"]) if function else super().render(template_name, context, request)


def attributes(values: dict[str, Any]) -> str:
    """` name="value"` of each attribute; one that is True has no value, one that is False is left out."""
    parts = []
    for name, value in values.items():
        if value is True:
            parts.append(f" {_shown(name)}")
        elif value is not False:
            parts.append(f' {_shown(name)}="{_text(value)}"')
    return "".join(parts)


def one_input(widget: Context) -> SafeString:
    value = widget["value"]
    given = "" if value is None else f' value="{_text(value)}"'
    return SafeString(
        f'<input type="{_shown(widget["type"])}" name="{_shown(widget["name"])}"{given}{attributes(widget["attrs"])}>\n'
    )


def select(widget: Context) -> SafeString:
    parts = [f'<select name="{_shown(widget["name"])}"{attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{_shown(group)}">')
        parts += [f"\n  {_option(option)}" for option in options]
        if group:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>\n")
    return SafeString("".join(parts))


def _option(option: Context) -> str:
    value = _text(option["value"])
    return f'<option value="{value}"{attributes(option["attrs"])}>{_shown(option["label"])}</option>\n'


def _text(value: Any) -> str:
    """A value as `{{ value|stringformat:'s' }}`: as Python writes it, not in the language's way."""
    if type(value) is str:
        return escape(value)
    return str(conditional_escape(value if isinstance(value, str) else str(value)))


def _shown(value: Any) -> str:
    """A value as `{{ value }}`."""
    if type(value) is str:
        return escape(value)
    return str(conditional_escape(localize(value)))


FUNCTIONS: dict[str, Callable[[Context], SafeString]] = {f"{WIDGETS}{name}.html": one_input for name in INPUTS}
FUNCTIONS[f"{WIDGETS}select.html"] = select
