"""Half-open periods in queries: the first day is included, the end is not."""

from datetime import date, datetime, timedelta

import pytest

from sipcabinet.lib import validity
from sipcabinet.lib.clock import MINSK
from subscribers.models import ServiceAssignment, VatRate
from subscribers.tests.factories import ServiceAssignmentFactory, VatRateFactory

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "last", "holds"),
    [
        (OCTOBER - DAY, None, False),
        (OCTOBER, None, True),
        (NOVEMBER - DAY, None, True),
        (NOVEMBER, None, False),
        (OCTOBER - DAY, OCTOBER - DAY, False),
        (OCTOBER - DAY, OCTOBER, True),
        (NOVEMBER, NOVEMBER + DAY, False),
    ],
)
def test_a_rate_holds_on_its_days(day: date, last: date | None, holds: bool) -> None:
    VatRateFactory.create(valid_from=OCTOBER, valid_until=NOVEMBER)
    assert VatRate.objects.filter(validity.in_force(day, last)).exists() is holds


def test_without_an_end_it_goes_on() -> None:
    VatRateFactory.create(valid_from=OCTOBER)
    assert VatRate.objects.filter(validity.in_force(date(2099, 1, 1))).exists()
    assert not VatRate.objects.filter(validity.in_force(OCTOBER - DAY)).exists()


def test_what_a_subscriber_has_at_a_moment() -> None:
    began, ended = datetime(2026, 10, 1, 12, tzinfo=MINSK), datetime(2026, 10, 2, 12, tzinfo=MINSK)
    ServiceAssignmentFactory.create(started_at=began, ended_at=ended)
    second = timedelta(seconds=1)
    moments = (began - second, began, ended - second, ended)
    assert [ServiceAssignment.objects.filter(validity.had_at(at)).exists() for at in moments] == [
        False,
        True,
        True,
        False,
    ]
