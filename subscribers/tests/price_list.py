"""The demo price list in the database, and the subscribers of the calls in the tests' switch files."""

from dataclasses import dataclass

from sipcabinet.demo.price_list import DESTINATIONS, rate_fields, rate_rows
from subscribers.models import Destination, PlanKind, Rate, Subscriber
from subscribers.tests.factories import NumberFactory, PlanTermsFactory, TariffPlanFactory, TrunkFactory


def load_price_list() -> None:
    destinations = {
        one.code: Destination.objects.create(
            code=one.code, name=one.name, uses_allowance=one.covered, is_free=one.free, barred_by_default=one.barred
        )
        for one in DESTINATIONS
    }
    Rate.objects.bulk_create(Rate(destination=destinations[row.destination], **rate_fields(row)) for row in rate_rows())


@dataclass(frozen=True, slots=True)
class Cast:
    """A trunk with a number, and a trunk of another customer."""

    trunk: Subscriber
    number: Subscriber
    stranger: Subscriber


def cast(included_minutes: int = 300) -> Cast:
    load_price_list()
    PlanTermsFactory.create(plan=TariffPlanFactory.create(kind=PlanKind.TRUNK), included_minutes=included_minutes)
    trunk = TrunkFactory.create(phone="+375447112030")
    number = NumberFactory.create(trunk=trunk, phone="+375447112031")
    return Cast(trunk, number, TrunkFactory.create(phone="+375447112040"))
