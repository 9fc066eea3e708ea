"""Which columns hold secrets: hashes of passwords, keys, sealed values. The desk never finds or shows rows by them.

Each app declares its secret columns in its `AppConfig.ready`, by the model's label: so an app can also name models of
libraries.
"""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP

_DECLARED: dict[str, frozenset[str]] = {}


def declare(label: str, *fields: str) -> None:
    """Declares that these fields of a model (`accounts.User`) are secrets."""
    _DECLARED[label] = _DECLARED.get(label, frozenset()) | frozenset(fields)


def declared() -> dict[str, frozenset[str]]:
    """Names of all secret fields, by the label of their model."""
    return dict(_DECLARED)


def of(model: type[models.Model]) -> frozenset[str]:
    """Names of a model's secret fields."""
    return _DECLARED.get(str(model._meta.label), frozenset())


def is_on(model: type[models.Model], path: str) -> bool:
    """Whether the path of a lookup leads to a secret field: `account__users__password__startswith` does."""
    at: Any = model
    for part in path.split(LOOKUP_SEP):
        try:
            field: Any = at._meta.pk if part == "pk" else at._meta.get_field(part)
        except FieldDoesNotExist:
            return False  # a transform or a lookup: the fields end here
        if field.name in of(at):
            return True
        if not getattr(field, "path_infos", None):
            return False
        at = field.path_infos[-1].to_opts.model
    return False
