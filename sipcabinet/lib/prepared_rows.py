"""Models made from the rows of a prepared query, as the iterables of Django's QuerySet make them.

Django's constructor looks at every field for each object. Here the columns go into the object as they are. The
constructor is asked where somebody listens to it, or where a model has its own.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import RelatedPopulator, get_related_populators
from django.db.models.signals import post_init, pre_init


def reader(rows: QuerySet[Any, Any], compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """How a row of the database becomes what the query gives."""
    made: Any = rows
    if made._fields is not None:
        if made._iterable_class.__name__ != "ValuesIterable":  # noqa: SLF001
            return tuple
        query: Any = rows.query
        names = [*query.extra_select, *query.values_select, *query.annotation_select]
        if query.selected:
            names = list(query.selected)
        return lambda row: dict(zip(names, row, strict=True))
    about, columns = compiler.klass_info, list(compiler.annotation_col_map.items())
    first, last = about["select_fields"][0], about["select_fields"][-1] + 1
    names = [one[0].target.attname for one in compiler.select[first:last]]
    related = _populators(about, compiler.select)
    make = maker(about["model"], names)

    def read(row: Sequence[Any]) -> Any:
        made = make(row[first:last])
        for one in related:
            one.populate(row, made)
        for name, place in columns:
            setattr(made, name, row[place])
        return made

    return read


def maker(model: type[Model], names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Returns a function that makes an object from the values of these columns, given in this order."""
    own = model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__  # type: ignore[attr-defined]
    if own or pre_init.has_listeners(model) or post_init.has_listeners(model):
        return lambda values: model.from_db(DEFAULT_DB_ALIAS, names, values)

    def make(values: Sequence[Any]) -> Any:
        made = model.__new__(model)
        state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        made.__dict__.update(zip(names, values, strict=True), _state=state)
        return made

    return make


class _Populator(RelatedPopulator):
    """Django's, which makes an object of a `select_related`."""

    make: Callable[[Sequence[Any]], Any]

    def populate(self, row: Sequence[Any], from_obj: Any) -> None:
        values = self.reorder_for_init(row) if self.reorder_for_init else row[self.cols_start : self.cols_end]
        made = None if values[self.pk_idx] is None else self.make(values)
        if made is not None:
            for one in self.related_populators:
                one.populate(row, made)
        self.local_setter(from_obj, made)
        if made is not None:
            self.remote_setter(made, from_obj)


def _populators(about: Any, select: Any) -> list[Any]:
    populators: Any = get_related_populators
    found: list[Any] = populators(about, select, DEFAULT_DB_ALIAS)
    left = list(found)
    while left:
        one = left.pop()
        one.__class__ = _Populator
        one.make = maker(one.model_cls, one.init_list)
        left += one.related_populators
    return found
