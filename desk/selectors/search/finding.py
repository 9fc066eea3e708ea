"""Finds what was typed in all tables that a person may see, in one query (4.1)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, models, transaction

from accounts.models import Account, Customer, User
from billing.models import Correction, DocumentOrder, Invoice, LedgerEntry, Payment, PaymentGuarantee, SuspensePayment
from desk.selectors.search import documents, near, numbers, people, traffic
from desk.selectors.search.shape import EXACT, NEAR, PART, Hit, Rows
from desk.selectors.search.typed import Typed
from notifications.models import Letter
from subscribers.models import Operation, Subscriber

SHOWN = 6  # rows of a group beside other groups
MOST = 100  # rows of a group on its own page
Branches = Callable[..., list[Rows]]

# The tables that are searched, in the order of the page.
TABLES: dict[str, tuple[type[models.Model], Branches]] = {
    "customers": (Customer, people.customers),
    "accounts": (Account, people.accounts),
    "numbers": (Subscriber, numbers.numbers),
    "invoices": (Invoice, documents.invoices),
    "corrections": (Correction, documents.corrections),
    "orders": (DocumentOrder, documents.orders),
    "guarantees": (PaymentGuarantee, documents.guarantees),
    "operations": (Operation, numbers.operations),
    "payments": (Payment, traffic.payments),
    "suspense": (SuspensePayment, traffic.suspense),
    "letters": (Letter, traffic.letters),
    "staff": (User, people.staff),
}
BY_TITLE = {"customers", "accounts", "numbers", "staff"}
WITH_SUMS = {"customers", "accounts"}


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of each group, the best first. `more` names groups with more rows than are shown; `near` are the words that
    were taken for the typed ones."""

    groups: dict[str, list[Hit]] = field(default_factory=dict)
    more: frozenset[str] = frozenset()
    near: tuple[str, ...] = ()

    @property
    def exact(self) -> list[Hit]:
        """Rows that have exactly the number or name that was typed."""
        return [hit for hits in self.groups.values() for hit in hits if hit.rank == EXACT]


def may_see(user: Any, model: type[models.Model]) -> bool:
    """Whether a person of the staff may see rows of the table, as on the table's own page."""
    app, name = model._meta.app_label, model._meta.model_name
    return any(user.has_perm(f"{app}.{right}_{name}") for right in ("view", "change"))


def groups_of(user: Any) -> list[str]:
    """The groups that a person of the staff may see."""
    return [name for name, (model, _branches) in TABLES.items() if may_see(user, model)]


def find(user: Any, typed: Typed, *, only: str = "") -> Found:
    """What the person may see of it; with `only`, up to MOST rows of this group. Two queries; two more for a name
    in which no customer is found, to look for mistakes of typing."""
    names = [name for name in groups_of(user) if only in {"", name}]
    if typed.fault or not names:
        return Found()
    count, sums = MOST if only else SHOWN, may_see(user, LedgerEntry)
    branches: list[Rows] = []
    for name in names:
        asked = {"sums": sums} if name in WITH_SUMS else {}
        branches += TABLES[name][1](typed, count + 1, **asked)
    with _by_index():
        found = _grouped([_ranked(hit, typed) for hit in _joined(branches)], names, count)
        if "customers" not in names or "customers" in found.groups or not typed.words:
            return found
        return _with_near(found, names, typed, count, sums=sums)


@contextmanager
def _by_index() -> Iterator[None]:
    """A transaction whose queries read no table as a whole. The planner guesses that any three letters stand in one of
    25 rows, and would then read a table to its end for letters that stand in none."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('enable_seqscan', 'off', true),"
                " set_config('pg_trgm.word_similarity_threshold', %s, true)",
                [str(near.LEAST)],
            )
        yield


def _joined(branches: list[Rows]) -> list[Hit]:
    if not branches:
        return []
    first, *others = branches
    return [Hit(*row) for row in (first.union(*others, all=True) if others else first)]


def _ranked(hit: Hit, typed: Typed) -> Hit:
    """The row with the rank of its name, which SQL does not tell."""
    if hit.group != "customers" or hit.rank != PART or not typed.words:
        return hit
    return replace(hit, rank=people.rank_of_name(typed, hit.title))


def _grouped(hits: Iterable[Hit], names: Iterable[str], count: int) -> Found:
    best: dict[str, dict[int, Hit]] = defaultdict(dict)
    for hit in hits:
        known = best[hit.group].get(hit.pk)
        if known is None or hit.rank < known.rank:
            best[hit.group][hit.pk] = hit
    ordered = {name: sorted(best[name].values(), key=_place) for name in names if best[name]}
    more = frozenset(name for name, rows in ordered.items() if len(rows) > count)
    return Found({name: rows[:count] for name, rows in ordered.items()}, more)


def _place(hit: Hit) -> tuple[int, str, int]:
    """The place of a row in its group: the best first, then by name or number, or the newest first."""
    return hit.rank, hit.title if hit.group in BY_TITLE else "", -hit.pk


def _with_near(found: Found, names: list[str], typed: Typed, count: int, *, sums: bool) -> Found:
    meant = near.words(typed.words)
    if not meant:
        return found
    hits = _joined([people.shown_customers(people.with_words(meant), NEAR, count + 1, sums=sums)])
    only_customers = _grouped(hits, names, count)
    groups = found.groups | only_customers.groups
    ordered = {name: groups[name] for name in names if name in groups}
    return Found(ordered, found.more | only_customers.more, tuple(word for words in meant for word in words))
