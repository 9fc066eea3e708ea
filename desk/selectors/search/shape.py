"""The form that rows of all tables take in the answer of the search, so that one query can join them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    DecimalField,
    QuerySet,
    SmallIntegerField,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

EXACT, BEGINNING, PART, NEAR = range(4)  # how well a row fits


@dataclass(frozen=True, slots=True)
class Hit:
    """A found row. `title` is what was looked for; `state` is the value of the table's column; `amount` is in BYN;
    `rank` says how well it fits, EXACT first."""

    group: str
    pk: int
    rank: int
    title: str
    detail: str
    customer_id: int | None
    customer: str
    account: str
    state: str
    moment: datetime | None
    amount: Decimal | None


_TYPES: dict[str, Any] = {
    "group": TextField(),
    "pk": BigIntegerField(),
    "rank": SmallIntegerField(),
    "title": TextField(),
    "detail": TextField(),
    "customer_id": BigIntegerField(),
    "customer": TextField(),
    "account": TextField(),
    "state": TextField(),
    "moment": DateTimeField(),
    "amount": DecimalField(max_digits=16, decimal_places=2),
}
_PREFIX = "hit_"  # a column of the answer must not have the name of a field of the table
Rows = QuerySet[Any, Any]


def shaped(rows: QuerySet[Any], group: str, rank: Any, count: int, **columns: Any) -> Rows:
    """At most `count` rows in the form of `Hit`. Each column is an expression; those not given are empty. `rows` has
    either no order or one that its index gives: the database stops at the last of the rows. An order by the key would
    tempt the planner to read the whole table by its key.

    The columns are computed outside the choice of rows: the planner then knows how few they are."""
    chosen = rows.model._default_manager.filter(pk__in=rows.values("pk")[:count])
    given = {"group": Value(group), "pk": "pk", "rank": _rank(rank), **columns}
    told = {f"{_PREFIX}{name}": Cast(given.get(name, _nothing(kind)), kind) for name, kind in _TYPES.items()}
    found: Rows = chosen.annotate(**told).order_by().values_list(*told)
    return found


def of_account(prefix: str = "account__") -> dict[str, Any]:
    """Columns that say whose row it is."""
    return {"customer_id": f"{prefix}customer_id", "customer": f"{prefix}customer__name", "account": f"{prefix}number"}


def better_if(condition: Any, rank: int, otherwise: int) -> Case:
    """One rank for rows that fulfil a condition and another one for the rest."""
    return Case(When(condition, then=Value(rank)), default=Value(otherwise))


def _rank(rank: Any) -> Any:
    return Value(rank) if isinstance(rank, int) else rank


def _nothing(kind: Any) -> Value:
    return Value("") if isinstance(kind, TextField) else Value(None)
