"""Keyset pagination: a page begins after the last row of the previous page, so page 1000 costs what page 1 does."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from sipcabinet.lib.plain_input import is_plain

R = TypeVar("R")
_MOST_TOKEN = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows in the order of the list, and tokens of the neighbouring pages: `back` and `onward`, empty if none."""

    rows: list[R]
    back: str = ""
    onward: str = ""


def page(rows: QuerySet[Any, R], *, order: Sequence[str], size: int, onward: str = "", back: str = "") -> Page[R]:
    """The page that a token of another page leads to, or the first one.

    `order` lists the model's own fields (`-started_at`, `-id`), unique together and all in one direction; the rows must
    contain them (models, or dictionaries of `values`). An invalid token leads to the first page.
    """
    after, before = _decode(rows.model, order, onward), _decode(rows.model, order, back)
    if before is not None:
        found = list(rows.filter(_beyond(order, before, reverse=True)).order_by(*map(_flip, order))[: size + 1])
        if len(found) > size:
            found = found[:size][::-1]
            return Page(found, back=token(found[0], order), onward=token(found[-1], order))
        after = None  # fewer rows than a page are left before the token: show the first page
    begin = rows.order_by(*order)
    found = list(begin.filter(_beyond(order, after))[: size + 1]) if after is not None else []
    if not found:  # no rows are left after the token, or there is no token
        after, found = None, list(begin[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        back=token(shown[0], order) if after is not None else "",
        onward=token(shown[-1], order) if len(found) > size else "",
    )


def _flip(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(order: Sequence[str], values: Sequence[Any], *, reverse: bool = False) -> Q:
    """Rows after the values in the order. The bound on the first key lets the index help; other keys resolve ties."""
    names = [key.lstrip("-") for key in order]
    down = order[0].startswith("-") is not reverse
    sign = "lt" if down else "gt"
    bound = Q(**{f"{names[0]}__{sign}e": values[0]})
    beyond = Q()
    for place, name in enumerate(names):
        ties = dict(zip(names[:place], values[:place], strict=True))
        beyond |= Q(**ties, **{f"{name}__{sign}": values[place]})
    return bound & beyond


def token(row: Any, order: Sequence[str]) -> str:
    """The token of the rows after or before this one."""
    names = [key.lstrip("-") for key in order]
    values = [row[name] if isinstance(row, dict) else getattr(row, name) for name in names]
    texts = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _decode(model: type[Model], order: Sequence[str], token: str) -> list[Any] | None:
    if not token or len(token) > _MOST_TOKEN:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)))
        if not isinstance(values, list) or not all(map(_is_storable, values)):
            return None
        fields: list[Any] = [model._meta.get_field(key.lstrip("-")) for key in order]
        parsed = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, OverflowError, binascii.Error, ValidationError):
        return None
    return parsed if all(map(_comparable, parsed)) else None


def _is_storable(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and is_plain(value))


def _comparable(value: Any) -> bool:
    return value is not None and not (isinstance(value, datetime) and timezone.is_naive(value))
