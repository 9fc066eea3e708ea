"""The controls of forms as HTML: what Django's templates of widgets give, without a template for each option.

FORM_RENDERER names `Controls`. A widget that has no function here is rendered by its template.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Select
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.site import parts

FIELD = "django/forms/field.html"
WIDGETS = "django/forms/widgets/"
INPUTS = ("date", "datetime", "email", "file", "hidden", "input", "number", "password", "search", "tel", "text", "url")
CARDS = ("radioselect", "checkboxselectmultiple")  # groups whose choices are cards
Context = dict[str, Any]


class Controls(TemplatesSetting):
    """Django's renderer by the project's templates, which asks for the frequent widgets here."""

    def render(self, template_name: str, context: Context, request: Any = None) -> str:
        if template_name == FIELD:
            field = context["field"]
            return _group(field) if field.use_fieldset else _field(field)
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


def _field(field: BoundField) -> SafeString:
    """A field of a portal form that is no group of choices: label, hint, errors, control."""
    label, ident, errors = _shown(field.label), _shown(field.id_for_label), field.errors
    notes, control = _notes(field, errors), _control(field)
    bad = " bad" if errors else ""
    widget_type = _type_of(type(field.field.widget).__name__)
    if widget_type == "checkbox":
        return SafeString(
            f'<div class="field{bad}">\n{notes}'
            f'<label class="check" for="{ident}">{control}<span>{label}</span></label>\n</div>\n'
        )
    optional = "" if field.field.required else _optional()
    if widget_type == "password":
        control = (
            f'<div class="reveal">\n{control}\n<button class="icon-btn" type="button" data-reveal="{ident}"'
            f' aria-label="{escape(_("Показать пароль"))}" aria-pressed="false" hidden>'
            f"{parts.icon('eye')}</button>\n</div>"
        )
    return SafeString(
        f'<div class="field{bad}">\n<label for="{ident}">\n{label}{optional}\n</label>\n{notes}{control}\n</div>\n'
    )


@cache
def _optional() -> str:
    return f'<span class="optional">&nbsp;({escape(_("необязательно"))})</span>'


@cache
def _type_of(widget: str) -> str:
    """As `BoundField.widget_type` makes it of the name of a class for each field anew."""
    return re.sub(r"widget$|input$", "", widget.lower())


def _control(field: BoundField) -> str:
    """The control itself. A list of choices needs no dictionary for each of them."""
    widget = field.field.widget
    if type(widget) is not Select or field.field.show_hidden_initial:
        return str(field)
    values = {**widget.attrs, **field.build_widget_attrs({}, widget)}
    if field.auto_id:
        values.setdefault("id", field.auto_id)
    chosen = widget.format_value(field.value())
    options = []
    for value, label in widget.choices:
        if isinstance(label, (list, tuple)):  # a group
            return str(field)
        text = "" if value is None else value
        selected = ""
        if chosen and str(text) in chosen:
            selected, chosen = " selected", []
        options.append(f'\n  <option value="{_text(text)}"{selected}>{_shown(label)}</option>\n')
    return SafeString(f'<select name="{_shown(field.html_name)}"{attributes(values)}>{"".join(options)}\n</select>\n')


def _group(field: BoundField) -> SafeString:
    """A group of choices: its question as a legend, hint, errors, the choices."""
    errors = field.errors
    bad = " bad" if errors else ""
    described = field.aria_describedby
    fieldset = f'<fieldset aria-describedby="{_shown(described)}">' if described else "<fieldset>"
    is_cards = _type_of(type(field.field.widget).__name__) in CARDS
    options = "".join(_card(option.data) for option in field.subwidgets) if is_cards else str(field)
    return SafeString(
        f'<div class="field{bad}">\n{fieldset}\n<legend>{_shown(field.label)}</legend>\n'
        f"{_notes(field, errors)}{options}"
        "</fieldset>\n</div>\n"
    )


def _card(data: Context) -> str:
    """A choice as a card, as `components/field_options.html` gives it. Its label may be an `options.Option`."""
    label, attrs = data["label"], data["attrs"]
    off, disabled = (" off", " disabled") if getattr(label, "disabled", False) else ("", "")
    detail, price = getattr(label, "detail", ""), getattr(label, "price", "")
    return (
        f'<label class="opt{off}" for="{_shown(attrs.get("id", ""))}">\n'
        f'<input type="{_shown(data["type"])}" name="{_shown(data["name"])}" value="{_text(data["value"])}"{disabled}'
        f"{attributes(attrs)}>\n<span>\n{_shown(label)}\n"
        + (f'<span class="detail">{_shown(detail)}</span>\n' if detail else "")
        + "</span>\n"
        + (f'<span class="price">{_shown(price)}</span>\n' if price else "")
        + "</label>\n"
    )


def _notes(field: BoundField, errors: Any) -> str:
    """The hint and the errors of a field, as `components/field_notes.html` gives them."""
    if not (field.help_text or errors):
        return ""
    ident = _shown(field.auto_id)
    hint = f'<div class="hint" id="{ident}_helptext">{field.help_text}</div>\n' if field.help_text else ""
    if not errors:
        return hint
    said = "".join(
        f'<p class="errmsg">\n{parts.icon("err")}\n<span><span class="vh">{escape(_("Ошибка:"))} </span>'
        f"{_shown(message)}</span>\n</p>\n"
        for message in errors
    )
    return f'{hint}<div id="{ident}_error">\n{said}</div>\n'


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


def textarea(widget: Context) -> SafeString:
    value = _text(widget["value"]) if widget["value"] else ""
    return SafeString(f'<textarea name="{_shown(widget["name"])}"{attributes(widget["attrs"])}>\n{value}</textarea>\n')


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
FUNCTIONS[f"{WIDGETS}textarea.html"] = textarea
