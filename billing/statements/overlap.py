"""Finds what two pieces of one day share, from their balances and documents (4.6). Pure.

A piece is what the bank booked between two moments; its file may list it in another order. Two pieces that share a
document share a stretch: the end of the first and the beginning of the second, or the whole of one of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from billing.statements.documents import Likeness, Piece, likeness
from billing.statements.matching import Index, match

_MOST_SUMS = 4_000  # with more sums than this the search stops: the answer is then «can be»
_MOST_DROPS = 2_000
_ENOUGH = 3  # so many different documents lie between equal balances of two stretches only if they are the same


@dataclass(frozen=True, slots=True)
class Pair:
    """A document of the new piece, by its place, and the row of the imported piece that it may be."""

    place: int
    key: str
    likeness: Likeness
    amount: int


@dataclass(frozen=True)
class Relation:
    """The pairs of documents that two pieces may share; without pairs the pieces share nothing.

    Some of the pairs may turn out not to be shared. `fewest` and `most` give, for each amount (kopecks), the lowest and
    the highest number of such pairs over all arrangements of the two pieces that the balances allow.
    """

    pairs: Sequence[Pair] = ()
    fewest: Mapping[int, int] | None = None
    most: Mapping[int, int] | None = None

    @cached_property
    def by_place(self) -> dict[int, Pair]:
        return {pair.place: pair for pair in self.pairs}

    @cached_property
    def by_amount(self) -> Counter[int]:
        return Counter(pair.amount for pair in self.pairs)


APART = Relation()


def relate(
    known: Piece, new: Piece, ids: Mapping[int, str], origins: Mapping[str, str], all_known: Sequence[Piece]
) -> Relation:
    """How an imported piece and a new piece of the same day overlap.

    `ids`: the row key for each place of the new piece that the bank's id identifies. `origins`: row key → the row that
    it may repeat. `all_known`: all imported pieces of the day.
    """
    pairs = _pairs(known, new, ids)
    if not pairs:
        return APART
    forced = Counter(pair.amount for pair in pairs if ids.get(pair.place) == pair.key)
    free = Counter(pair.amount for pair in pairs) - forced
    ways = list(_ways(known, new, pairs, free))
    if ways and not _is_firm(known, new, pairs, all_known):
        ways.append(free)  # the same balances also fit another order of the day
    if ways and any(pair.place in ids and origins[pair.key] != origins.get(ids[pair.place]) for pair in pairs):
        return Relation(pairs, {}, free)  # by the bank's id, one of the paired documents is another one
    if ways:
        fewest = {amount: min(way[amount] for way in ways) for amount in free}
        return Relation(pairs, fewest, {amount: max(way[amount] for way in ways) for amount in free})
    is_contradiction = forced or known.opening == new.opening or known.closing == new.closing
    if is_contradiction or known.is_whole or new.is_whole:
        return Relation(pairs, {}, free)
    return APART


def _pairs(known: Piece, new: Piece, ids: Mapping[int, str]) -> list[Pair]:
    """As many pairs of documents that can be the same as possible."""
    pairs = [
        Pair(place, key, Likeness.EQUAL, known.told[key].amount) for place, key in ids.items() if key in known.told
    ]  # fmt: skip
    taken, paired = {pair.key for pair in pairs}, {pair.place for pair in pairs}
    rows = Index((index, row) for index, row in enumerate(known.documents) if row.key not in taken)
    edges = {}
    for place in sorted(set(range(len(new.documents))) - paired, key=lambda place: (place in ids, place)):
        one = new.documents[place]
        found = [(like, index) for index in rows.near(one) if (like := likeness(one, known.documents[index]))]
        edges[place] = sorted(found, key=lambda edge: -edge[0])
    for index, place in match(edges).items():
        row = known.documents[index]
        pairs.append(Pair(place, row.key, likeness(new.documents[place], row), row.amount))
    return pairs


def _ways(known: Piece, new: Piece, pairs: Sequence[Pair], free: Counter[int]) -> Iterator[Counter[int]]:
    """Each possible arrangement of the pieces: counts, by amount, of the pairs that are not shared in it."""
    if any(_can_lie_in(inner, outer) for inner, outer in _nested(known, new, pairs)):
        yield Counter()
    if not (known.is_whole or new.is_whole):
        yield from _ends_shared(known, new, pairs, free)


def _nested(known: Piece, new: Piece, pairs: Sequence[Pair]) -> list[tuple[Piece, Piece]]:
    """Pairs of an inner piece and an outer piece that has all its documents."""
    both = ((known, new), (new, known))
    return [(inner, outer) for inner, outer in both if len(pairs) == len(inner.documents)]


def _is_firm(known: Piece, new: Piece, pairs: Sequence[Pair], all_known: Sequence[Piece]) -> bool:
    """Whether the pieces surely share the pairs: the pairs are enough, or one piece begins or ends with the other, or
    imported pieces lead from an end of one to the other."""
    if len({known.told[pair.key].content for pair in pairs}) >= _ENOUGH:
        return True
    return any(_lies_firmly(inner, outer, all_known) for inner, outer in _nested(known, new, pairs))


def _ends_shared(known: Piece, new: Piece, pairs: Sequence[Pair], free: Counter[int]) -> Iterator[Counter[int]]:
    """Arrangements in which the end of one piece is the beginning of the other."""
    total, shared = sum(pair.amount for pair in pairs), set()
    if not (new.starts or known.ends):
        shared.add(known.closing - new.opening)
    if not (known.starts or new.ends):
        shared.add(new.closing - known.opening)
    for amount in shared:
        if amount == total:
            yield Counter()
        else:
            yield from _drops(total - amount, sorted(free.items()), len(pairs) - 1)


def _can_lie_in(inner: Piece, outer: Piece) -> bool:
    """Whether the balances allow the inner piece to lie within the outer piece, which has all its documents."""
    if _lies_at_an_end(inner, outer):
        return True
    if inner.starts or inner.ends:
        return False
    rest = Counter(one.amount for one in outer.documents) - Counter(one.amount for one in inner.documents)
    return _can_be_sum(inner.opening - outer.opening, rest.elements())


def _lies_at_an_end(inner: Piece, outer: Piece) -> bool:
    return outer.is_whole or inner.opening == outer.opening or inner.closing == outer.closing


def _lies_firmly(inner: Piece, outer: Piece, all_known: Sequence[Piece]) -> bool:
    if _lies_at_an_end(inner, outer):
        return True
    if inner.closing == outer.opening or outer.closing == inner.opening:
        return False  # the pieces may also follow each other
    onward = [(piece.opening, piece.closing) for piece in all_known]
    back = [(closing, opening) for opening, closing in onward]
    return inner.opening in _led_to(outer.opening, onward) or inner.closing in _led_to(outer.closing, back)


def _led_to(start: int, steps: Sequence[tuple[int, int]]) -> set[int]:
    """Balances that can be reached from `start` by following the steps."""
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        new = {end for begin, end in steps if begin == here} - found
        found |= new
        todo += new
    return found


def _can_be_sum(wanted: int, amounts: Iterable[int]) -> bool:
    sums = {0}
    for amount in amounts:
        sums |= {one + amount for one in sums}
        if len(sums) > _MOST_SUMS:
            return True
    return wanted in sums


def _drops(wanted: int, free: Sequence[tuple[int, int]], most: int) -> Iterator[Counter[int]]:
    """Counts of amounts that add up to the wanted sum, at most `most` in all (not all pairs may be dropped)."""
    steps = 0
    stack: list[tuple[int, int, tuple[tuple[int, int], ...]]] = [(0, wanted, ())]
    while stack:
        steps += 1
        index, left, taken = stack.pop()
        if steps > _MOST_DROPS:  # too many combinations to try: any of the pairs may be dropped
            yield Counter()
            yield Counter(dict(free))
            return
        if index == len(free):
            if left == 0 and sum(count for _amount, count in taken) <= most:
                yield Counter(dict(taken))
            continue
        amount, count = free[index]
        stack += [(index + 1, left - amount * n, (*taken, (amount, n)) if n else taken) for n in range(count + 1)]
