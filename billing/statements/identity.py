"""Finds documents of a file that are already imported: by the bank's ids, else by stretches of a day (4.6). Pure.

In a new stretch all documents are new. In a stretch covered by an earlier file, only documents beyond the imported
count are new. If the balances allow both, the document is LIKE an imported one and a person decides. A document is
never NEW if it may be imported already, and never SAME if its stretch may be new.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from billing.statements.clusters import NEW, Decision, DocumentVerdict, Loose, choose, clusters
from billing.statements.documents import Piece

__all__ = ["Decision", "DocumentVerdict", "Loose", "decide"]


def decide(new: Piece, known: Sequence[Piece], ids: Mapping[str, str], loose: Sequence[Loose] = ()) -> list[Decision]:
    """Decides about each document of a piece, in its order.

    `known` are the imported pieces of this account and day; `ids` maps the bank's ids given before to row keys; `loose`
    are rows that belong to no piece.
    """
    found = {place: ids[one.given] for place, one in enumerate(new.documents) if one.given in ids}
    decisions = {place: Decision(DocumentVerdict.SAME, key) for place, key in found.items()}
    if len(found) == len(new.documents) or not (known or loose):
        return [decisions.get(place, NEW) for place in range(len(new.documents))]
    is_clear = not _may_follow(new, known)
    for cluster in clusters(new, known, found, loose):
        decisions |= choose(cluster, is_clear=is_clear)
    return [decisions.get(place, NEW) for place in range(len(new.documents))]


def _may_follow(new: Piece, known: Sequence[Piece]) -> bool:
    """Whether the piece can lie right after or before an imported piece, where nothing is imported yet."""
    told = _told_by(new, known)
    for place, piece in enumerate(known):
        if place in told:
            continue
        if piece.closing == new.opening and not (piece.ends or new.starts) and not _goes_on(piece, known):
            return True
        if piece.opening == new.closing and not (piece.starts or new.ends) and not _comes_after(piece, known):
            return True
    return False


def _told_by(new: Piece, known: Sequence[Piece]) -> set[int]:
    """Imported pieces, by index, that in sequence have exactly the new piece's documents between its balances: the new
    piece repeats them, so it does not follow any of them."""
    todo: list[tuple[int, Counter[int], frozenset[int]]] = [
        (new.opening, Counter(one.amount for one in new.documents), frozenset())
    ]
    found: set[int] = set()
    while todo:
        balance, left, path = todo.pop()
        for place, piece in enumerate(known):
            amounts = Counter(one.amount for one in piece.documents)
            if piece.opening != balance or place in path or not amounts <= left:
                continue
            if amounts == left:
                found |= {*path, place}
            else:
                todo.append((piece.closing, left - amounts, path | {place}))
    return found


def _goes_on(piece: Piece, known: Sequence[Piece]) -> bool:
    """Whether another imported piece covers what follows this piece."""
    return any(_continues(piece, other) and not _reaches(other, piece, known) for other in known if other is not piece)


def _comes_after(piece: Piece, known: Sequence[Piece]) -> bool:
    return any(
        _continues_back(piece, other) and not _reaches(piece, other, known) for other in known if other is not piece
    )


def _continues(piece: Piece, other: Piece) -> bool:
    """Whether the other piece begins inside this one or at its end and goes further, or contains it and ends
    elsewhere."""
    shared = piece.keys & other.keys
    if shared == other.keys:
        return False
    if shared == piece.keys:
        return other.closing != piece.closing or not shared
    return sum(piece.told[key].amount for key in shared) == piece.closing - other.opening


def _continues_back(piece: Piece, other: Piece) -> bool:
    shared = piece.keys & other.keys
    if shared == other.keys:
        return False
    if shared == piece.keys:
        return other.opening != piece.opening or not shared
    return sum(piece.told[key].amount for key in shared) == other.closing - piece.opening


def _reaches(start: Piece, goal: Piece, known: Sequence[Piece]) -> bool:
    """Whether adjacent pieces lead from one to the other: then a balance occurred twice, and the order is uncertain."""
    seen, todo = {id(start)}, [start]
    while todo:
        piece = todo.pop()
        for other in known:
            if other.opening == piece.closing and not (piece.keys & other.keys):
                if other is goal:
                    return True
                if id(other) not in seen:
                    seen.add(id(other))
                    todo.append(other)
    return False
