"""Groups new documents with the imported rows that they may be (clusters), and chooses among the rows (4.6). Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from billing.statements.documents import BankDocument, Likeness, Piece, likeness
from billing.statements.matching import Index, match
from billing.statements.overlap import Relation, relate


class DocumentVerdict(StrEnum):
    NEW = "new"
    SAME = "same"
    LIKE = "like"


@dataclass(frozen=True, slots=True)
class Decision:
    """`key` is the key of the imported row, empty for NEW; `is_exact` False: the document may be another row as
    well."""

    verdict: DocumentVerdict
    key: str = ""
    is_exact: bool = True


NEW = Decision(DocumentVerdict.NEW)


@dataclass(frozen=True, slots=True)
class Loose:
    """A row of an earlier release, which stored no lines; `is_covered`: the new piece covers the row's stretch."""

    document: BankDocument
    is_covered: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many of one imported piece's rows are among the documents: at least and at most. `rows`: the likest first."""

    least: int
    most: int
    rows: Sequence[BankDocument]


@dataclass(frozen=True, slots=True)
class Cluster:
    """New documents, and the imported rows that they may be. None of them matches anything outside the cluster.

    `documents`: by their place in the new piece. `rows`: by their keys. `counts`: how many of the rows are among the
    documents. `apart`: keys of rows that are certainly not among the documents, such as the rows of an imported piece
    that shares nothing with the new piece.
    """

    documents: Mapping[int, BankDocument]
    rows: Mapping[str, Sequence[BankDocument]]  # as each file reported the row
    counts: Sequence[Count]
    apart: set[str]


def clusters(new: Piece, known: Sequence[Piece], found: Mapping[int, str], loose: Sequence[Loose]) -> Iterator[Cluster]:
    """The clusters of a piece; `found`: places whose documents the bank's id identifies, with the keys of their
    rows."""
    origins = {one.key: one.origin for piece in known for one in piece.documents}
    relations = [(piece, relate(piece, new, found, origins, known)) for piece in known]
    out = set(found.values())
    apart = {one.key for piece, relation in relations if not relation.pairs for one in piece.documents if one.is_exact}
    met = [piece for piece, relation in relations if relation.pairs]
    rows: dict[str, list[BankDocument]] = {}
    for one in [*(one for piece in met for one in piece.documents), *(row.document for row in loose)]:
        if one.key not in out:
            rows.setdefault(one.key, []).append(one)
    for places, keys in _parts(new, rows, found):
        counts = [count for piece, relation in relations if (count := _count(new, piece, relation, places, keys))]
        documents = {place: new.documents[place] for place in sorted(places)}
        counts += [_loose_count(row, documents) for row in loose if row.document.key in keys]
        absent = {row.key for count in counts if not count.most for row in count.rows if row.is_exact}
        yield Cluster(documents, {key: rows[key] for key in sorted(keys)}, counts, apart | absent)


def _parts(
    new: Piece, rows: Mapping[str, Sequence[BankDocument]], found: Mapping[int, str]
) -> Iterator[tuple[set[int], set[str]]]:
    """Connected parts of the graph of possible matches; parts without an edge are left out."""
    index = Index((key, told) for key, row in rows.items() for told in row)
    edges = {
        place: {key for key in index.near(one) if _near(one, rows[key])}
        for place, one in enumerate(new.documents)
        if place not in found
    }
    parts: list[tuple[set[int], set[str]]] = []
    for place, keys in edges.items():
        if not keys:
            continue
        touching = [part for part in parts if part[1] & keys]
        parts = [part for part in parts if not part[1] & keys]
        parts.append(({place}.union(*(part[0] for part in touching)), keys.union(*(part[1] for part in touching))))
    yield from parts


def _near(one: BankDocument, row: Sequence[BankDocument]) -> Likeness:
    """The greatest likeness of a document to the reports of a row."""
    return max(likeness(one, told) for told in row)


def _count(new: Piece, piece: Piece, relation: Relation, places: set[int], keys: set[str]) -> Count | None:
    """What an imported piece shares with a cluster. Pairs that are not shared may belong to other clusters."""
    pairs = [relation.by_place[place] for place in places if place in relation.by_place]
    if not pairs:
        return None
    amount = pairs[0].amount
    strong = sum(1 for pair in pairs if pair.likeness > Likeness.WEAK)
    least = max(0, strong - (relation.most or {}).get(amount, 0))
    most = min(len(pairs), relation.by_amount[amount] - (relation.fewest or {}).get(amount, 0))
    first = new.documents[pairs[0].place]
    told = (piece.told[key] for key in keys if key in piece.told)
    rows = sorted(told, key=lambda row: (-likeness(first, row), row.key))
    return Count(least, most, rows)


def _loose_count(row: Loose, documents: Mapping[int, BankDocument]) -> Count:
    is_strong = all(likeness(one, row.document) > Likeness.WEAK for one in documents.values())
    return Count(int(row.is_covered and is_strong), 1, [row.document])


def choose(cluster: Cluster, *, is_clear: bool) -> dict[int, Decision]:
    """Decisions for those documents of a cluster that are not surely new. With `is_clear` False the new piece may lie
    on a new stretch, so no document is surely the same."""
    are_twins = len({one.content for one in cluster.documents.values()}) == 1
    found = (_choose_of_twins if are_twins else _choose_of_many)(cluster, is_clear=is_clear)
    return {place: replace(decision, is_exact=_is_exact(cluster, place, decision)) for place, decision in found.items()}


def _is_exact(cluster: Cluster, place: int, decision: Decision) -> bool:
    """Whether the row has the same content as the document, or no row with other content could be it."""
    one = cluster.documents[place]
    others = {told.content for row in cluster.rows.values() for told in row if likeness(one, told)}
    return others <= {one.content} or len(others) == 1


def _choose_of_twins(cluster: Cluster, *, is_clear: bool) -> dict[int, Decision]:
    """All documents have the same content, so only their count matters."""
    counts = sorted(cluster.counts, key=lambda count: len(count.rows))
    least = _union(counts, cluster.apart, at_most=False) if is_clear else []
    most = _union(counts, cluster.apart, at_most=True)
    shown = [*least, *(key for key in most if key not in least), *cluster.rows]
    known = max(len(least), len(most), *(count.most for count in counts)) if counts else 0
    decisions = {}
    for number, place in enumerate(list(cluster.documents)[:known]):
        key = shown[min(number, len(shown) - 1)]
        decisions[place] = Decision(DocumentVerdict.SAME if number < len(least) else DocumentVerdict.LIKE, key)
    return decisions


def _union(counts: Iterable[Count], apart: set[str], *, at_most: bool) -> list[str]:
    """The rows that are surely among the documents, as few as possible; with `at_most`, as many as possible."""
    chosen: list[str] = []
    origins: set[str] = set()
    for count in counts:
        near = (row for row in count.rows if row.key not in apart)
        rows = sorted(near, key=lambda row: (row.key in chosen) is at_most)
        for row in rows[: count.most if at_most else count.least]:
            if row.key not in chosen and (at_most or row.origin not in origins):
                chosen.append(row.key)
                origins.add(row.origin)
    return chosen


def _choose_of_many(cluster: Cluster, *, is_clear: bool) -> dict[int, Decision]:
    """Documents differ, but a format left out what distinguishes them. Rows that are surely present are matched with
    the likest document; a match that could be swapped with a new document becomes LIKE."""
    sure = set[str]().union(*(
        [row.key for row in count.rows] for count in cluster.counts if count.least == len(count.rows)
    ))  # fmt: skip
    are_all_known = any(count.least == len(cluster.documents) for count in cluster.counts)
    told = Counter(row.key for count in cluster.counts for row in count.rows)
    keys = sorted(cluster.rows if are_all_known else sure, key=lambda key: (key in cluster.apart, -told[key], key))
    pairs = _matched(cluster, keys)
    decisions = {}
    for place, key in pairs.items():
        is_same = (
            is_clear and key not in cluster.apart and _near(cluster.documents[place], cluster.rows[key]) > Likeness.WEAK
        )
        decisions[place] = Decision(DocumentVerdict.SAME if is_same else DocumentVerdict.LIKE, key)
    left = [place for place in cluster.documents if place not in pairs]
    for place in left:
        near = [key for key, row in cluster.rows.items() if _near(cluster.documents[place], row)]
        swapped = [one for one, key in pairs.items() if key in near and not _says_the_same(cluster, one, place)]
        if swapped or are_all_known or set(near) - set(pairs.values()):
            decisions[place] = Decision(DocumentVerdict.LIKE, near[0])
            decisions |= {one: Decision(DocumentVerdict.LIKE, pairs[one]) for one in swapped}
    return decisions


def _says_the_same(cluster: Cluster, one: int, other: int) -> bool:
    return cluster.documents[one].content == cluster.documents[other].content


def _matched(cluster: Cluster, keys: Sequence[str]) -> dict[int, str]:
    edges = {}
    for place, one in cluster.documents.items():
        found = [(_near(one, cluster.rows[key]), index) for index, key in enumerate(keys)]
        edges[place] = sorted((edge for edge in found if edge[0]), key=lambda edge: -edge[0])
    return {place: keys[index] for index, place in match(edges).items()}
