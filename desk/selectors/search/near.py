"""Words of names that differ from the typed ones by mistakes of typing (4.1)."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import QuerySet, Value

from accounts.models import NameWord

LEAST = 0.3  # share of the typed word's trigrams that a near word must have; its mistakes are counted afterwards
CANDIDATES = 40  # words beside each typed one
MOST_WORDS = 6
Near = list[list[str]]  # for each typed word, the words that may be meant


def words(typed: list[str]) -> Near:
    """For each typed word the nearest words that stand in names, those that are equally near; an empty list if one of
    the typed words is near to none, or nothing is mistyped. One query; call it while LEAST is the threshold of word
    similarity."""
    searched = typed[:MOST_WORDS]
    first, *others = [_candidates(word) for word in searched]
    known: dict[str, list[str]] = defaultdict(list)
    for word, other in first.union(*others, all=True) if others else first:
        known[word].append(other)
    found = [_nearest(word, known[word]) for word in searched]
    return found if all(found) else []


def _candidates(word: str) -> QuerySet[NameWord, tuple[str, str]]:
    rows = NameWord.objects.filter(word__trigram_word_similar=word)
    near = rows.annotate(typed=Value(word), near=TrigramWordSimilarity(word, "word")).order_by("-near", "word")
    return near.values_list("typed", "word")[:CANDIDATES]


def _nearest(word: str, others: Iterable[str]) -> list[str]:
    """The words, or beginnings of words, with the fewest mistakes; a whole word before a beginning."""
    counted: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for other in others:
        counted[distance(word, other), False].append(other)
        beginnings = {other[:size] for size in range(len(word) - 1, len(word) + 2) if 2 < size < len(other)}
        for beginning in beginnings:
            counted[distance(word, beginning), True].append(beginning)
    best = min(counted, default=(9, True))
    return sorted(set(counted[best])) if best[0] <= mistakes_allowed(word) else []


def mistakes_allowed(word: str) -> int:
    """How many letters of a word may be wrong, missing, added or swapped."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2


def distance(one: str, other: str) -> int:
    """How many letters must be changed, added, removed or swapped with the next one to make `other` of `one`."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        now = [row]
        for column, letter in enumerate(other, 1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (sign != letter))
            if row > 1 and column > 1 and sign == other[column - 2] and one[row - 2] == letter:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]
