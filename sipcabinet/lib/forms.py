"""Forms whose fields are copied for a page in few steps.

Django copies every field of a form for each page by `copy.deepcopy`, and brings all choices into one shape again and
again. That took longer than to fill in the form. A field or widget with a copy of its own is copied by Django.
"""

import copy
from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.translation import gettext_lazy

_OWN_WAY = "__deepcopy__"
_PLAIN_FIELDS = [getattr(kind, _OWN_WAY) for kind in (forms.Field, forms.ChoiceField)]
_PLAIN_WIDGETS = [getattr(kind, _OWN_WAY) for kind in (forms.Widget, forms.Select)]
_LAZY = type(gettext_lazy(""))


class _Fields(dict[str, Any]):
    """The fields that a class of forms declares."""

    is_translated = False

    def __deepcopy__(self, _memo: Any) -> dict[str, Any]:
        if not self.is_translated:  # at the first page: the portal has one language
            for field in self.values():
                _translate(field)
            self.is_translated = True
        return {name: _copied(field) for name, field in self.items()}


class _Declared(DeclarativeFieldsMetaclass):
    def __new__(cls, *args: Any, **options: Any) -> Any:
        made: Any = super().__new__(cls, *args, **options)
        made.base_fields = _Fields(made.base_fields)
        return made


class Form(forms.Form, metaclass=_Declared):
    """Django's form; the base of the portal's forms."""

    def set_choices(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        """Sets the choices of a field: values and labels, without groups."""
        field: Any = self.fields[name]
        field._choices = list(choices)  # noqa: SLF001 - the setters would bring them into shape twice
        field.widget._choices = list(field._choices)  # noqa: SLF001


def _copied(field: Any) -> Any:
    widget = field.widget
    if getattr(type(field), _OWN_WAY) not in _PLAIN_FIELDS or getattr(type(widget), _OWN_WAY) not in _PLAIN_WIDGETS:
        return copy.deepcopy(field)
    made = _same(field)
    made.error_messages, made.validators = made.error_messages.copy(), made.validators[:]
    made.widget = _same(widget)
    made.widget.attrs = widget.attrs.copy()
    return made


def _same(one: Any) -> Any:
    made = one.__class__.__new__(one.__class__)
    made.__dict__.update(one.__dict__)
    choices = made.__dict__.get("_choices")
    if choices is not None:
        made._choices = choices[:] if type(choices) is list else copy.copy(choices)  # noqa: SLF001
    return made


def _translate(field: Any) -> None:
    """Translates the labels, which each page would translate anew."""
    field.label = _translated(field.label)
    for one in (field, field.widget):
        choices = one.__dict__.get("_choices")
        if type(choices) is list:
            one._choices = [(value, _translated(label)) for value, label in choices]  # noqa: SLF001


def _translated(text: Any) -> Any:
    return str(text) if type(text) is _LAZY else text
