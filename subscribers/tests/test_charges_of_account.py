"""Charges of a whole account equal those on each subscriber's page, in as many queries as for one subscriber (4.7)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.tests.moments import minsk
from sipcabinet.tests.planted import planted
from subscribers.charges import ChargeKind, PriceMissingError
from subscribers.models import PlanTerms, ServicePrice, StaffRestriction, Subscriber, SubscriberStatus, VatRate
from subscribers.selectors import charges, prices
from subscribers.selectors.prices import VatMissingError
from subscribers.tests.factories import (
    CallFactory,
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    MinuteAssignmentFactory,
    NumberFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TariffPlanFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.usefixtures("today", "fees")

OCTOBER = Month(2026, 10)


def fill(trunk: Subscriber, numbers: int) -> None:
    """Numbers with services, channels, minutes and calls, connected and closed on various days."""
    service = ServiceFactory.create(code="black-list", fee="1.00")
    ChannelAssignmentFactory.create(subscriber=trunk, package=ChannelPackageFactory.create(channels=5, fee="6.00"))
    MinuteAssignmentFactory.create(subscriber=trunk, started_at=minsk("2026-10-12 09:00"))
    for serial in range(numbers):
        number = NumberFactory.create(
            trunk=trunk,
            connected_at=minsk("2026-09-20 12:00") + timedelta(days=2 * serial),
            closed_at=minsk("2026-10-25 12:00") if serial % 5 == 0 else None,
            status=SubscriberStatus.CLOSED if serial % 5 == 0 else SubscriberStatus.ACTIVE,
        )
        ServiceAssignmentFactory.create(subscriber=number, service=service, started_at=minsk("2026-10-17 09:00"))
        CallFactory.create(subscriber=number, started_at=minsk("2026-10-18 09:00") + timedelta(hours=serial))


def test_an_account_s_charges_are_those_of_its_subscribers(account: Account, trunk: Subscriber) -> None:
    fill(trunk, 12)
    fill(TrunkFactory.create(), 3)
    found = charges.of_account(account, OCTOBER)
    alone = {row.pk: charges.of_subscriber(account, row, OCTOBER) for row in Subscriber.objects.filter(account=account)}
    assert found == {pk: one for pk, one in alone.items() if one.lines}
    assert len(found) == 13
    assert sum(one.net for one in found.values()) > 0
    own, whole = charges.of_trunk(account, trunk, OCTOBER)
    assert own == alone[trunk.pk]
    assert whole is not None
    assert (whole.net, whole.vat) == (sum(one.net for one in found.values()), sum(one.vat for one in found.values()))


def test_the_day_after_costs_a_day_more(account: Account, trunk: Subscriber, at: Callable[[str], Any]) -> None:
    at("2026-11-22 23:59:59")
    assert charges.of_subscriber(account, trunk, Month(2026, 11)).net == Decimal("8.80")
    at("2026-11-23 00:00:00")
    assert charges.of_subscriber(account, trunk, Month(2026, 11)).net == Decimal("9.20")  # 12 × 23/30


def test_a_suspension_at_the_customer_s_request_lowers_the_plan_s_fee_alone(
    account: Account, trunk: Subscriber
) -> None:
    fill(trunk, 2)
    whole = charges.of_account(account, OCTOBER)
    days = {"started_at": minsk("2026-10-05 00:00"), "lifted_at": minsk("2026-10-15 00:00"), "reason": "-"}
    restriction = StaffRestriction.objects.create(account=account, **days)
    StaffRestriction.objects.create(account=TrunkFactory.create().account, at_request=True, **days)
    PlanTerms.objects.update(suspended_fee_percent=0)
    assert charges.of_account(account, OCTOBER) == whole  # barred for another reason; another account is suspended
    StaffRestriction.objects.filter(pk=restriction.pk).update(at_request=True)
    found = charges.of_account(account, OCTOBER)
    own = {line.kind: line for line in found[trunk.pk].lines}
    assert own[ChargeKind.FEE].net == Decimal("8.13")  # 12.00 × 21 of 31 days
    assert own[ChargeKind.FEE].detail.endswith("приостановлено: 10 дней — без платы")
    others = {line.kind: line for line in whole[trunk.pk].lines}
    assert all(own[kind] == others[kind] for kind in own if kind != ChargeKind.FEE)


def test_a_subscriber_of_another_month_is_left_out(account: Account, trunk: Subscriber) -> None:
    gone = NumberFactory.create(trunk=trunk, closed_at=minsk("2026-09-30 12:00"), status=SubscriberStatus.CLOSED)
    new = NumberFactory.create(trunk=trunk, connected_at=minsk("2026-11-01 00:00"))
    assert charges.of_account(account, OCTOBER).keys() == {trunk.pk}
    assert charges.of_account(account, Month(2026, 9)).keys() == {trunk.pk, gone.pk}
    assert charges.of_account(account, Month(2026, 11)).keys() == {trunk.pk, new.pk}


def test_a_package_that_was_called_off_before_it_began_costs_nothing(account: Account, trunk: Subscriber) -> None:
    moment = minsk("2026-10-12 09:00")
    before = charges.of_account(account, OCTOBER)[trunk.pk].gross
    MinuteAssignmentFactory.create(subscriber=trunk, started_at=moment, ended_at=moment)
    assert charges.of_account(account, OCTOBER)[trunk.pk].gross == before


def test_the_number_of_queries_does_not_grow(account: Account, trunk: Subscriber) -> None:
    counts = []
    for numbers in (1, 20):
        fill(trunk, numbers) if numbers == 1 else [NumberFactory.create(trunk=trunk) for _ in range(numbers)]
        with CaptureQueriesContext(connection) as caught:
            charges.of_account(account, OCTOBER)
        counts.append(len(caught))
    assert counts == [4, 4]


def test_a_trunk_with_too_many_numbers_is_shown_alone(
    account: Account, trunk: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    NumberFactory.create_batch(3, trunk=trunk)
    assert charges.of_trunk(account, trunk, OCTOBER)[1] is not None
    monkeypatch.setattr(charges, "MOST_NUMBERS", 2)
    own, whole = charges.of_trunk(account, trunk, OCTOBER)
    assert whole is None
    assert own.net == Decimal("12.00")


def test_a_number_without_a_price_leaves_the_trunk_its_page(account: Account, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    number.plan.terms.all().delete()
    own, whole = charges.of_trunk(account, trunk, OCTOBER)
    assert (own.net, whole) == (Decimal("12.00"), None)
    trunk.plan.terms.all().delete()
    with pytest.raises(PriceMissingError):
        charges.of_trunk(account, trunk, OCTOBER)


def test_each_wall_alone_hides_another_account(
    account: Account, trunk: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's rows with our subscriber's id are not charged; without the first wall they stay invisible."""
    fill(trunk, 1)
    before = charges.of_account(account, OCTOBER)
    stranger = TrunkFactory.create()
    service = ServiceFactory.create(code="dear", fee="99.00")
    with planted():
        ServiceAssignmentFactory.create(subscriber=trunk, account=stranger.account, service=service)
    assert charges.of_account(account, OCTOBER) == before
    monkeypatch.setattr(tenancy.Tenant, "rows", lambda _, model: model._default_manager.all())
    with tenancy.portal(account.pk):
        assert charges.of_account(account, OCTOBER) == before
    assert charges.of_account(account, OCTOBER) != before


def test_what_is_not_known_stops_the_whole_account(account: Account, trunk: Subscriber) -> None:
    NumberFactory.create(trunk=trunk)
    ServiceAssignmentFactory.create(
        subscriber=trunk, service=ServiceFactory.create(code="new", name="Новая"), started_at=minsk("2026-10-05 09:00")
    )
    ServicePrice.objects.update(valid_from=date(2026, 10, 6))
    with pytest.raises(PriceMissingError, match=r"На 05\.10\.2026 не задана цена: Новая"):
        charges.of_account(account, OCTOBER)
    VatRate.objects.all().delete()
    with pytest.raises(VatMissingError, match="октябрь 2026"):
        charges.of_account(account, OCTOBER)


# --- Prices ----------------------------------------------------------------------------------------------------------
def test_prices_of_anything_on_a_day() -> None:
    service = ServiceFactory.create(fee="1.50")
    price = service.prices.get()
    price.valid_until = date(2026, 11, 1)
    price.save()
    ServicePrice.objects.create(service=service, monthly_fee=Decimal("2.00"), valid_from=date(2026, 11, 1))
    assert [one.monthly_fee for one in prices.of(service)] == [Decimal("1.50"), Decimal("2.00")]
    assert prices.price_on(service, date(2026, 10, 31)) == Decimal("1.50")
    assert prices.price_on(service) == Decimal("2.00")
    assert prices.price_on(service, date(2019, 12, 31)) is None
    assert prices.price_on(ChannelPackageFactory.create(channels=10, fee="11.00")) == Decimal("11.00")
    assert prices.price_on(TariffPlanFactory.create()) == Decimal("12.00")
