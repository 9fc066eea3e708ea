"""Two checks, and two buttons, at the same moment: one letter, one bar, one lift (16.6)."""

from decimal import Decimal

import pytest

from accounts.actor import Actor
from notifications.models import Letter
from sipcabinet.tests.at_once import at_once
from subscribers.models import BarCause, LimitCrossing, LimitOwner, ProvisioningJob, Subscriber, TrunkBar, TrunkLimit
from subscribers.selectors.limits import Usage
from subscribers.services import limit_checks, limits
from subscribers.services.limits import LimitError
from subscribers.tests.factories import TrunkFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
MANY = 4


@pytest.fixture
def trunk() -> Subscriber:
    return TrunkFactory.create()


def limit(trunk: Subscriber, amount: int) -> TrunkLimit | None:
    amounts = {"day_cost": Decimal(amount)}
    return limits.set_limits(trunk=trunk, owner=LimitOwner.CUSTOMER, amounts=amounts, by=Actor())


def lifted(trunk: Subscriber) -> bool:
    try:
        limits.lift(trunk=trunk, cause=BarCause.CUSTOMER, by=Actor())
    except LimitError:
        return False
    return True


def test_many_checks_write_once_and_one_press_lifts(trunk: Subscriber) -> None:
    limit(trunk, 1)
    at_once([lambda: limit_checks.settle(trunk_id=trunk.pk, usage=Usage(Decimal(2), Decimal(2)))] * MANY)
    assert (Letter.objects.count(), TrunkBar.objects.count(), LimitCrossing.objects.count()) == (1, 1, 3)
    assert ProvisioningJob.objects.count() == 1
    assert sum(at_once([lambda: lifted(trunk)] * MANY)) == 1


def test_the_same_limit_pressed_many_times_is_one(trunk: Subscriber) -> None:
    at_once([lambda: limit(trunk, 5)] * MANY)
    assert TrunkLimit.objects.count() == 1
