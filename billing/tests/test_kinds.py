"""Every kind of documents that may be ordered has its module, its letter and its link to order again."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from billing import kinds
from billing.models import OrderKind

LETTERS = Path(settings.BASE_DIR) / "templates/letters"


def missing(known: dict[str, kinds.DocumentKind]) -> list[str]:
    """Messages that name what has to be added or removed."""
    lacking = [f"{kind!r} of OrderKind is not in KINDS (billing/kinds/__init__.py)" for kind in {*OrderKind} - {*known}]
    unknown = [f"{kind!r} of KINDS is not in OrderKind (billing/models/order.py)" for kind in {*known} - {*OrderKind}]
    return sorted(lacking + unknown)


def test_every_kind_that_may_be_ordered_is_made() -> None:
    assert missing(kinds.KINDS) == []


def test_a_forgotten_kind_is_named() -> None:
    known = {kind: found for kind, found in kinds.KINDS.items() if kind != OrderKind.INVOICE}
    assert missing({**known, "odd": kinds.KINDS["invoice"]}) == [
        "'odd' of KINDS is not in OrderKind (billing/models/order.py)",
        "OrderKind.INVOICE of OrderKind is not in KINDS (billing/kinds/__init__.py)",
    ]


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_its_letter_has_a_folder_and_its_way_back_a_page(kind: str) -> None:
    found = kinds.KINDS[kind]
    names = {path.name for path in (LETTERS / found.letter).iterdir()}
    assert {"subject.txt", "body.txt", "body.html"} <= names
    again = found.again()
    assert again is None or reverse(again[1])


def test_each_kind_has_a_letter_of_its_own() -> None:
    assert len({kind.letter for kind in kinds.KINDS.values()}) == len(kinds.KINDS)
