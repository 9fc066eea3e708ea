"""Matches as many documents as possible with rows, the likest first; an index finds candidates. Pure."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from billing.statements.documents import BankDocument, Likeness

Name = TypeVar("Name", bound=Hashable)

Edges = Mapping[
    int, Sequence[tuple[Likeness, int]]
]  # key: a place in the file; values: candidate rows by their places, the likest first


def match(edges: Edges) -> dict[int, int]:
    """As many pairs as possible: the place of a row → the place of the document that it is."""
    owner: dict[int, int] = {}
    for least in (Likeness.EQUAL, Likeness.LIKE, Likeness.WEAK):
        taken = set(owner.values())
        for place in edges:
            if place not in taken:
                _augment(place, edges, owner, least, set())
    return owner


def _augment(place: int, edges: Edges, owner: dict[int, int], least: Likeness, seen: set[int]) -> bool:
    for like, row in edges[place]:
        if like < least or row in seen:
            continue
        seen.add(row)
        if row not in owner or _augment(owner[row], edges, owner, least, seen):
            owner[row] = place
            return True
    return False


class Index(Generic[Name]):
    """Finds documents by values that like documents must share, so that large files are not compared pairwise."""

    def __init__(self, named: Iterable[tuple[Name, BankDocument]]) -> None:
        self._by_amount: dict[int, dict[Name, None]] = {}
        self._by_number: dict[tuple[int, str], dict[Name, None]] = {}
        for name, one in named:
            self._by_amount.setdefault(one.amount, {})[name] = None
            self._by_number.setdefault((one.amount, one.number), {})[name] = None

    def near(self, one: BankDocument) -> Iterable[Name]:
        """Names of all documents that may be like this document."""
        if not one.number:
            return self._by_amount.get(one.amount, {})
        same, without = (self._by_number.get((one.amount, number), {}) for number in (one.number, ""))
        return {**same, **without}
