"""Keyset pagination: a page begins after the last row of the previous page, so page 1000 costs what page 1 does."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from sipcabinet.lib.plain_input import is_plain
from sipcabinet.lib.prepared import Prepared, Question

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
    return _page(
        rows.model,
        order,
        size,
        (onward, back),
        first=lambda: list(_begin(rows, order, size)),
        beyond=lambda way, values: list(_WAYS[way](rows, order, size, values)),
    )


class Listing(Generic[R]):
    """The pages of a list whose query never changes its shape: Django compiles it once in a process (`Prepared`).

    `build` makes the query of `count` values; `order` as in `page`; `by_values` as in `Prepared`.
    """

    def __init__(
        self,
        model: type[Model],
        build: Callable[..., QuerySet[Any, Any]],
        count: int,
        *,
        order: Sequence[str],
        by_values: bool = False,
    ) -> None:
        self._model, self._build, self._count, self._order, self._by_values = model, build, count, order, by_values
        self._prepared: dict[tuple[str, int], Prepared] = {}

    def page(self, *values: Any, size: int, onward: str = "", back: str = "") -> Page[R]:
        """The page of these values that a token leads to, or the first one."""
        return _page(
            self._model,
            self._order,
            size,
            (onward, back),
            first=lambda: self._query("first", size).rows(*values),
            beyond=lambda way, last: self._query(way, size).rows(*values, *last),
        )

    def asks(self, *values: Any, size: int) -> Question:
        """What `page` asks for the first page of these values."""
        return self._query("first", size).of(*values)

    def _query(self, way: str, size: int) -> Prepared:
        """`way`: `first`, or one of _WAYS, whose query has a value for each key of the order more."""
        made = self._prepared.get((way, size))
        if made is None:
            turned, more = (_WAYS[way], len(self._order)) if way in _WAYS else (_begin, 0)
            turned = partial(turned, order=self._order, size=size)
            build = partial(_built, self._build, self._count, turned)
            made = Prepared(build, self._count + more, by_values=self._by_values)
            self._prepared[way, size] = made
        return made


def _built(build: Callable[..., Any], count: int, turned: Callable[..., Any], *values: Any) -> Any:
    beyond = {"values": values[count:]} if len(values) > count else {}
    return turned(build(*values[:count]), **beyond)


def _page(
    model: type[Model],
    order: Sequence[str],
    size: int,
    tokens: tuple[str, str],
    *,
    first: Callable[[], list[R]],
    beyond: Callable[[str, Sequence[Any]], list[R]],
) -> Page[R]:
    after, before = (_decode(model, order, token) for token in tokens)
    if before is not None:
        found = beyond("back", before)
        if len(found) > size:
            found = found[:size][::-1]
            return Page(found, back=token(found[0], order), onward=token(found[-1], order))
        after = None  # fewer rows than a page are left before the token: show the first page
    found = beyond("onward", after) if after is not None else []
    if not found:  # no rows are left after the token, or there is no token
        after, found = None, first()
    shown = found[:size]
    return Page(
        shown,
        back=token(shown[0], order) if after is not None else "",
        onward=token(shown[-1], order) if len(found) > size else "",
    )


def _begin(rows: QuerySet[Any, R], order: Sequence[str], size: int) -> QuerySet[Any, R]:
    return rows.order_by(*order)[: size + 1]


def _onward(rows: QuerySet[Any, R], order: Sequence[str], size: int, values: Sequence[Any]) -> QuerySet[Any, R]:
    return rows.order_by(*order).filter(_beyond(order, values))[: size + 1]


def _back(rows: QuerySet[Any, R], order: Sequence[str], size: int, values: Sequence[Any]) -> QuerySet[Any, R]:
    return rows.filter(_beyond(order, values, reverse=True)).order_by(*map(_flip, order))[: size + 1]


_WAYS: dict[str, Callable[..., QuerySet[Any, Any]]] = {"onward": _onward, "back": _back}


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
