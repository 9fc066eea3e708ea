"""Restriction and barring on the switch: free and emergency numbers stay open (4.8)."""

import pytest

from sipcabinet.demo.price_list import DESTINATIONS
from sipcabinet.tests.kamailio.switch import NUMBER, PHONE, Switch, add, tell
from subscribers.catalogue.services import ServiceCode
from subscribers.models import Rate, Subscriber
from subscribers.services import restrictions
from subscribers.switch.backends import kamailio

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

SAMPLES = {"375800": "+375800" + "1234567", "375801": "+375801" + "1234567", "1": "150"}


def free_numbers() -> list[str]:
    """One number of each free destination in the price list."""
    prefixes = [prefix for one in DESTINATIONS if one.free for prefix in one.prefixes]
    assert len(prefixes) > 5
    return [SAMPLES.get(prefix.removeprefix("+"), prefix) for prefix in prefixes]


PAID = ("+375297010101", "+375172700001", "+74951234567", "+12025550123", "+11", "1020", "11", "+375902123456")


@pytest.mark.parametrize("how", ["restricted", ServiceCode.BAR_OUTGOING])
def test_free_and_emergency_numbers_are_never_barred(how: str, switch: Switch, number: Subscriber) -> None:
    tell(number)
    assert all(switch.may_call(NUMBER, called) for called in (*free_numbers(), *PAID))
    if how == "restricted":
        restrictions.restrict(subscriber=number)
    else:
        add(number, how)
    tell(number)
    assert [called for called in free_numbers() if not switch.may_call(NUMBER, called)] == []
    assert [called for called in PAID if switch.may_call(NUMBER, called)] == []


def test_without_the_open_numbers_they_would_be(
    switch: Switch, number: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kamailio, "_keep_open", lambda _switch, _numbers: None)
    restrictions.restrict(subscriber=number)
    tell(number)
    assert not switch.may_call(NUMBER, "112")


def test_emergency_numbers_are_open_whatever_the_price_list_says(switch: Switch, trunk: Subscriber) -> None:
    Rate.objects.all().delete()
    restrictions.restrict(subscriber=trunk)
    tell(trunk)
    assert all(switch.may_call(PHONE, called) for called in ("101", "102", "103", "104", "112"))


def test_international_calls_alone_are_barred(switch: Switch, number: Subscriber) -> None:
    add(number, ServiceCode.BAR_INTERNATIONAL)
    tell(number)
    assert switch.may_call(NUMBER, "+375297010101")
    assert not switch.may_call(NUMBER, "+74951234567")


def test_a_lifted_restriction_goes(switch: Switch, number: Subscriber) -> None:
    restrictions.restrict(subscriber=number)
    tell(number)
    assert switch.groups(NUMBER) == {"outgoing-restricted"}
    restrictions.lift(subscriber=number)
    tell(number)
    assert switch.groups(NUMBER) == set()
