"""What a form of the desk changed, for the journal: each field before and after (4.10).

Values are texts as the desk shows them. Secret fields, password inputs and the content of files are never among them.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, cast

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.core.files.base import File
from django.db import models
from django.utils.formats import localize
from django.utils.translation import gettext as _

from sipcabinet.lib import changes, clock, secret_fields
from sipcabinet.lib.changes import Changes


class Told(list[Any]):
    """The admin's message about a change, which also holds the changed values."""

    def __init__(self, message: Iterable[Any], changed: Changes) -> None:
        super().__init__(message)
        self.changes = changed


def of_message(message: Any) -> Changes:
    """The changed values of a message; none for a message that another page wrote."""
    return message.changes if isinstance(message, Told) else {}


def of_forms(form: Any, formsets: Iterable[Any], *, is_new: bool) -> Changes:
    """The changed values of a saved form and of its inline rows."""
    found = of_form(form, is_new=is_new)
    for formset in formsets or ():
        found |= _of_rows(formset)
    return found


def of_form(form: Any, *, is_new: bool) -> Changes:
    """The changed values of a form whose row is saved; for a new row all values, and nothing before them."""
    found: Changes = {}
    for name in form.fields if is_new else form.changed_data:
        if name not in form.fields:
            continue
        field, column = form.fields[name], _column(form.instance, name)
        label = field.label or (column.verbose_name if column is not None else name)
        if _is_secret(form.instance, name, field):
            if form.cleaned_data.get(name):
                found |= changes.hidden(name, label)
            continue
        before = None if is_new else _typed(column, field, form.initial.get(name, field.initial))
        found |= changes.of(name, label, before, _after(form, name, column, field))
    return found


def of_deleted(row: models.Model) -> Changes:
    """The values of a row that is deleted."""
    found: Changes = {}
    for column in row._meta.concrete_fields:
        if column.editable and not column.primary_key and column.name not in secret_fields.of(type(row)):
            found |= changes.of(column.name, column.verbose_name, _saved(row, column), None)
    return found


def _of_rows(formset: Any) -> Changes:
    """Changes of inline rows, under names such as `price-12.monthly_fee`."""
    noun = formset.model._meta.verbose_name
    found: Changes = {}
    new = set(map(id, getattr(formset, "new_objects", ())))
    for form in formset.forms:
        is_new = id(form.instance) in new
        if form.instance.pk is None or not (is_new or form.has_changed()) or form in formset.deleted_forms:
            continue
        for name, change in of_form(form, is_new=is_new).items():
            label = f"{noun} {form.instance}: {change['label']}"
            found[f"{formset.prefix}-{form.instance.pk}.{name}"] = {**change, "label": label}
    for row in getattr(formset, "deleted_objects", ()):
        found |= changes.of(f"{formset.prefix}-{row.pk}", noun, str(row), None)
    return found


def _is_secret(row: models.Model, name: str, field: forms.Field) -> bool:
    return name in secret_fields.of(type(row)) or isinstance(field.widget, forms.PasswordInput)


def _column(row: models.Model, name: str) -> Any:
    try:
        column = row._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return column if column.concrete else None


def _after(form: Any, name: str, column: Any, field: forms.Field) -> Any:
    """The value as saved: a service may have written another spelling than what was typed."""
    if column is None:
        return _typed(None, field, form.cleaned_data.get(name))
    if column.many_to_many:
        return _names(form.cleaned_data.get(name) or ())
    return _saved(form.instance, column)


def _saved(row: models.Model, column: Any) -> Any:
    if column.is_relation:
        related = getattr(row, column.name)
        return str(related) if related is not None else None
    return _shown(column, getattr(row, column.name))


def _typed(column: Any, field: forms.Field, value: Any) -> Any:
    """The value of a form field, before or after the change; a relation is given by its key."""
    if value is None or value == "":
        return None
    if isinstance(field, forms.ModelMultipleChoiceField):
        return _names(value)
    if isinstance(field, forms.ModelChoiceField) and not isinstance(value, models.Model):
        rows = cast("models.QuerySet[models.Model]", field.queryset)
        return str(rows.model._default_manager.filter(**{field.to_field_name or "pk": value}).first() or value)
    return _shown(column if column is not None else field, value)


def _names(rows: Iterable[Any]) -> list[str]:
    return sorted(map(str, rows))


def _shown(field: Any, value: Any) -> Any:
    """A value as a text of the desk; booleans and whole numbers stay what they are."""
    if isinstance(value, File):
        return value.name or _("файл")
    if choices := _choices(field):
        if isinstance(value, list | tuple):
            return [choices.get(str(one), str(one)) for one in value]
        return choices.get(str(value), value)
    for kind, words in _IN_WORDS:
        if isinstance(value, kind):
            return words(value)
    return value


def _decimal(value: Decimal) -> str:
    return localize(value.to_integral() if value == value.to_integral() else value.normalize())


_IN_WORDS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (datetime, clock.show_moment),  # before date: a datetime is one
    (date, clock.show_date),
    (Decimal, _decimal),
    (dict, partial(json.dumps, ensure_ascii=False, sort_keys=True)),
)


def _choices(field: Any) -> dict[str, str]:
    """Labels by value. Relations have no such labels: their choices would be read from the database."""
    if isinstance(field, forms.ModelChoiceField):
        return {}
    pairs = field.flatchoices if isinstance(field, models.Field) else getattr(field, "choices", None) or ()
    return {str(value): str(label) for value, label in pairs if not isinstance(label, list | tuple)}
