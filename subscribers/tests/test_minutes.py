"""«Остаток бесплатных минут»: from an Allowance, or from the plan while there is no Allowance (3.1, 4.5)."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Account
from sipcabinet.lib.periods import Month
from subscribers.calls.included_minutes import IncludedMinutes
from subscribers.models import Allowance, Subscriber, SubscriberStatus
from subscribers.selectors import minutes
from subscribers.tests.factories import LONG_AGO, NumberFactory, PlanTermsFactory, TariffPlanFactory, TrunkFactory

pytestmark = pytest.mark.usefixtures("today")

NOVEMBER = Month(2026, 11)


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    PlanTermsFactory.create(plan=TariffPlanFactory.create(), included_minutes=300)
    return TrunkFactory.create(account=account)


def left(account: Account, trunk: Subscriber, month: Month = NOVEMBER) -> tuple[int, int] | None:
    found = minutes.of_trunk(account, trunk, month)
    return (found.left, found.granted) if found else None


def test_counted_minutes_of_the_month_are_shown_in_whole_minutes(account: Account, trunk: Subscriber) -> None:
    for month, used in ((date(2026, 11, 1), 61), (date(2026, 10, 1), 18_000)):
        Allowance.objects.create(account=account, trunk=trunk, month=month, granted_seconds=18_000, used_seconds=used)
    assert left(account, trunk) == (298, 300)
    assert left(account, trunk, Month(2026, 10)) == (0, 300)


def test_before_the_first_call_all_included_minutes_are_left(account: Account, trunk: Subscriber) -> None:
    assert left(account, trunk) == (300, 300)


@pytest.mark.parametrize(
    "connected_at",
    [
        LONG_AGO,
        datetime(2026, 10, 31, 20, 59, tzinfo=UTC),  # still October in Minsk
        datetime(2026, 10, 31, 21, 0, tzinfo=UTC),  # November in Minsk
        datetime(2026, 11, 16, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 20, 59, tzinfo=UTC),
    ],
)
def test_included_minutes_are_what_the_first_call_will_be_counted_against(
    account: Account, trunk: Subscriber, connected_at: datetime
) -> None:
    PlanTermsFactory.create(
        plan=TariffPlanFactory.create(code="new"), included_minutes=77, valid_from=date(2026, 11, 10)
    )
    for plan in ("sip-trunk", "new"):
        Subscriber.objects.filter(pk=trunk.pk).update(
            connected_at=connected_at, plan=TariffPlanFactory.create(code=plan).pk
        )
        trunk.refresh_from_db()
        granted = IncludedMinutes.of([trunk.pk]).seconds(trunk, NOVEMBER) // 60
        assert left(account, trunk) == (granted, granted)


def test_a_number_has_none_of_its_own(account: Account, trunk: Subscriber) -> None:
    assert left(account, NumberFactory.create(trunk=trunk)) is None


def test_the_home_page_shows_connected_trunks_that_have_minutes(account: Account, trunk: Subscriber) -> None:
    TrunkFactory.create(account=account, plan=TariffPlanFactory.create(code="bare"))
    TrunkFactory.create(account=account, status=SubscriberStatus.CLOSED, closed_at=LONG_AGO)
    TrunkFactory.create()
    assert [found.trunk_id for found in minutes.of_trunks(account, NOVEMBER, 9)] == [trunk.pk]


def test_little_left_is_marked(account: Account, trunk: Subscriber) -> None:
    row = Allowance.objects.create(
        account=account, trunk=trunk, month=date(2026, 11, 1), granted_seconds=18_000, used_seconds=16_200
    )
    marks = []
    for used in (16_200, 16_201):
        Allowance.objects.filter(pk=row.pk).update(used_seconds=used)
        found = minutes.of_trunk(account, trunk, NOVEMBER)
        assert found
        marks.append(found.nearly_gone)
    assert marks == [False, True]
