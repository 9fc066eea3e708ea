"""The first rows of each owner in one query: of every account of a customer, of every login."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Func, OuterRef, QuerySet


def first_of_each(
    owners: QuerySet[Any], rows: QuerySet[Any], *, by: str, order: Sequence[str], count: int
) -> QuerySet[Any]:
    """Primary keys of the first `count` rows of each owner in this order; `by` is the rows' reference to the owner.

    The database reads each owner's rows by an index on (`by`, `order`), so the time does not grow with their number, as
    it would if the rows of all owners were sorted together.
    """
    mine = rows.filter(**{by: OuterRef("pk")}).order_by(*order).values("pk")[:count]
    keys = Func(ArraySubquery(mine), function="unnest", output_field=BigIntegerField())
    return owners.order_by().values(key=keys)
