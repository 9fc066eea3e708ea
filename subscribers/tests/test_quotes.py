"""The price of one call, as staff are told it, is what an imported call costs (4.3, 4.5)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sipcabinet.lib import clock
from subscribers.calls import quotes
from subscribers.calls.matching import Matcher
from subscribers.calls.quotes import QuoteError
from subscribers.cdr.numbers import normalise
from subscribers.models import Destination, Rate
from subscribers.tests.factories import TrunkFactory
from subscribers.tests.price_list import load_price_list

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _list(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")
    load_price_list()


def test_the_price_is_that_of_an_imported_call() -> None:
    Rate.objects.create(
        destination=Destination.objects.get(code="neighbours"), prefix="4822", price_per_minute="0.51",
        first_increment=30, next_increment=6, valid_from=date(2020, 1, 1),
    )  # fmt: skip
    TrunkFactory.create(phone="+375297000001")
    matcher = Matcher.load()
    called = ["+48221234567", "+37060012345", "112", "8 801 100-00-00", "+375 33 300-00-01", "80172001122"]
    called += ["+375 29 700-00-01", "+375 44 711-20-30", "+7 495 123-45-67", "+1 212 555 01 00", "00 49 30 123456"]
    for number in called:
        for talked in (1, 30, 59, 60, 61, 200, 3599):
            found = quotes.quote(called=number, talked=talked, moment=clock.now())
            of = normalise(number).value
            ours = matcher.numbers.find(of, clock.now()) is not None
            priced = matcher.by_list(of, clock.now(), ours=ours, answered=True, talked=talked)
            assert priced is not None
            assert (found.destination.pk, found.rate.micro_per_minute, found.billed) == priced
            _place, price, seconds = priced
            exact = Decimal(price) * seconds / 60 / 1_000_000
            assert abs(found.cost - exact) <= Decimal("0.0000005")


@pytest.mark.parametrize("called", ["205", "*43", "anonymous", "Минск", "375"])
def test_what_is_no_number_has_no_price(called: str) -> None:
    with pytest.raises(QuoteError, match="целиком"):
        quotes.quote(called=called, talked=60, moment=clock.now())


def test_a_number_without_a_rate_has_no_price() -> None:
    with pytest.raises(QuoteError, match="нет тарифа"):
        quotes.quote(called="+375 902 000-00-01", talked=60, moment=clock.now())
