"""Keyset pages on a real table: every row once, forwards and backwards, and invalid tokens."""

import base64
import json

import pytest

from accounts.models import Customer
from accounts.tests.factories import CustomerFactory
from sipcabinet.lib import keyset

pytestmark = pytest.mark.django_db
ORDER = ["name", "id"]


@pytest.fixture
def customers() -> list[int]:
    """Seven rows, five of them with the same name, so that a page ends between rows with equal names."""
    names = ["А", "Б", "Б", "Б", "Б", "Б", "В"]
    return [CustomerFactory.create(name=name).pk for name in names]


def ids(page: keyset.Page[Customer]) -> list[int]:
    return [row.pk for row in page.rows]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize("down", [False, True])
def test_every_row_is_seen_once_and_the_way_back_is_the_same(customers: list[int], size: int, down: bool) -> None:
    order = ["-name", "-id"] if down else ORDER
    page = keyset.page(Customer.objects.all(), order=order, size=size)
    assert not page.back
    pages = [page]
    while page.onward:
        page = keyset.page(Customer.objects.all(), order=order, size=size, onward=page.onward)
        pages.append(page)
    assert [pk for page in pages for pk in ids(page)] == (customers[::-1] if down else customers)
    for former in pages[-2::-1]:
        page = keyset.page(Customer.objects.all(), order=order, size=size, back=page.back)
        assert page == former


@pytest.mark.parametrize("down", [False, True])
def test_a_listing_gives_the_pages_of_its_query(customers: list[int], down: bool) -> None:
    order = ["-name", "-id"] if down else ORDER
    listing: keyset.Listing[Customer] = keyset.Listing(
        Customer, lambda name: Customer.objects.exclude(name=name), 1, order=order
    )
    rows = Customer.objects.exclude(name="А")
    tokens = {"onward": "", "back": ""}
    for way in ("onward", "onward", "back", "back"):
        page = listing.page("А", size=2, **tokens)
        assert page == keyset.page(rows, order=order, size=2, **tokens)
        tokens = {"onward": "", "back": "", way: getattr(page, way)}
    assert ids(listing.page("Б", size=3)) == [
        pk for pk in (customers[::-1] if down else customers) if pk in _named("А", "В")
    ]


def _named(*names: str) -> set[int]:
    return set(Customer.objects.filter(name__in=names).values_list("pk", flat=True))


def test_going_back_to_less_than_a_page_shows_the_whole_first_one(customers: list[int]) -> None:
    second = keyset.page(Customer.objects.all(), order=ORDER, size=3, onward=_after(customers[0]))
    assert ids(second) == customers[1:4]
    assert ids(keyset.page(Customer.objects.all(), order=ORDER, size=3, back=second.back)) == customers[:3]


def test_rows_that_vanished_lead_to_the_first_page(customers: list[int]) -> None:
    onward = keyset.page(Customer.objects.all(), order=ORDER, size=6).onward
    left = Customer.objects.exclude(pk=customers[-1])
    page = keyset.page(left, order=ORDER, size=6, onward=onward)
    assert (ids(page), page.back) == (customers[:6], "")


def test_rows_may_be_dictionaries(customers: list[int]) -> None:
    rows = Customer.objects.values("id", "name")
    page = keyset.page(rows, order=ORDER, size=3)
    following = keyset.page(rows, order=ORDER, size=3, onward=page.onward)
    assert [row["id"] for row in page.rows + following.rows] == customers[:6]


def _token(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _after(pk: int) -> str:
    return _token([Customer.objects.get(pk=pk).name, pk])


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "%%%", "я", "a" * 5000, _token({}), _token([]), _token(["Б"]), _token(["Б", "x"]), _token([None, 1]),
        _token(["\0", 1]), _token([["Б"], 1]), _token(["Б", 1, 2]), _token("Б"), _token(["Б", "\0"]),
        _token(["\ud800", 1]), _token(["Б", "1\udfff"]), _token([1.5, 1]), "W" * 300,
    ],
)  # fmt: skip
def test_a_token_that_is_nobody_s_leads_to_the_first_page(customers: list[int], token: str) -> None:
    for tokens in ({"onward": token}, {"back": token}):
        assert ids(keyset.page(Customer.objects.all(), order=ORDER, size=3, **tokens)) == customers[:3]


def test_an_id_beyond_every_id_is_no_fault(customers: list[int]) -> None:
    page = keyset.page(Customer.objects.all(), order=ORDER, size=3, onward=_token(["Б", 10**30]))
    assert ids(page) == customers[6:]
