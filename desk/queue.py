"""What a queue of the desk is: parts of waiting rows, and where each is shown and decided (4.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait: their count, the oldest one's moment, their sum (BYN; None for a queue without money), and the
    distinct codes of why they wait. `parts`: the counts of the parts of a queue, by the part's name."""

    count: int = 0
    oldest: datetime | None = None
    sum: Decimal | None = None
    kinds: Sequence[str] = ()
    parts: Mapping[str, "Waiting"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Waiting rows of one table. `since` is the moment from which a row waits; rows are worked through in its order.

    `item` is the URL name of the page on which a row is decided (its argument: the primary key); empty where rows are
    decided by actions of the list. `filters` is the query string that makes the list show only waiting rows. `title`
    names the rows beside their count in a queue of several parts. `sum` (BYN) and `kinds` (why rows wait: a code)
    are told in the column «Что». Rows without a table of their own name the list's view (`listed`), and the model
    whose rights count (`rights`: `app.model`). `decide` is the permission to decide, where it is not the right to
    change rows of the model.
    """

    name: str
    rows: Callable[[], QuerySet[Any]]
    since: str | Combinable
    filters: str = ""
    item: str = ""
    title: str | Promise = ""
    sum: str = ""
    kinds: str = ""
    listed: str = ""
    rights: str = ""
    decide: str = ""

    @property
    def model(self) -> type[Model]:
        return self.rows().model

    @property
    def list_url(self) -> str:
        meta = self.model._meta
        return reverse(self.listed or f"admin:{meta.app_label}_{meta.model_name}_changelist") + self.filters

    def item_url(self, pk: Any) -> str:
        return reverse(self.item, args=[pk])

    def may_see(self, user: Any) -> bool:
        return user.has_perm(self._right("view")) or self.may_decide(user)

    def may_decide(self, user: Any) -> bool:
        return bool(user.has_perm(self.decide or self._right("change")))

    def _right(self, verb: str) -> str:
        app, model = (self.rights or self.model._meta.label_lower).split(".")
        return f"{app}.{verb}_{model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Work of one kind that waits for staff. `patience`: how long a row may wait; after that it is «дольше нормы».
    `note` says in a few words what waits. With `blocks_close` the month cannot be closed while rows wait."""

    name: str
    title: Promise
    patience: timedelta
    parts: Sequence[Part]
    note: Callable[[Waiting], str] = lambda _waiting: ""
    blocks_close: bool = False

    @property
    def next_url(self) -> str:
        """The address that leads to the oldest waiting row; with `?after=pk`, to the one after that row."""
        return reverse("admin:desk_queue_next", args=[self.name])

    @property
    def decided(self) -> Part:
        """The part whose rows are decided on a page of their own. Raises StopIteration if there is none."""
        return next(part for part in self.parts if part.item)

    def parts_for(self, user: Any) -> list[Part]:
        """The parts whose rows the user may see."""
        return [part for part in self.parts if part.may_see(user)]
