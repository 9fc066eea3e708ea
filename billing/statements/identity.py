"""Which documents of a file are known: by the bank's ids, else by the stretches of a day that files cover (4.6). Pure.

A file that covers a new stretch brings new documents. One that covers a known stretch brings what exceeds the count
known from there. Where the balances leave both open, the document is LIKE a known one: a person decides. A document is
never called NEW where it can be known, nor SAME where its stretch can be new.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from billing.statements.clusters import NEW, Decision, Loose, Verdict, choose, clusters
from billing.statements.documents import Piece

__all__ = ["Decision", "Loose", "Verdict", "decide"]


def decide(new: Piece, known: Sequence[Piece], ids: Mapping[str, str], loose: Sequence[Loose] = ()) -> list[Decision]:
    """A decision for each document of a piece, in its order.

    `known` are the pieces of this account and day; `ids` tell the row of each id that the bank gave before; `loose` are
    rows that are in no piece.
    """
    found = {place: ids[one.given] for place, one in enumerate(new.documents) if one.given in ids}
    decisions = {place: Decision(Verdict.SAME, key) for place, key in found.items()}
    if len(found) == len(new.documents) or not (known or loose):
        return [decisions.get(place, NEW) for place in range(len(new.documents))]
    is_clear = not _may_follow(new, known)
    for cluster in clusters(new, known, found, loose):
        decisions |= choose(cluster, is_clear=is_clear)
    return [decisions.get(place, NEW) for place in range(len(new.documents))]


def _may_follow(new: Piece, known: Sequence[Piece]) -> bool:
    """Whether the piece can lie right after or before a known one where nothing is known yet."""
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
    """Known pieces, by their place, that one after another have just the documents of the new one between its balances:
    then it repeats them, and follows none."""
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
    """Whether some known piece covers what comes right after this one."""
    return any(_continues(piece, other) and not _reaches(other, piece, known) for other in known if other is not piece)


def _comes_after(piece: Piece, known: Sequence[Piece]) -> bool:
    return any(
        _continues_back(piece, other) and not _reaches(piece, other, known) for other in known if other is not piece
    )


def _continues(piece: Piece, other: Piece) -> bool:
    """The other begins in this piece or at its end, and goes beyond; or holds it and does not end with it."""
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
    """Whether pieces that abut lead from one to the other: then a balance came back, and nothing is sure."""
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
