"""Which documents of a file are imported already: the deciding code alone, case by case and over generated days
(4.6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.statements import clusters, identity, overlap
from billing.statements.documents import BankDocument, Likeness, Piece, document_of, likeness, pieces
from billing.statements.identity import DocumentVerdict, Loose, decide
from billing.tests import days
from billing.tests.days import DAY, Result

NEW, SAME, LIKE = DocumentVerdict.NEW, DocumentVerdict.SAME, DocumentVerdict.LIKE


def doc(amount: int = 15, account: str = "17", *, family: str = "1c", given: str = "", **told: Any) -> BankDocument:
    said = {"number": "1", "payer": "BY10", "purpose": f"ЕРИП, л/с 4001000{account}", **told}
    return document_of(day=DAY, amount=Decimal(amount), given=given, family=family, **said)


def piece(opening: int, *documents: BankDocument, **told: bool) -> Piece:
    total = sum(one.amount for one in documents)
    return Piece(DAY, opening * 100, opening * 100 + total, documents, **told)


def known(opening: int, *documents: BankDocument, keys: str = "abcdefgh", **told: bool) -> Piece:
    return piece(opening, *(replace(one, key=key) for one, key in zip(documents, keys, strict=False)), **told)


def verdicts(new: Piece, *before: Piece, ids: dict[str, str] | None = None) -> list[DocumentVerdict]:
    return [decision.verdict for decision in decide(new, before, ids or {})]


X, Y, BACK = doc(), doc(account="25"), doc(-15, "99", purpose="Комиссия")


@pytest.mark.parametrize(
    ("new", "before", "expected"),
    [
        # The same bank, day, sum, number and payer: the purpose distinguishes them, not the order in the file.
        (piece(100, Y, X), [known(100, X)], [NEW, SAME]),
        # A file that follows the first one covers a new stretch, even if its documents look the same.
        (piece(115, X), [known(100, X)], [NEW]),
        (piece(85, X), [known(100, X)], [NEW]),
        # The same stretch again, in any order.
        (piece(100, X, Y), [known(100, Y, X)], [SAME, SAME]),
        # A file that covers more brings the documents beyond the imported count.
        (piece(100, X, X, Y), [known(100, X)], [SAME, NEW, NEW]),
        (piece(100, X, X), [known(100, X, keys="a"), known(115, X, keys="b")], [SAME, SAME]),
        (piece(100, X, X, X), [known(100, X, keys="a"), known(115, X, keys="b")], [SAME, SAME, NEW]),
        (piece(115, X, X), [known(100, X, X)], [LIKE, NEW]),
        # The balance returned to its value: the document is the imported one, or a later one like it.
        (piece(100, X), [known(100, X, keys="a"), known(115, BACK, keys="b")], [LIKE]),
        (piece(100, X), [known(100, X, BACK)], [LIKE]),
        # The file of both stretches has exactly their documents.
        (piece(100, BACK, X), [known(100, X, keys="a"), known(115, BACK, keys="b")], [SAME, SAME]),
        # A stretch elsewhere in the day.
        (piece(300, X), [known(100, X)], [NEW]),
        # Both start at the same balance, but neither begins with the other: the order cannot be decided.
        (piece(100, X, Y), [known(100, X, doc(7, "33"))], [LIKE, NEW]),
    ],
)
def test_the_stretch_decides(new: Piece, before: Sequence[Piece], expected: list[DocumentVerdict]) -> None:
    assert verdicts(new, *before) == expected


def test_several_documents_that_differ_tell_where_a_file_begins() -> None:
    """The end of the first file is the beginning of the second."""
    shared = [X, Y, doc(20, "33")]
    before = known(100, doc(7), *shared)
    new = piece(107, *shared, doc(9))
    assert verdicts(new, before) == [SAME, SAME, SAME, NEW]


def test_the_bank_s_ids_come_before_everything() -> None:
    one, two = doc(given="bank:1"), doc(given="bank:2")
    before = known(100, replace(one, family="camt053"))
    assert verdicts(piece(300, one), before, ids={"bank:1": "a"}) == [SAME]
    same_format = replace(before, documents=[replace(before.documents[0], family="1c")])
    assert verdicts(piece(100, two), same_format, ids={"bank:1": "a"}) == [NEW]
    assert verdicts(piece(100, two), before, ids={"bank:1": "a"}) == [SAME]  # another format has different ids


def test_a_file_that_covers_the_whole_day_knows_all_of_it() -> None:
    whole = piece(0, X, X, Y, starts=True, ends=True)
    assert verdicts(whole, known(500, X)) == [SAME, NEW, NEW]
    assert verdicts(piece(700, X), known(0, X, Y, starts=True, ends=True)) == [SAME]


def test_a_row_of_an_earlier_release_is_known_where_its_stretch_is_covered() -> None:
    row = replace(X, key="old")
    assert [one.verdict for one in decide(piece(100, Y, X), [], {}, [Loose(row, is_covered=True)])] == [NEW, SAME]
    assert [one.verdict for one in decide(piece(100, Y, X), [], {}, [Loose(row, is_covered=False)])] == [NEW, LIKE]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (doc(family="camt053"), Likeness.EQUAL),
        (doc(family="camt053", number=""), Likeness.LIKE),
        (doc(family="camt053", payer=""), Likeness.LIKE),
        (doc(family="camt053", number="7"), Likeness.NONE),
        (doc(family="camt053", purpose="OTHR 1226 ЕРИП; л/с 400100017"), Likeness.LIKE),
        (doc(family="camt053", purpose="Оплата за связь"), Likeness.WEAK),
        (doc(family="camt053", purpose="ЕРИП, л/с 4001000175"), Likeness.WEAK),  # the match would cut a number in two
        (doc(purpose="ЕРИП, л/с 400100025"), Likeness.NONE),
        (doc(purpose="ЕРИП, л/с 400100017, за ноябрь"), Likeness.WEAK),
        (doc(family="camt053", number="", payer="", purpose=""), Likeness.WEAK),
        (doc(16, family="camt053"), Likeness.NONE),
    ],
)
def test_how_alike_documents_are(other: BankDocument, expected: Likeness) -> None:
    assert likeness(X, other) == likeness(other, X) == expected


def test_a_file_of_several_days_has_a_piece_for_each() -> None:
    next_day = DAY.replace(day=10)
    made = pieces([X, replace(Y, day=next_day)], opening=10_000, first_day=DAY.replace(day=8), last_day=None)
    assert [(one.opening, one.closing, one.starts, one.ends) for one in made.values()] == [
        (10_000, 11_500, True, True),
        (11_500, 13_000, True, False),
    ]


# --- Any order and split of a day's statements, in any mixture of formats, with ids and without -----------------------
@settings(max_examples=120, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_each_document_of_a_day_counts_once(random: Random) -> None:
    found = days.result(days.made(random))
    assert (found.lost, found.twice) == (0, 0)


def over(seeds: range) -> Result:
    total = Result()
    for seed in seeds:
        total.add(days.result(days.made(Random(seed))))
    return total


def test_over_made_days_nothing_is_lost_nor_booked_twice() -> None:
    found = over(range(200))
    assert (found.lost, found.twice) == (0, 0)
    assert found.documents > 1_000


def test_what_one_file_excludes_no_other_makes_sure() -> None:
    """A day of +15, -15, +15 in overlapping files of three formats: a case found by the bench."""
    assert days.result(days.made(Random(5039))).lost == 0


@pytest.mark.full
def test_over_many_made_days_nothing_is_lost_nor_booked_twice() -> None:
    """`bin/bench statement_days` checks more of such days."""
    found = over(range(200, 4_000))
    assert (found.lost, found.twice) == (0, 0)


def test_a_row_that_waits_may_be_another_s_repetition_or_a_document_of_its_own() -> None:
    """So a file that has both rows proves nothing: the second document waits again, and is not lost."""
    first, again = known(100, X, keys="a"), known(100, X, keys="c")
    doubtful = replace(again, documents=[replace(again.documents[0], like="a")])
    assert verdicts(piece(100, X, X), first, doubtful) == [SAME, LIKE]


# --- Without a guard -------------------------------------------------------------------------------------------------
def only_content(patch: pytest.MonkeyPatch) -> None:
    """Removes the check of balances: documents with the same content are the same."""
    patch.setattr(overlap, "_ways", lambda _known, _new, _pairs, _free: [Counter()])
    patch.setattr(overlap, "_is_firm", lambda *_told: True)
    patch.setattr(identity, "_may_follow", lambda *_told: False)


def only_stretches_apart(patch: pytest.MonkeyPatch) -> None:
    """Removes the comparison of stretches: a file without the bank's ids always brings new documents."""
    patch.setattr(clusters, "relate", lambda *_told: overlap.APART)


def a_balance_that_came_back_is_sure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "_may_follow", lambda *_told: False)


def a_sum_is_enough(patch: pytest.MonkeyPatch) -> None:
    """A document is accepted in a stretch if any order of the stretch has matching balances."""
    patch.setattr(overlap, "_is_firm", lambda *_told: True)


FAULTS = [
    (only_content, piece(115, X), [known(100, X)], [NEW], [SAME]),
    (only_stretches_apart, piece(100, Y, X), [known(100, X)], [NEW, SAME], [NEW, NEW]),
    (
        a_balance_that_came_back_is_sure,
        piece(100, X),
        [known(100, X, keys="a"), known(115, BACK, keys="b")],
        [LIKE],
        [SAME],
    ),
    (a_sum_is_enough, piece(0, doc(10), doc(-30), X), [known(10, X)], [NEW, NEW, LIKE], [NEW, NEW, SAME]),
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case[0].__name__)
def test_without_a_guard_a_document_is_lost_or_booked_twice(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fault, new, before, expected, without = case
    assert verdicts(new, *before) == expected
    fault(monkeypatch)
    assert verdicts(new, *before) == without
